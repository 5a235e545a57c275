/** `<table data-behaviour="table-keys">` whose rows have tabindex: arrows walk, Space ticks, Enter opens the row's first link. */

/** @type {import("./registry.js").Behaviour} */
export function tableKeys(table) {
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const row = /** @type {HTMLElement} */ (event.target);
    if (!row.matches("tbody tr")) return;
    const move = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (move instanceof HTMLElement) move.focus();
    else if (event.key === " ") row.querySelector("input")?.click();
    else if (event.key === "Enter") row.querySelector("a")?.click();
    else return;
    event.preventDefault();
  };
  table.addEventListener("keydown", keys);
  return () => table.removeEventListener("keydown", keys);
}
