import assert from "node:assert/strict";
import test from "node:test";
import { changeSettings, changeStep, connect, move, removeSteps } from "./commands.js";
import { flowOf, ways } from "./flows_for_tests.js";
import { merged, mergeThree } from "./merge.js";

const BASE = flowOf("start next a, a next b");
/** @param {string} key @param {any} change */
const changed = (key, change) => changeStep(BASE, { key, change });

test("nothing changed gives the same", () => {
  assert.deepEqual(mergeThree(BASE, BASE, BASE), { merged: BASE, conflicts: [], theirChanges: [] });
});

test("edits of different places are brought together", () => {
  const found = mergeThree(BASE, changed("a", { title: "Mine" }), changed("b", { config: { limit: 3 } }));
  assert.deepEqual(found.conflicts, []);
  assert.deepEqual(found.merged.steps.map((step) => [step.title, step.config]), [["", {}], ["Mine", {}], ["", { limit: 3 }]]);
  assert.deepEqual(found.theirChanges, ["“b”: limit"]);
});

test("the same place changed by both is a conflict, decided by a person", () => {
  const [mine, theirs] = [changed("a", { title: "Mine" }), changed("a", { title: "Theirs" })];
  const found = mergeThree(BASE, mine, theirs);
  assert.deepEqual(found.conflicts, [{ id: "steps.a.title", what: "“Mine”: title", mine: "Mine", theirs: "Theirs" }]);
  assert.equal(found.merged.steps[1].title, "Mine");
  assert.equal(merged(BASE, mine, theirs, new Set(["steps.a.title"])).merged.steps[1].title, "Theirs");
});

test("the same change by both is none", () => {
  assert.deepEqual(mergeThree(BASE, changed("a", { title: "Both" }), changed("a", { title: "Both" })).conflicts, []);
});

test("what one removed and the other left alone is gone, with its edges", () => {
  const found = mergeThree(BASE, changed("a", { title: "Mine" }), removeSteps(BASE, { keys: ["b"] }));
  assert.deepEqual(found.conflicts, []);
  assert.equal(ways(found.merged), "start next a");
});

test("what one removed and the other changed is a conflict", () => {
  const found = mergeThree(BASE, changed("b", { title: "Mine" }), removeSteps(BASE, { keys: ["b"] }));
  assert.deepEqual(found.conflicts.map((conflict) => conflict.id), ["steps.b.title"]);
});

test("edges and settings are merged by their places", () => {
  const mine = connect(BASE, { source: "b", port: "error", target: "a" });
  const theirs = changeSettings(BASE, { reply: "sync" });
  const found = mergeThree(BASE, mine, theirs);
  assert.equal(ways(found.merged), "start next a, a next b, b error a");
  assert.deepEqual(found.merged.settings, { reply: "sync" });
});

test("a step that only moved is not told as a change of theirs", () => {
  assert.deepEqual(mergeThree(BASE, BASE, move(BASE, { a: [5, 5] })).theirChanges, []);
});
