import assert from "node:assert/strict";
import test from "node:test";
import { KEYS, actionOf, stride } from "./keys.js";

/** @param {string} key @param {any} [held] */
const press = (key, held = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

for (const [given, action] of /** @type {const} */ ([
  [press("a"), "add"],
  [press("z", { ctrlKey: true }), "undo"],
  [press("Z", { metaKey: true, shiftKey: true }), "redo"],
  [press("y", { ctrlKey: true }), "redo"],
  [press("Delete"), "remove"],
  [press("x"), null],
  [press("a", { altKey: true }), null],
  [press("c", { ctrlKey: true }), null],
])) {
  test(`${given.key} ${JSON.stringify(given).match(/true/g)?.length ?? 0}: ${action}`, () => assert.equal(actionOf(given), action));
}

test("Shift moves further", () => {
  assert.deepEqual(stride(press("ArrowLeft")), [-10, 0]);
  assert.deepEqual(stride(press("ArrowDown", { shiftKey: true })), [0, 80]);
});

test("every action is told once", () => {
  const names = KEYS.map(([name]) => name);
  assert.equal(new Set(names).size, names.length);
});
