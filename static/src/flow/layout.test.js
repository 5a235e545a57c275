import assert from "node:assert/strict";
import test from "node:test";
import { flowOf, ways } from "./flows_for_tests.js";
import { COLUMN, ROW, STEP_HEIGHT, STEP_WIDTH, freePlace, tidy } from "./layout.js";

/** @param {import("./document.js").Definition} flow */
const portsIn = (flow) => (/** @type {{ key: string }} */ step) => flow.edges.filter((edge) => edge.source === step.key).map((edge) => edge.port);

test("a run goes from left to right, and yes stands above no", () => {
  const flow = flowOf("start next a, a yes b, a no c, b next d, c next d");
  assert.deepEqual(tidy(flow, portsIn(flow)), { start: [0, 0], a: [COLUMN, 0], b: [2 * COLUMN, 0], d: [3 * COLUMN, 0], c: [2 * COLUMN, ROW] });
});

test("what is not connected stands below", () => {
  const flow = { ...flowOf("start next a"), steps: [...flowOf("start next a").steps, ...flowOf("x next y").steps.slice(1)], edges: flowOf("start next a, x next y").edges };
  const places = tidy(flow, portsIn(flow));
  assert.deepEqual([places.x, places.y], [[0, ROW], [COLUMN, ROW]]);
});

/** A small generator of numbers, the same in every run. @param {number} seed */
function dice(seed) {
  let state = seed;
  return (/** @type {number} */ sides) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * sides);
  };
}

test("no two steps of any flow overlap, and every step stands right of what leads to it", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const roll = dice(seed);
    const count = 2 + roll(40);
    const edges = Array.from({ length: count - 1 }, (_, number) => {
      const from = roll(number + 1);
      return `${from === 0 ? "start" : `s${from}`} p${roll(3)}x${number} s${number + 1}`;
    });
    const extra = Array.from({ length: roll(6) }, (_, number) => {
      const a = 1 + roll(count - 1);
      const b = 1 + roll(count - 1);
      return a < b ? `s${a} q${number} s${b}` : "";
    }).filter(Boolean);
    const flow = flowOf([...edges, ...extra].join(", "));
    const places = tidy(flow, portsIn(flow));
    const seen = new Set(Object.values(places).map((place) => place.join()));
    assert.equal(seen.size, flow.steps.length, ways(flow));
    for (const edge of flow.edges) assert.ok(places[edge.source][0] < places[edge.target][0], `${edge.source} → ${edge.target} in ${ways(flow)}`);
  }
});

test("a new step never stands on another", () => {
  const flow = flowOf("start next a");
  const place = freePlace(flow, [0, 0]);
  for (const { position } of flow.steps) {
    assert.ok(Math.abs(position[0] - place[0]) >= STEP_WIDTH || Math.abs(position[1] - place[1]) >= STEP_HEIGHT);
  }
});
