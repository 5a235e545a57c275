import assert from "node:assert/strict";
import { test } from "node:test";
import { between } from "./select_rows.js";

test("a range goes either way and has both ends", () => {
  assert.deepEqual(between([1, 2, 3, 4], 2, 4), [2, 3, 4]);
  assert.deepEqual(between([1, 2, 3, 4], 4, 2), [2, 3, 4]);
  assert.deepEqual(between([1, 2], 2, 2), [2]);
});

test("a row that is gone starts no range", () => assert.deepEqual(between([1, 2, 3], 9, 2), [2]));
