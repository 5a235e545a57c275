import assert from "node:assert/strict";
import test from "node:test";
import { figuresOf, marksOfRun, short } from "./figures.js";

test("counts fit on a card", () => {
  assert.deepEqual([0, 999, 1000, 1240, 14_000, 999_600, 3_400_000, 0.5].map(short), ["0", "999", "1 k", "1.2 k", "14 k", "1 M", "3.4 M", "0.5"]);
});

test("dead runs stand before failures that were tried again", () => {
  const { quote } = figuresOf({ steps: { quote: { runs: 1200, failed: 7, dead: 3, waiting: 0, p50_ms: 12.4, per_minute: 20, ports: { next: 1190 }, dead_url: "/dead-letters/" } } });
  assert.deepEqual(quote, { runs: "1.2 k", rate: "20", time: "12 ms", waiting: 0, failed: 3, href: "/dead-letters/", ports: { next: "1.2 k" }, error: "" });
});

test("a run is followed by marks on the steps that it came to", () => {
  const marks = marksOfRun({ steps: [{ key: "vat", state: "failed", port: null, ms: 12, attempts: 3, error: { message: "No rate." } }, { key: "ship", state: "not_reached", port: null, ms: null, attempts: 0, error: null }] });
  assert.deepEqual(marks.vat, { tone: "bad", icon: "circle-x", words: "failed: No rate.", short: "12 ms, 3 attempts", port: null });
  assert.equal(marks.ship.words, "was not reached");
});
