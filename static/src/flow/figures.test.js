import assert from "node:assert/strict";
import test from "node:test";
import { figuresOf, short } from "./figures.js";

test("counts fit on a card", () => {
  assert.deepEqual([0, 999, 1000, 1240, 14_000, 999_600, 3_400_000, 0.5].map(short), ["0", "999", "1 k", "1.2 k", "14 k", "1 M", "3.4 M", "0.5"]);
});

test("dead runs stand before failures that were tried again", () => {
  const { quote } = figuresOf({ steps: { quote: { runs: 1200, failed: 7, dead: 3, waiting: 0, p50_ms: 12.4, per_minute: 20, ports: { next: 1190 }, dead_href: "/dead-letters/" } } });
  assert.deepEqual(quote, { runs: "1.2 k", rate: "20", time: "12 ms", waiting: 0, failed: 3, href: "/dead-letters/", ports: { next: "1.2 k" }, error: "" });
});
