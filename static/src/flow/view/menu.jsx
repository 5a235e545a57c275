/** Menus over the canvas: what to add behind a port, and where a port shall lead. */
import { useEffect, useLayoutEffect, useRef } from "react";

/**
 * A box at a point or beside an element; Esc or a click elsewhere closes it, and focus returns.
 * @param {{ at: Element | [number, number] | null, label: string, close: () => void, children: import("react").ReactNode }} props
 */
export function Popover({ at, label, close, children }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const back = useRef(document.activeElement);
  useLayoutEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const [x, y] = at instanceof Element ? beside(at) : (at ?? [innerWidth / 2 - 150, innerHeight / 4]);
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
    element.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
    if (!element.contains(document.activeElement)) /** @type {HTMLElement | null} */ (element.querySelector("input, button"))?.focus();
  }, [at]);
  useEffect(() => {
    const away = (/** @type {PointerEvent} */ event) => {
      if (!(/** @type {HTMLDivElement} */ (box.current).contains(/** @type {Node} */ (event.target)))) close();
    };
    document.addEventListener("pointerdown", away, true);
    const returnTo = back.current;
    return () => {
      document.removeEventListener("pointerdown", away, true);
      if (document.activeElement === document.body && returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
    };
  }, [close]);
  return (
    <div className="b-popover" ref={box} role="dialog" aria-label={label} onKeyDown={(event) => { event.stopPropagation(); if (event.key === "Escape") close(); }}>
      {children}
    </div>
  );
}

/** Below what stands in the bar, to the right of everything else. @param {Element} element @returns {[number, number]} */
function beside(element) {
  const box = element.getBoundingClientRect();
  return element.closest(".b-toolbar") ? [box.left, box.bottom + 6] : [box.right + 6, box.top - 12];
}

/**
 * A list of choices, walked by arrows.
 * @param {{ title: string, choices: { id: string, words: string, note?: string }[], choose: (id: string) => void, empty: string }} props
 */
export function Choices({ title, choices, choose, empty }) {
  const onKeyDown = (/** @type {import("react").KeyboardEvent<HTMLElement>} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {any} */ (document.activeElement));
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div className="b-choices" onKeyDown={onKeyDown}>
      <h3>{title}</h3>
      {choices.length === 0 && <p className="b-empty">{empty}</p>}
      <ul>{choices.map((choice) => <li key={choice.id}><button type="button" onClick={() => choose(choice.id)}>{choice.words}{choice.note && <small>{choice.note}</small>}</button></li>)}</ul>
    </div>
  );
}
