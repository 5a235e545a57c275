import assert from "node:assert/strict";
import { test } from "node:test";
import { relative } from "./relative_time.js";

for (const [seconds, words] of [
  [0, "now"],
  [-4, "now"],
  [-5, "5 seconds ago"],
  [-59, "59 seconds ago"],
  [-119, "1 minute ago"],
  [-3599, "59 minutes ago"],
  [7200, "in 2 hours"],
  [-86400, "1 day ago"],
  [259200, "in 3 days"],
  [-86400 * 59, "59 days ago"],
  [-86400 * 61, "2 months ago"],
  [-86400 * 800, "2 years ago"],
]) {
  test(`${seconds} s are "${words}"`, () => assert.equal(relative(seconds, "en"), words));
}

test("the page's language is used", () => assert.equal(relative(-120, "de"), "vor 2 Minuten"));
