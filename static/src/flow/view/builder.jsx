/** @param {any} props */
export function Builder(props) {
  return <p>{props.flow.name}</p>;
}
