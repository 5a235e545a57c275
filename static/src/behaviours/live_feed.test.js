import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveFeed } from "./live_feed.js";
import { follows } from "./live.js";

/** Time that passes only when told to. */
function clock() {
  let now = 0;
  let next = 1;
  const calls = new Map();
  return {
    setTimeout: (call, ms) => (calls.set(next, { at: now + ms, call }), next++),
    clearTimeout: (id) => calls.delete(id),
    pass(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...calls].filter(([, entry]) => entry.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
        if (!due) break;
        calls.delete(due[0]);
        now = due[1].at;
        due[1].call();
      }
      now = end;
    },
    waiting: () => calls.size,
  };
}

function feed(options = {}) {
  const timers = clock();
  const sockets = [];
  const seen = { changed: [], states: [] };
  const live = new LiveFeed({
    connect: () => {
      const socket = { closed: false, close: () => (socket.closed = true), onclose: null, onmessage: null };
      sockets.push(socket);
      return socket;
    },
    changed: (topics) => seen.changed.push(topics && [...topics].sort()),
    state: (state) => seen.states.push(state),
    timers,
    random: () => 1,
    ...options,
  });
  const say = (message, socket = sockets.at(-1)) => socket.onmessage({ data: JSON.stringify(message) });
  return { live, timers, sockets, seen, say };
}

test("a connection is live from its first message, and then everything is asked for", () => {
  const { live, seen, say } = feed();
  live.start();
  assert.deepEqual(seen, { changed: [], states: ["connecting"] });
  say({ beat: 0 });
  assert.deepEqual(seen, { changed: [null], states: ["connecting", "live"] });
  say({ beat: 0 });
  assert.deepEqual(seen.changed, [null]);
});

test("a first message that names a change is covered by asking for everything", () => {
  const { live, seen, say, timers } = feed();
  live.start();
  say({ changed: ["runs"], cursor: 1 });
  timers.pass(1000);
  assert.deepEqual(seen.changed, [null]);
});

test("an address that closes whoever joins is asked less and less often", () => {
  const { live, sockets, timers } = feed();
  live.start();
  sockets[0].onclose({ code: 4429 });
  timers.pass(500);
  sockets[1].onclose({ code: 4429 });
  timers.pass(999);
  assert.equal(sockets.length, 2);
  timers.pass(1);
  assert.equal(sockets.length, 3);
});

test("a change is handed on at once, the next ones together after the gap", () => {
  const { live, sockets, seen, say, timers } = feed();
  live.start();
  say({ beat: 0 }, sockets[0]);
  say({ changed: ["runs"], cursor: 1 });
  say({ changed: ["flows"], cursor: 2 });
  say({ changed: ["runs", "alerts"], cursor: 3 });
  assert.deepEqual(seen.changed, [null, ["runs"]]);
  timers.pass(250);
  assert.deepEqual(seen.changed, [null, ["runs"], ["alerts", "flows", "runs"]]);
  assert.equal(live.cursor, 3);
});

test("a flood is handed on at most four times a second", () => {
  const { live, sockets, seen, say, timers } = feed();
  live.start();
  say({ beat: 0 }, sockets[0]);
  for (let n = 0; n < 999; n += 1) {
    say({ changed: ["runs"], cursor: n });
    timers.pass(1);
  }
  assert.equal(seen.changed.filter((topics) => topics !== null).length, 4);
});

test("after a reconnect everything is asked for once, at once", () => {
  const { live, sockets, seen, timers, say } = feed();
  live.start();
  say({ beat: 0 }, sockets[0]);
  sockets[0].onclose({ code: 1006 });
  assert.equal(seen.states.at(-1), "reconnecting");
  timers.pass(500);
  say({ beat: 0 }, sockets[1]);
  assert.deepEqual(seen.changed, [null, null]);
  assert.equal(seen.states.at(-1), "live");
});

test("what was collected before the break is not asked for twice", () => {
  const { live, sockets, seen, say, timers } = feed();
  live.start();
  say({ beat: 0 }, sockets[0]);
  say({ changed: ["runs"] });
  say({ changed: ["runs"] });
  sockets[0].onclose({ code: 1006 });
  timers.pass(100);
  live.hurry();
  say({ beat: 0 }, sockets[1]);
  timers.pass(5000);
  assert.deepEqual(seen.changed, [null, ["runs"], null]);
});

test("the waits grow to twenty seconds and begin anew after a success", () => {
  const { live, sockets, timers, say } = feed();
  live.start();
  for (const wait of [500, 1000, 2000, 5000, 10000, 20000, 20000]) {
    const before = sockets.length;
    sockets.at(-1).onclose({ code: 1006 });
    timers.pass(wait - 1);
    assert.equal(sockets.length, before);
    timers.pass(1);
    assert.equal(sockets.length, before + 1);
  }
  say({ beat: 0 });
  sockets.at(-1).onclose({ code: 1006 });
  const before = sockets.length;
  timers.pass(500);
  assert.equal(sockets.length, before + 1);
});

test("a socket that falls silent is left", () => {
  const { live, sockets, say, timers, seen } = feed({ silenceMs: 60000 });
  live.start();
  say({ beat: 0 }, sockets[0]);
  timers.pass(59000);
  say({ beat: 1 });
  timers.pass(59000);
  assert.equal(sockets[0].closed, false);
  timers.pass(1000);
  assert.equal(sockets[0].closed, true);
  assert.equal(seen.states.at(-1), "reconnecting");
  timers.pass(500);
  assert.equal(sockets.length, 2);
});

test("signed out or not a member any more: it stays off", () => {
  for (const code of [4401, 4403]) {
    const { live, sockets, timers, seen, say } = feed();
    live.start();
    say({ beat: 0 }, sockets[0]);
    sockets[0].onclose({ code });
    timers.pass(600000);
    assert.equal(sockets.length, 1);
    assert.equal(seen.states.at(-1), "off");
  }
});

test("stopping closes the socket and leaves no timer", () => {
  const { live, sockets, say, timers } = feed();
  live.start();
  say({ beat: 0 }, sockets[0]);
  say({ changed: ["runs"] });
  live.stop();
  sockets[0].onclose({ code: 1000 });
  assert.equal(sockets[0].closed, true);
  assert.equal(timers.waiting(), 0);
});

test("what is no message of ours changes nothing", () => {
  const { live, sockets, seen, say } = feed();
  live.start();
  say({ beat: 0 }, sockets[0]);
  for (const data of ["", "{", "null", "7", '{"changed": 1}', '{"changed": []}', new Uint8Array(2)]) {
    sockets[0].onmessage({ data });
  }
  assert.deepEqual(seen.changed, [null]);
});

test("an element follows its own topics, and everything after a break", () => {
  const element = (topics) => ({ getAttribute: () => topics });
  assert.equal(follows(element("runs flows"), new Set(["flows"])), true);
  assert.equal(follows(element("runs"), new Set(["flows"])), false);
  assert.equal(follows(element("runs"), null), true);
  assert.equal(follows(element(null), null), false);
});
