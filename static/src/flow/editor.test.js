import assert from "node:assert/strict";
import test from "node:test";
import { Editor } from "./editor.js";
import { flowOf, ways } from "./flows_for_tests.js";
import { outline } from "./outline.js";
import { readPlace } from "./places.js";

const KINDS = [
  ["webhook_trigger", ["next"]],
  ["map", ["next"]],
  ["for_each", ["each", "done"]],
  ["raise", []],
].map(([kind, ports]) => /** @type {any} */ ({ kind, ports, title: kind }));

/** @param {string} text @param {any} [also] */
const editorOf = (text, also = {}) => new Editor({ definition: flowOf(text), problems: [], ports: {}, kinds: KINDS, isReadOnly: false, now: () => 0, ...also });
const MAP = { kind: "map", title: "Map", config: {} };

test("a new step stands right of the selected one and follows it", () => {
  const editor = editorOf("start next a");
  editor.select(["a"]);
  const key = editor.add(MAP);
  assert.equal(ways(editor.flow), "start next a, a next map");
  assert.deepEqual([key, editor.flow.steps[2].position[0] > 0, editor.state.open], ["map", true, "map"]);
});

test("a trigger is never put behind a step", () => {
  const editor = editorOf("start next a");
  editor.select(["a"]);
  editor.add({ kind: "webhook_trigger", title: "Webhook", config: {} });
  assert.equal(ways(editor.flow), "start next a");
});

test("a step dropped on an edge stands in it", () => {
  const editor = editorOf("start next a");
  editor.add(MAP, { at: [10, 10], into: editor.flow.edges[0] });
  assert.equal(ways(editor.flow), "start next map, map next a");
});

test("a refused connection says why and changes nothing", () => {
  const editor = editorOf("start next a, a next b");
  const before = editor.flow;
  assert.equal(editor.connect({ source: "b", port: "next", target: "a" }), "That would be a loop. Use a for-each step to repeat.");
  assert.equal(editor.flow, before);
  assert.equal(editor.state.said, "That would be a loop. Use a for-each step to repeat.");
});

test("undo brings back what was removed and keeps the selection sound", () => {
  const editor = editorOf("start next a, a next b");
  editor.openPanel("a");
  editor.remove();
  assert.deepEqual([ways(editor.flow), editor.state.open, editor.state.said], ["start next b", "", "a removed"]);
  editor.undo();
  assert.deepEqual([ways(editor.flow), editor.state.said], ["start next a, a next b", "Undone: a removed"]);
  editor.redo();
  assert.equal(ways(editor.flow), "start next b");
});

test("copied steps are pasted beside, also into another flow", () => {
  const [from, to] = [editorOf("start next a, a next b"), editorOf("start next a")];
  from.select(["a", "b"]);
  assert.equal(to.paste(from.copied(), JSON.parse), true);
  assert.equal(ways(to.flow), "start next a, a_2 next b");
  assert.deepEqual([...to.state.selected], ["a_2", "b"]);
  assert.equal(to.paste("Dear Ann", JSON.parse), false);
});

test("a clip with a kind that is not known here is told", () => {
  const [from, to] = [editorOf("start next a"), editorOf("start next a", { kinds: KINDS.slice(0, 1) })];
  from.select(["a"]);
  to.paste(from.copied(), JSON.parse);
  assert.equal(to.state.said, "There is no kind of step “map” here.");
});

test("who may only look changes nothing", () => {
  const editor = editorOf("start next a", { isReadOnly: true });
  editor.select(["a"]);
  editor.remove();
  editor.add(MAP);
  assert.equal(ways(editor.flow), "start next a");
});

test("steps are switched off together, the trigger is not", () => {
  const editor = editorOf("start next a, a next b");
  editor.toggleOff(["start", "a"]);
  assert.deepEqual(editor.flow.steps.map((step) => step.off), [undefined, true, undefined]);
});

test("the outline names the ways and tells a step once", () => {
  const flow = flowOf("start next a, a yes b, a else c, b next d, c next d");
  const portsOf = (/** @type {any} */ step) => (step.key === "a" ? ["yes", "else", "error"] : ["next", "error"]);
  assert.deepEqual(
    outline(flow, portsOf).map((line) => `${"  ".repeat(line.level)}${line.port ? `${line.port}: ` : ""}${line.key}${line.repeats ? " again" : ""}`),
    ["start", "a", "  yes: b", "  d", "  else: c", "  d again"],
  );
});

test("a problem's place names step and field", () => {
  assert.deepEqual(readPlace("steps.quote.config.plan.rules[2].op"), { step: "quote", field: "plan.rules[2].op", edge: null });
  assert.deepEqual(readPlace("steps.quote"), { step: "quote", field: "", edge: null });
  assert.deepEqual(readPlace("edges[3]"), { step: "", field: "", edge: 3 });
  assert.deepEqual(readPlace("settings.retry"), { step: "", field: "settings.retry", edge: null });
});
