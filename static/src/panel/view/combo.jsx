/** A text that may be chosen from a list: typing searches it, arrows walk it, Enter takes one; what is typed by hand counts as well. */
import { useEffect, useId, useRef, useState } from "react";
import { Icon } from "../../icon.jsx";

/** @typedef {{ value: any, title: string, note?: string }} Choice */
const SHOWN = 100;

/**
 * @param {{
 *   id?: string, label: string, value: any, choices: Choice[], describedBy?: string, isInvalid?: boolean, isReadOnly?: boolean, isStrict?: boolean,
 *   placeholder?: string, empty?: string, onPick: (choice: Choice) => void, onType?: (text: string) => void, onOpen?: () => void,
 * }} props  isStrict: only what is in the list; empty: words where the list has nothing
 */
export function Combo({ id, label, value, choices, describedBy, isInvalid, isReadOnly = false, isStrict = false, placeholder, empty = "Nothing fits.", onPick, onType, onOpen }) {
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const [active, setActive] = useState(0);
  const listId = useId();
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  const current = choices.find((choice) => String(choice.value) === String(value ?? ""));
  const words = (typed ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const isOpen = typed !== null;
  const found = isOpen ? choices.filter((choice) => words.every((word) => `${choice.title} ${choice.note ?? ""} ${choice.value}`.toLowerCase().includes(word))).slice(0, SHOWN) : [];
  useEffect(() => { list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }); }, [active, isOpen]);
  const close = () => setTyped(null);
  const open = () => {
    if (isReadOnly || isOpen) return;
    setTyped("");
    setActive(0);
    onOpen?.();
  };
  const pick = (/** @type {Choice} */ choice) => {
    onPick(choice);
    close();
  };
  const leave = () => {
    if (typed && !isStrict) onType?.(typed);
    close();
  };
  const keys = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return open();
      return setActive(Math.max(0, Math.min(found.length - 1, active + (event.key === "ArrowDown" ? 1 : -1))));
    }
    if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      return found[active] && (typed === "" || isStrict || found.length) ? pick(found[active]) : leave();
    }
    if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
    return undefined;
  };
  return (
    <div className="p-combo">
      <input id={id} className="form-control" role="combobox" aria-label={id ? undefined : label} aria-expanded={isOpen} aria-controls={isOpen ? `${listId}-list` : undefined} aria-autocomplete="list" aria-activedescendant={isOpen && found[active] ? `${listId}-${active}` : undefined}
        aria-describedby={describedBy} aria-invalid={isInvalid} readOnly={isReadOnly} autoComplete="off" placeholder={placeholder} value={typed ?? current?.title ?? (value === undefined || value === null ? "" : String(value))}
        onFocus={(event) => event.target.select()} onClick={open} onKeyDown={keys} onBlur={leave} onChange={(event) => { if (!isOpen) onOpen?.(); setTyped(event.target.value); setActive(0); }} />
      <Icon name="chevron-down" size={14} className="p-combo-mark" />
      {isOpen && (
        <ul className="p-options" role="listbox" id={`${listId}-list`} aria-label={label} ref={list}>
          {found.map((choice, index) => (
            <li key={String(choice.value)} id={`${listId}-${index}`} role="option" aria-selected={index === active} onMouseDown={(event) => { event.preventDefault(); pick(choice); }} onMouseEnter={() => setActive(index)}>
              <span>{choice.title}</span>
              {choice.note && <small>{choice.note}</small>}
            </li>
          ))}
          {found.length === 0 && <li className="p-none" role="option" aria-selected="false" aria-disabled="true">{typed && !isStrict ? `“${typed}” is taken as you typed it.` : empty}</li>}
        </ul>
      )}
    </div>
  );
}
