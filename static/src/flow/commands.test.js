import assert from "node:assert/strict";
import test from "node:test";
import { addBehind, addGroup, addNote, changeStep, connect, disconnect, move, paste, removeSteps, switchSteps } from "./commands.js";
import { flowOf, step, ways } from "./flows_for_tests.js";

const CHAIN = flowOf("start next a, a next b, b next c");

test("a port leads to one step", () => {
  assert.equal(ways(connect(CHAIN, { source: "a", port: "next", target: "c" })), "start next a, b next c, a next c");
  assert.equal(connect(CHAIN, { source: "a", port: "next", target: "b" }), CHAIN);
});

test("a step put behind a port takes over where it led", () => {
  const found = addBehind(CHAIN, { step: step("new"), source: "a", port: "next", onward: "next" });
  assert.equal(ways(found), "start next a, b next c, a next new, new next b");
});

test("a step that ends a way leads nowhere", () => {
  const found = addBehind(CHAIN, { step: step("new", "raise"), source: "a", port: "next", onward: undefined });
  assert.equal(ways(found), "start next a, b next c, a next new");
});

test("what led to a removed step leads to where it led on", () => {
  assert.equal(ways(removeSteps(CHAIN, { keys: ["a", "b"] })), "start next c");
  assert.equal(ways(removeSteps(CHAIN, { keys: ["b"], reconnect: false })), "start next a");
});

test("removing nothing changes nothing", () => {
  assert.equal(removeSteps(CHAIN, { keys: ["nobody"] }), CHAIN);
  assert.equal(disconnect(CHAIN, [{ source: "c", port: "next", target: "a" }]), CHAIN);
  assert.equal(move(CHAIN, { a: CHAIN.steps[1].position }), CHAIN);
});

test("a group goes with its last step", () => {
  const grouped = addGroup(CHAIN, { key: "g", title: "Both", steps: ["a", "b"] });
  assert.deepEqual(removeSteps(grouped, { keys: ["a"] }).groups, [{ key: "g", title: "Both", steps: ["b"] }]);
  assert.equal("groups" in removeSteps(grouped, { keys: ["a", "b"] }), false);
});

test("a step is switched off and on again, and is as it was", () => {
  const off = switchSteps(CHAIN, { keys: ["a"], off: true });
  assert.equal(off.steps[1].off, true);
  assert.deepEqual(switchSteps(off, { keys: ["a"], off: false }), CHAIN);
});

test("positions are whole numbers", () => {
  assert.deepEqual(move(CHAIN, { a: [10.4, -3.6] }).steps[1].position, [10, -4]);
});

test("copies get keys of their own, also where they read each other", () => {
  const given = changeStep(CHAIN, { key: "b", change: { config: { value: ["get", "a", "id"], url: "/{a.id}/{start.body.x}", other: ["get", "start", "body"] } } });
  const clip = { steps: given.steps.slice(1, 3), edges: [given.edges[1]], notes: [] };
  const { flow, keys } = paste(given, { clip, offset: [40, 40] });
  assert.deepEqual(keys, ["a_2", "b_2"]);
  assert.deepEqual(flow.steps[5].config, { value: ["get", "a_2", "id"], url: "/{a_2.id}/{start.body.x}", other: ["get", "start", "body"] });
  assert.equal(ways(flow), "start next a, a next b, b next c, a_2 next b_2");
});

test("notes stand in the definition only when there are any", () => {
  const noted = addNote(CHAIN, { key: "n", text: "", position: [0, 0], size: [1, 1] });
  assert.equal(noted.notes?.length, 1);
  assert.equal("notes" in CHAIN, false);
});
