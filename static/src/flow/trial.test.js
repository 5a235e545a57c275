import assert from "node:assert/strict";
import test from "node:test";
import { inTime, iterationAt, marksOf, outcomeWords, outputsOf, scopeAt, visitOf } from "./trial.js";

/** @param {string} key @param {any} [also] */
const visit = (key, also = {}) => ({ key, kind: "map", iteration: [], state: "ok", port: "next", ms: 2, output: { n: 1 }, error: null, call: null, answer: null, ...also });
/** @param {any[]} steps @param {any} [also] */
const trial = (steps, also = {}) => ({ outcome: "succeeded", ms: 41.2, reply: null, error: null, steps, is_complete: true, ...also });

test("a step visited often shows its worst and how often", () => {
  const failed = visit("ship", { state: "failed", iteration: [1], error: { message: "No weight." }, port: "error" });
  const marks = marksOf(trial([visit("ship", { iteration: [0] }), failed]));
  assert.deepEqual(marks.ship, { tone: "bad", icon: "circle-x", words: "failed: No weight.", short: "2× 4 ms", port: "error" });
});

test("outputs that were cut are no scope", () => {
  assert.deepEqual(outputsOf(trial([visit("a"), visit("b", { output: { cut: { bytes: 1 } } }), visit("c", { state: "not_reached", output: null })])), { a: { n: 1 } });
});

test("inside a loop a step finds the item, after it what the loop gave", () => {
  const edge = (source, port, target) => ({ source, port, target });
  const flow = { edges: [edge("loop", "each", "a"), edge("a", "next", "b"), edge("loop", "done", "c"), edge("loop", "error", "d")] };
  const [outputs, entered] = [{ loop: { count: 2 }, a: 1 }, { loop: { item: 7 } }];
  assert.deepEqual(["b", "c", "d"].map((key) => scopeAt(flow, key, outputs, entered).loop), [{ item: 7 }, { count: 2 }, { count: 2 }]);
  assert.deepEqual(["b", "c"].map((key) => iterationAt(flow, key, { loop: { item: 7, index: 1 } })), [[1], []]);
  assert.deepEqual(scopeAt(flow, "b", outputs, { loop: { cut: {} } }), outputs);
});

test("the last visit that happened counts", () => {
  assert.equal(visitOf(trial([visit("a", { ms: 1 }), visit("a", { ms: 9 })]), "a")?.ms, 9);
  assert.equal(visitOf(trial([visit("a", { state: "not_reached" })]), "a"), null);
});

test("the outcome is one sentence", () => {
  assert.equal(outcomeWords(trial([])), "It went well in 41 ms.");
  assert.equal(outcomeWords(trial([], { outcome: "failed", error: { message: "No price." } })), "No price.");
  assert.deepEqual([0.2, 999, 1500].map(inTime), ["< 1 ms", "999 ms", "1.5 s"]);
});
