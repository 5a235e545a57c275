import assert from "node:assert/strict";
import test from "node:test";
import { DEPTH, begin, edited, redone, undone } from "./history.js";

const say = (/** @type {any} */ history, /** @type {string} */ value, /** @type {any} */ also = {}) => edited(history, value, { label: `to ${value}`, now: 0, ...also });

test("an edit is undone and done again", () => {
  const both = say(say(begin("a"), "b"), "c");
  assert.equal(undone(both).present, "b");
  assert.equal(undone(undone(both)).present, "a");
  assert.equal(redone(undone(both)).present, "c");
  assert.deepEqual(redone(undone(both)), { ...both, run: "", at: 0 });
});

test("what was undone is gone after another edit", () => {
  const other = say(undone(say(begin("a"), "b")), "x");
  assert.equal(redone(other), other);
});

test("at the ends nothing happens", () => {
  const alone = begin("a");
  assert.equal(undone(alone), alone);
  assert.equal(redone(alone), alone);
  assert.equal(say(alone, "a"), alone);
});

test("letters typed in a row are one entry, but not after a pause", () => {
  let typed = begin("");
  for (const [value, now] of /** @type {[string, number][]} */ ([["a", 0], ["ab", 500], ["abc", 1000], ["abcd", 9000]])) typed = say(typed, value, { run: "title", now });
  assert.equal(undone(typed).present, "abc");
  assert.equal(undone(undone(typed)).present, "");
});

test("where the clock stands, a run is one entry until another begins", () => {
  const typed = say(say(say(begin(""), "a", { run: "t" }), "ab", { run: "t" }), "abc", { run: "u" });
  assert.equal(undone(typed).present, "ab");
  assert.equal(undone(undone(typed)).present, "");
});

test("a hundred edits are kept", () => {
  let long = begin("0");
  for (let number = 1; number <= DEPTH + 20; number += 1) long = say(long, String(number));
  assert.equal(long.past.length, DEPTH);
  while (long.past.length) long = undone(long);
  assert.equal(long.present, "20");
  while (long.future.length) long = redone(long);
  assert.equal(long.present, String(DEPTH + 20));
});
