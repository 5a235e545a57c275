/**
 * Attaches behaviours to elements that name them: `<button data-behaviour="copy">`, several with spaces between.
 *
 * A behaviour is `(element) => cleanup | void`. It is attached when the page is ready and when htmx brings the element,
 * once for each element, and its clean-up runs before htmx takes the element away.
 *
 * @typedef {(element: HTMLElement) => (() => void) | void} Behaviour
 */

/** @type {WeakMap<Element, Map<string, () => void>>} */
const attached = new WeakMap();

/**
 * @param {Element} root
 * @param {Record<string, Behaviour>} behaviours
 */
export function attach(root, behaviours) {
  for (const element of withSelf(root)) {
    const mine = attached.get(element) ?? new Map();
    attached.set(element, mine);
    for (const name of names(element)) {
      const behaviour = behaviours[name];
      if (behaviour && !mine.has(name)) {
        mine.set(name, behaviour(/** @type {HTMLElement} */ (element)) ?? (() => {}));
      }
    }
  }
}

/** @param {Element} root */
export function detach(root) {
  for (const element of withSelf(root)) {
    for (const cleanup of attached.get(element)?.values() ?? []) cleanup();
    attached.delete(element);
  }
}

/** @param {Element} element */
function names(element) {
  return (element.getAttribute("data-behaviour") ?? "").split(/\s+/).filter(Boolean);
}

/** @param {Element} root */
function withSelf(root) {
  if (root.nodeType !== Node.ELEMENT_NODE) return []; // htmx loads texts between elements too
  const inside = Array.from(root.querySelectorAll("[data-behaviour]"));
  return root.matches?.("[data-behaviour]") ? [root, ...inside] : inside;
}
