import assert from "node:assert/strict";
import test from "node:test";
import { flowOf } from "./flows_for_tests.js";
import { PAUSE_MS, Saver } from "./saver.js";

/** Timers that fire when the test says so. */
function clock() {
  /** @type {{ call: () => void, ms: number }[]} */
  const due = [];
  return {
    due,
    setTimeout: (/** @type {() => void} */ call, /** @type {number} */ ms) => due[due.push({ call, ms }) - 1],
    clearTimeout: (/** @type {any} */ id) => due.splice(due.indexOf(id), 1),
    fire: async () => {
      due.shift()?.call();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** @param {(stored: any) => any} answer */
function saver(answer) {
  const timers = clock();
  /** @type {any[]} */
  const sent = [];
  /** @type {string[]} */
  const states = [];
  /** @type {any[]} */
  const conflicts = [];
  const made = new Saver({
    stored: { revision: 7, definition: A },
    send: async (stored) => {
      sent.push(stored);
      return answer(stored);
    },
    timers,
    told: (saving) => states.push(saving.state),
    saved: () => {},
    conflict: (theirs) => conflicts.push(theirs),
  });
  return { made, timers, sent, states, conflicts };
}

const [A, B, C] = ["start next a", "start next b", "start next c"].map(flowOf);
const next = (/** @type {any} */ stored) => ({ revision: stored.revision + 1 });

test("edits are saved once, a pause after the last", async () => {
  const { made, timers, sent, states } = saver(next);
  made.want(B);
  made.want(C);
  assert.deepEqual(timers.due.map((timer) => timer.ms), [PAUSE_MS]);
  await timers.fire();
  assert.deepEqual(sent, [{ revision: 7, definition: C }]);
  assert.deepEqual(states, ["waiting", "waiting", "saving", "saved"]);
  assert.equal(made.stored.revision, 8);
});

test("an edit while a save is under way is saved after it", async () => {
  const { made, timers, sent } = saver((stored) => {
    if (stored.revision === 7) made.want(C);
    return next(stored);
  });
  made.want(B);
  await timers.fire();
  await timers.fire();
  assert.deepEqual(sent.map((stored) => [stored.revision, stored.definition]), [[7, B], [8, C]]);
});

test("a lost line is tried again", async () => {
  let down = true;
  const { made, timers, states } = saver((stored) => {
    if (down) throw Object.assign(new Error("away"), { status: 0 });
    return next(stored);
  });
  made.want(B);
  await timers.fire();
  assert.equal(states.at(-1), "offline");
  down = false;
  await timers.fire();
  assert.equal(states.at(-1), "saved");
});

test("a stale save is not repeated, and says what stands", async () => {
  const { made, timers, sent, states, conflicts } = saver(() => {
    throw Object.assign(new Error("stale"), { status: 409, answer: { draft: { revision: 9, definition: C } } });
  });
  made.want(B);
  await timers.fire();
  made.want(A);
  assert.deepEqual([sent.length, timers.due.length, states.at(-1)], [1, 0, "conflict"]);
  assert.deepEqual(conflicts, [{ revision: 9, definition: C }]);
});

test("after a merge it goes on from what stands", async () => {
  const { made, timers, sent } = saver((stored) => {
    if (stored.revision === 7) throw Object.assign(new Error("stale"), { status: 409, answer: { draft: { revision: 9, definition: C } } });
    return next(stored);
  });
  made.want(B);
  await timers.fire();
  made.takeOver({ revision: 9, definition: C });
  await timers.fire();
  assert.deepEqual(sent.at(-1), { revision: 9, definition: B });
  assert.equal(made.isDirty, false);
});

test("what the server refuses waits for the next edit", async () => {
  const { made, timers, states } = saver(() => {
    throw Object.assign(new Error("too large"), { status: 413 });
  });
  made.want(B);
  await timers.fire();
  assert.equal(states.at(-1), "refused");
  assert.equal(timers.due.length, 0);
});
