/** Choosing a function: search by plain words, families, and what it does to an example. */
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { exampleOf, families, searched } from "../search.js";
import { say, sayValue } from "../words.js";
import { useEditing } from "./context.jsx";

/** @import { Fn } from "../op.js" */

/** @param {{ label: string, flowing?: boolean, onPick: (fn: Fn) => void, onClose: () => void }} props  flowing: only those that take the value from the left */
export function FunctionPicker({ label, flowing = false, onPick, onClose }) {
  const { functions } = useEditing();
  const [wanted, setWanted] = useState("");
  const [family, setFamily] = useState("");
  const [active, setActive] = useState(0);
  const found = useMemo(() => searched(functions, wanted, { family, flowing }), [functions, wanted, family, flowing]);
  const id = useId();
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  useEffect(() => { box.current?.focus(); }, []);
  useEffect(() => { list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }); }, [active]);
  const keys = (/** @type {import("react").KeyboardEvent} */ event) => {
    const act = /** @type {Record<string, () => void>} */ ({
      ArrowDown: () => setActive(Math.min(active + 1, found.length - 1)),
      ArrowUp: () => setActive(Math.max(active - 1, 0)),
      Enter: () => found[active] && onPick(found[active]),
      Escape: onClose,
    })[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const shown = found[active];
  return (
    <div className="p-picker" role="group" aria-label={`Choose a function for ${label}`}>
      <div className="p-picker-top">
        <Icon name="search" />
        <input ref={box} className="form-control form-control-sm" role="combobox" aria-expanded="true" aria-controls={`${id}-list`} aria-activedescendant={shown ? `${id}-${active}` : undefined} aria-label="Search the functions" placeholder="Search the functions"
          value={wanted} onKeyDown={keys} onChange={(event) => { setWanted(event.target.value); setActive(0); }} />
        <select className="form-select form-select-sm" aria-label="Family" value={family} onChange={(event) => { setFamily(event.target.value); setActive(0); }}>
          <option value="">All</option>
          {families(functions).map((one) => <option key={one}>{one}</option>)}
        </select>
        <button type="button" className="x-icon-btn is-small" aria-label="Close" onClick={onClose}><Icon name="x" /></button>
      </div>
      <ul ref={list} id={`${id}-list`} role="listbox" aria-label="Functions" className="p-tree">
        {found.map((fn, index) => (
          <li key={fn.key} id={`${id}-${index}`} role="option" aria-selected={index === active} className="p-tree-row" onMouseDown={(event) => event.preventDefault()} onMouseEnter={() => setActive(index)} onClick={() => onPick(fn)}>
            <span className="p-tree-name">{fn.title}</span>
            <span className="p-tree-type">{fn.family}</span>
          </li>
        ))}
      </ul>
      {shown ? <FunctionHelp fn={shown} /> : <p className="p-none">No function fits. Try another word: “round”, “date”, “join”.</p>}
    </div>
  );
}

/** @param {{ fn: Fn }} props */
export function FunctionHelp({ fn }) {
  const { functions } = useEditing();
  const example = exampleOf(fn);
  return (
    <div className="p-help">
      <p>{fn.help}</p>
      {example && (
        <p className="p-example">
          <span>{say(example.op, functions)}</span> <Icon name="arrow-right" size={14} /> <strong>{example.error ? "an error" : example.missing ? "missing" : plain(example.gives)}</strong>
        </p>
      )}
    </div>
  );
}

/** @param {any} value */
const plain = (value) => (value !== null && typeof value === "object" && !("rawJSON" in value) ? JSON.stringify(value).slice(0, 160) : sayValue(value));
