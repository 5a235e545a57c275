/**
 * The keys of the canvas. Single letters work only while the canvas or the outline has the focus, never in a field.
 *
 * @typedef {{ key: string, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean }} Press
 */

/** Name, keys as shown, words: also what the list of keys shows. */
export const KEYS = /** @type {const} */ ([
  ["select", "Enter", "Select the step; again: open its settings"],
  ["move", "← ↑ → ↓", "Move what is selected; Shift: further"],
  ["add", "A", "Add a step behind the selected one"],
  ["connect", "C", "Connect the selected step"],
  ["remove", "Delete", "Remove"],
  ["duplicate", "Ctrl D", "Duplicate"],
  ["copy", "Ctrl C", "Copy"],
  ["cut", "Ctrl X", "Cut"],
  ["paste", "Ctrl V", "Paste, also in another tab"],
  ["selectAll", "Ctrl A", "Select everything"],
  ["undo", "Ctrl Z", "Undo"],
  ["redo", "Ctrl Shift Z", "Do again (also Ctrl Y)"],
  ["tidy", "L", "Tidy up"],
  ["toggleOff", "D", "Switch steps off or on"],
  ["group", "G", "Group the selected steps"],
  ["note", "N", "Add a note"],
  ["outline", "O", "Outline or canvas"],
  ["nextProblem", "E", "Next problem"],
  ["fit", "0", "Show the whole flow"],
  ["zoomIn", "+", "Zoom in"],
  ["zoomOut", "-", "Zoom out"],
  ["test", "T", "Test"],
]);

/** @typedef {(typeof KEYS)[number][0] | "escape"} Action */

const LETTERS = /** @type {Record<string, Action>} */ ({
  a: "add", c: "connect", l: "tidy", d: "toggleOff", g: "group", n: "note", o: "outline", e: "nextProblem", t: "test",
  0: "fit", "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", delete: "remove", backspace: "remove", enter: "select", escape: "escape",
  arrowup: "move", arrowdown: "move", arrowleft: "move", arrowright: "move",
}); // prettier-ignore
const WITH_CTRL = /** @type {Record<string, Action>} */ ({ d: "duplicate", a: "selectAll", z: "undo", y: "redo" });

/**
 * Give what a press means; null for nothing of ours. Copying, cutting and pasting come as clipboard events of the browser.
 * @param {Press} press
 * @returns {Action | null}
 */
export function actionOf(press) {
  if (press.altKey) return null;
  const key = press.key.toLowerCase();
  if (press.ctrlKey || press.metaKey) {
    if (key === "z" && press.shiftKey) return "redo";
    return press.shiftKey ? null : (WITH_CTRL[key] ?? null);
  }
  return LETTERS[key] ?? null;
}

/** How far an arrow moves, in pixels. @param {Press} press @returns {[number, number]} */
export function stride(press) {
  const far = press.shiftKey ? 80 : 10;
  return /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] })[press.key] ?? [0, 0];
}
