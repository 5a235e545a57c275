/**
 * `<form data-behaviour="select-rows">` around a table: `input[data-all]` ticks every `input[name=selected]`, Shift ticks
 * a range, `[data-selected-count]` says how many, and `[data-needs-selection]` buttons wait for one.
 */

/** @type {import("./registry.js").Behaviour} */
export function selectRows(form) {
  /** @type {HTMLInputElement | null} */
  let last = null;
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=selected]")]);
  const show = () => {
    const all = boxes();
    const count = all.filter((box) => box.checked).length;
    const head = /** @type {HTMLInputElement | null} */ (form.querySelector("input[data-all]"));
    if (head) {
      head.checked = count > 0 && count === all.length;
      head.indeterminate = count > 0 && count < all.length;
    }
    for (const place of form.querySelectorAll("[data-selected-count]")) place.textContent = String(count);
    for (const button of form.querySelectorAll("[data-needs-selection]")) {
      /** @type {HTMLButtonElement} */ (button).disabled = count === 0;
    }
  };
  const click = (/** @type {MouseEvent} */ event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    if (!box.matches("input[type=checkbox]")) return;
    if ("all" in box.dataset) for (const each of boxes()) each.checked = box.checked;
    else if (event.shiftKey && last) for (const each of between(boxes(), last, box)) each.checked = box.checked;
    if (box.name === "selected") last = box;
    show();
  };
  form.addEventListener("click", click);
  form.addEventListener("htmx:afterSettle", show);
  show();
  return () => {
    form.removeEventListener("click", click);
    form.removeEventListener("htmx:afterSettle", show);
  };
}

/**
 * The items from one to the other, both included, whichever comes first; only the second if the first is gone.
 * @template T
 * @param {T[]} items
 * @param {T} from
 * @param {T} to
 */
export function between(items, from, to) {
  const [a, b] = [items.indexOf(from), items.indexOf(to)];
  return a < 0 ? [to] : items.slice(Math.min(a, b), Math.max(a, b) + 1);
}
