/**
 * Islands: `<div data-island="flow-builder" data-props="id-of-json_script">`. A page bundle calls `mountIslands` with what it
 * brings; each is mounted when the page is ready and when htmx brings it, and cleaned up before htmx takes it away.
 *
 * @typedef {(place: HTMLElement, props: any) => () => void} Island  gives its clean-up
 */
import { parse } from "./server/exact_json.js";

/** @param {Record<string, Island>} islands */
export function mountIslands(islands) {
  /** @type {Map<Element, () => void>} */
  const mounted = new Map();
  /** @param {Element | Document} root */
  const mountAll = (root) => {
    for (const place of within(root)) {
      const island = islands[place.dataset.island ?? ""];
      if (!island || mounted.has(place)) continue;
      const source = document.getElementById(place.dataset.props ?? "");
      mounted.set(place, island(place, source?.textContent ? parse(source.textContent) : {}));
    }
  };
  mountAll(document);
  document.addEventListener("htmx:load", (event) => mountAll(/** @type {CustomEvent} */ (event).detail.elt));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    for (const place of within(/** @type {CustomEvent} */ (event).detail.elt)) {
      mounted.get(place)?.();
      mounted.delete(place);
    }
  });
}

/** @param {Element | Document} root @returns {HTMLElement[]} */
function within(root) {
  if (root instanceof Element && root.matches("[data-island]")) return [/** @type {HTMLElement} */ (root)];
  return "querySelectorAll" in root ? [...root.querySelectorAll("[data-island]")].map((found) => /** @type {HTMLElement} */ (found)) : [];
}
