/** `<details class="x-menu" data-behaviour="menu">`: Escape and a click elsewhere close it, arrows walk through it. */

/** @type {import("./registry.js").Behaviour} */
export function menu(element) {
  const details = /** @type {HTMLDetailsElement} */ (element);
  const summary = details.querySelector("summary");
  const outside = (/** @type {Event} */ event) => {
    if (details.open && !details.contains(/** @type {Node} */ (event.target))) details.open = false;
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && details.open) {
      details.open = false;
      summary?.focus();
      event.stopPropagation();
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && details.open) {
      const items = [...details.querySelectorAll("a[href], button:not(:disabled)")];
      const at = items.indexOf(/** @type {Element} */ (document.activeElement));
      const next = items.at((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1)) % items.length);
      /** @type {HTMLElement | undefined} */ (next)?.focus();
      event.preventDefault();
    }
  };
  document.addEventListener("pointerdown", outside);
  details.addEventListener("keydown", keys);
  return () => {
    document.removeEventListener("pointerdown", outside);
    details.removeEventListener("keydown", keys);
  };
}
