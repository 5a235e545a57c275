/** Choosing one of many by searching them. */
import { useState } from "react";

/** @import { Choice } from "./choices.jsx" */

/** @param {{ label: string, choices: Choice[], chosen?: string, onPick: (key: string) => void }} props */
export function Picking({ label, choices, chosen, onPick }) {
  const [wanted, setWanted] = useState("");
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = choices.filter(({ key, title, group }) => words.every((word) => `${key} ${title} ${group ?? ""}`.toLowerCase().includes(word)));
  return (
    <div className="m-form">
      <input className="form-control" type="search" placeholder={`Search: ${label.toLowerCase()}`} aria-label={`Search: ${label.toLowerCase()}`} value={wanted} onChange={({ target: { value } }) => setWanted(value)} />
      <ul className="m-picking" aria-label={label}>
        {found.slice(0, 200).map(({ key, title, group }) => <li key={key}><button type="button" aria-pressed={key === chosen} onClick={() => onPick(key)}>{group && <small>{group}</small>} {title} <code>{key}</code></button></li>)}
      </ul>
      {!found.length && <p>Nothing has this name.</p>}
    </div>
  );
}
