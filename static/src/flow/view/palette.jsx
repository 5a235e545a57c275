/** The list of what can be added: beside the canvas, and in the menu that "+" opens. */
import { useId, useMemo, useRef, useState } from "react";
import { grouped, remembered, search } from "../palette.js";
import { STEP_MIME } from "./canvas.jsx";
import { Icon } from "../../icon.jsx";

const STORE = "7m-recent-steps";
const every = () => true;

/** @returns {string[]} */
function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return [];
  }
}

/**
 * @param {{
 *   entries: import("../palette.js").Entry[], add: (offer: import("../editor.js").Offer) => void,
 *   autoFocus?: boolean, draggable?: boolean, filter?: (entry: import("../palette.js").Entry) => boolean,
 * }} props
 */
export function Palette({ entries, add, autoFocus = false, draggable = true, filter = every }) {
  const [text, setText] = useState("");
  const [recent, setRecent] = useState(stored);
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const searchId = useId();
  const found = useMemo(() => {
    const shown = entries.filter(filter);
    return text.trim() ? /** @type {ReturnType<typeof grouped>} */ ([["Found", search(shown, text)]]) : grouped(shown, recent);
  }, [entries, filter, recent, text]);
  const use = (/** @type {import("../palette.js").Entry} */ entry) => {
    const next = remembered(recent, entry.id);
    setRecent(next);
    localStorage.setItem(STORE, JSON.stringify(next));
    add(structuredClone(entry.offer));
  };
  const onKeyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const buttons = [.../** @type {HTMLDivElement} */ (list.current).querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {any} */ (document.activeElement));
    const next = buttons[event.key === "ArrowDown" ? at + 1 : at - 1];
    event.preventDefault();
    (next ?? document.getElementById(searchId))?.focus();
  };
  const count = found.reduce((sum, [, group]) => sum + group.length, 0);
  return (
    <div className="b-palette-body" onKeyDown={onKeyDown}>
      <div className="b-search">
        <Icon name="search" size={16} />
        <input id={searchId} type="search" aria-label="Search steps" placeholder="Search steps" autoFocus={autoFocus} value={text} onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => { if (event.key === "Enter" && found[0]?.[1][0]) { event.preventDefault(); use(found[0][1][0]); } }} />
      </div>
      <div className="b-palette-list" ref={list}>
        {count === 0 && <p className="b-empty">Nothing is called “{text}”. Try another word, or an HTTP request.</p>}
        {found.map(([name, group]) => group.length > 0 && (
          <section key={name} aria-label={name}>
            <h3>{name}</h3>
            <ul>
              {group.map((entry) => (
                <li key={entry.id}>
                  <button type="button" title={entry.about} draggable={draggable} onClick={() => use(entry)}
                    onDragStart={(event) => { event.dataTransfer.setData(STEP_MIME, JSON.stringify(entry.offer)); event.dataTransfer.effectAllowed = "copy"; }}
                    onDragEnd={(event) => { if (event.dataTransfer.dropEffect !== "none") { const next = remembered(recent, entry.id); setRecent(next); localStorage.setItem(STORE, JSON.stringify(next)); } }}>
                    <span className={`b-tile is-small x-tone-${entry.tone}`}><Icon name={entry.icon} size={16} /></span>
                    <span>{entry.title}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
