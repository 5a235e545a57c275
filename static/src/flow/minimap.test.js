import assert from "node:assert/strict";
import { test } from "node:test";
import { fitOf, pathOf, pointAt, seenOn } from "./minimap.js";

const WIDE = [{ x: 0, y: 0, width: 200, height: 100 }, { x: 1600, y: 300, width: 200, height: 100 }];

test("everything fits on the map, in its middle", () => {
  const fit = fitOf(WIDE);
  assert.deepEqual(fit, { scale: 0.1, x: 10, y: 55 });
  assert.equal(pathOf(WIDE, fit), "M10 55h20v10h-20zM170 85h20v10h-20z");
});

test("a flow of one step is not blown up", () => {
  assert.equal(fitOf([WIDE[0]]).scale, 0.2);
  assert.equal(fitOf([]).scale, 0.1);
});

test("what is seen moves against the view, and shrinks with the zoom", () => {
  const fit = fitOf(WIDE);
  assert.deepEqual(seenOn([0, 0, 1], { width: 800, height: 600 }, fit), { x: 10, y: 55, width: 80, height: 60 });
  assert.deepEqual(seenOn([-400, -200, 2], { width: 800, height: 600 }, fit), { x: 30, y: 65, width: 40, height: 30 });
});

test("an edge of what is seen stays on the map", () => {
  const fit = fitOf(WIDE);
  assert.deepEqual(seenOn([9_000, -9_000, 1], { width: 800, height: 600 }, fit), { x: -74, y: 144, width: 80, height: 60 });
});

test("a point of the map leads to its point of the flow", () => {
  assert.deepEqual(pointAt(110, 75, fitOf(WIDE)), [1000, 200]);
});
