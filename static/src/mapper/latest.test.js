import assert from "node:assert/strict";
import { test } from "node:test";
import { Latest } from "./latest.js";

/** Questions that are answered by hand. */
function byHand() {
  /** @type {{ wanted: string, answer: (word: string) => void, fail: (error: Error) => void, signal: AbortSignal }[]} */
  const asked = [];
  /** @type {string[]} */
  const told = [];
  const latest = new Latest(
    (/** @type {string} */ wanted, signal) => new Promise((answer, fail) => asked.push({ wanted, answer, fail, signal })),
    { answered: (word) => told.push(word), failed: (error) => told.push(`failed: ${error.message}`) },
  );
  return { asked, told, latest };
}
const settled = () => new Promise((done) => setImmediate(done));

test("the first is asked at once; of what comes meanwhile only the last", async () => {
  const { asked, told, latest } = byHand();
  for (const word of ["a", "ab", "abc"]) latest.want(word);
  assert.deepEqual(asked.map((one) => one.wanted), ["a"]);
  asked[0].answer("A");
  await settled();
  assert.deepEqual(asked.map((one) => one.wanted), ["a", "abc"]);
  asked[1].answer("ABC");
  await settled();
  latest.want("d");
  assert.deepEqual([told, asked.length], [["A", "ABC"], 3]);
});

test("after a failure the next is asked", async () => {
  const { asked, told, latest } = byHand();
  latest.want("a");
  latest.want("b");
  asked[0].fail(new Error("no"));
  await settled();
  asked[1].answer("B");
  await settled();
  assert.deepEqual(told, ["failed: no", "B"]);
});

test("what was stopped is told no more, and does not stand in the way", async () => {
  const { asked, told, latest } = byHand();
  latest.want("a");
  latest.stop();
  latest.want("b");
  assert.equal(asked[0].signal.aborted, true);
  asked[0].fail(new Error("aborted"));
  await settled();
  asked[1].answer("B");
  await settled();
  assert.deepEqual(told, ["B"]);
});
