/** An icon of the page's sprite; decoration, the word stands beside it. @param {{ name: string, size?: number }} props */
export const Icon = ({ name, size = 18 }) => (
  <svg className="x-icon" width={size} height={size} aria-hidden="true" focusable="false">
    <use href={`#i-${name}`} />
  </svg>
);
