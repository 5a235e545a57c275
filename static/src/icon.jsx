/**
 * An icon of Lucide, from the page's sprite (`{% icon_sprite %}`); its names are listed in `looks.DRAWN`. Decoration: words stand beside it.
 * @param {{ name: string, size?: number, className?: string }} props
 */
export function Icon({ name, size = 16, className = "" }) {
  return (
    <svg className={`x-icon ${className}`} width={size} height={size} fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}
