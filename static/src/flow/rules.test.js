import assert from "node:assert/strict";
import test from "node:test";
import { flowOf, step } from "./flows_for_tests.js";
import { portsOf, targetsFor, whyNot } from "./rules.js";

const FLOW = flowOf("start next a, a yes b, b next c");

for (const [what, edge, reason] of /** @type {const} */ ([
  ["a new way", ["a", "else", "c"], null],
  ["a taken port, which is led elsewhere", ["a", "yes", "c"], null],
  ["a step to itself", ["a", "next", "a"], "A step cannot lead to itself."],
  ["the trigger", ["c", "next", "start"], "“start” starts the flow: nothing can lead to it."],
  ["a loop", ["c", "next", "a"], "That would be a loop. Use a for-each step to repeat."],
  ["what is there already", ["a", "yes", "b"], "They are connected already."],
  ["a step that is gone", ["a", "next", "z"], "The step is not there any more."],
])) {
  test(`connecting: ${what}`, () => assert.equal(whyNot(FLOW, { source: edge[0], port: edge[1], target: edge[2] }), reason));
}

test("the targets of a port are those that are allowed", () => {
  assert.deepEqual(targetsFor(FLOW, "b", "error").map((found) => found.key), ["c"]);
});

test("ports are those of the server, then of edges, then error", () => {
  const kinds = new Map();
  assert.deepEqual(portsOf(FLOW, step("a"), { a: ["next"] }, kinds), ["next", "yes", "error"]);
});
