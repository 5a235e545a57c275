/** A value as an indented text, cut where it is long. */
import { useMemo, useState } from "react";

const SHOWN = 4000;

/** @param {{ value: any, label: string }} props */
export function ValueView({ value, label }) {
  const [whole, setWhole] = useState(false);
  const text = useMemo(() => (typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "nothing")), [value]);
  const isLong = text.length > SHOWN && !whole;
  return (
    <div className="b-value">
      <pre tabIndex={0} aria-label={label}>{isLong ? `${text.slice(0, SHOWN)} …` : text}</pre>
      {isLong && <button type="button" className="b-link" onClick={() => setWhole(true)}>Show all {text.length.toLocaleString()} characters</button>}
    </div>
  );
}
