/** `<form data-behaviour="drop-file">` takes a file dropped on its `[data-drop-zone]` into its `[data-drop-input]` and presses `[data-drop-go]`. */

/** @type {import("./registry.js").Behaviour} */
export function dropFile(form) {
  const zone = /** @type {HTMLElement | null} */ (form.querySelector("[data-drop-zone]"));
  const input = /** @type {HTMLInputElement | null} */ (form.querySelector("[data-drop-input]"));
  if (!zone || !input) return;
  /** @param {DragEvent} event */
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.dataset.over = "";
  };
  const leave = () => delete zone.dataset.over;
  /** @param {DragEvent} event */
  const drop = (event) => {
    leave();
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const chosen = () => {
    const go = /** @type {HTMLElement | null} */ (form.querySelector("[data-drop-go]"));
    if (input.files?.length) go?.click();
  };
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", leave);
  zone.addEventListener("drop", drop);
  input.addEventListener("change", chosen);
  return () => {
    zone.removeEventListener("dragover", over);
    zone.removeEventListener("dragleave", leave);
    zone.removeEventListener("drop", drop);
    input.removeEventListener("change", chosen);
  };
}
