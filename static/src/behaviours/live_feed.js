/**
 * The rules of live updates, without a page: when to connect, when to say what changed, how often.
 *
 * The server says `{"changed": ["runs", "flows"], "cursor": 7}` or `{"beat": 7}`. Topics are collected and handed on at
 * most once in `gapMs`. A socket that opened is not yet in the tenant's group; its first message says that it is. Then
 * `null` is handed on, which means everything: what happened since the page was made, or while the line was dead, is
 * unknown. A socket that stays silent longer than `silenceMs` is taken for dead.
 *
 * @typedef {{ send?: unknown, close: () => void, onclose: ((event: { code: number }) => void) | null,
 *   onmessage: ((event: { data: unknown }) => void) | null }} Socket
 * @typedef {{ setTimeout: (call: () => void, ms: number) => unknown, clearTimeout: (id: unknown) => void }} Timers
 * @typedef {"connecting" | "live" | "reconnecting" | "off"} LiveState
 */

const FOR_GOOD = new Set([4401, 4403]);
const WAITS_MS = [500, 1000, 2000, 5000, 10000, 20000];

export class LiveFeed {
  /**
   * @param {{ connect: () => Socket, changed: (topics: Set<string> | null) => void, state: (state: LiveState) => void,
   *   timers: Timers, random?: () => number, gapMs?: number, silenceMs?: number }} options
   */
  constructor({ connect, changed, state, timers, random = Math.random, gapMs = 250, silenceMs = 65000 }) {
    this.options = { connect, changed, state, timers, random, gapMs, silenceMs };
    this.cursor = 0;
    this.failures = 0;
    this.wasLive = false;
    this.isJoined = false;
    this.stopped = false;
    /** @type {Set<string>} */
    this.pending = new Set();
    /** @type {Socket | null} */
    this.socket = null;
    this.flushTimer = /** @type {unknown} */ (null);
    this.retryTimer = /** @type {unknown} */ (null);
    this.silenceTimer = /** @type {unknown} */ (null);
  }

  start() {
    this.stopped = false;
    this.options.state(this.wasLive ? "reconnecting" : "connecting");
    this.isJoined = false;
    const socket = this.options.connect();
    this.socket = socket;
    socket.onmessage = (event) => this.#heard(event.data);
    socket.onclose = (event) => socket === this.socket && this.#closed(event.code);
    this.#listen();
  }

  stop() {
    this.stopped = true;
    const { timers } = this.options;
    for (const timer of [this.flushTimer, this.retryTimer, this.silenceTimer]) timers.clearTimeout(timer);
    this.flushTimer = this.retryTimer = null;
    this.pending.clear();
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** Try at once, for when the network or the page comes back. */
  hurry() {
    if (this.stopped || this.retryTimer === null) return;
    this.options.timers.clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.start();
  }

  #joined() {
    this.isJoined = this.wasLive = true;
    this.failures = 0;
    this.pending.clear();
    this.options.state("live");
    this.options.changed(null);
  }

  /** @param {unknown} data */
  #heard(data) {
    this.#listen();
    const message = parse(data);
    if (!message || !(Array.isArray(message.changed) || "beat" in message)) return;
    if (typeof message.cursor === "number") this.cursor = message.cursor;
    if (!this.isJoined) {
      this.#joined();
      return;
    }
    if (!Array.isArray(message.changed)) return;
    for (const topic of message.changed) this.pending.add(String(topic));
    if (this.pending.size && this.flushTimer === null) this.#flush();
  }

  /** The first change is handed on at once; what follows within the gap waits for its end, together. */
  #flush() {
    const topics = this.pending;
    this.pending = new Set();
    if (topics.size) this.options.changed(topics);
    this.flushTimer = this.options.timers.setTimeout(() => {
      this.flushTimer = null;
      if (this.pending.size) this.#flush();
    }, this.options.gapMs);
  }

  #listen() {
    const { timers, silenceMs } = this.options;
    timers.clearTimeout(this.silenceTimer);
    this.silenceTimer = timers.setTimeout(() => {
      const socket = this.socket;
      this.#closed(1006);
      socket?.close();
    }, silenceMs);
  }

  /** @param {number} code */
  #closed(code) {
    this.socket = null;
    const { timers, state, random } = this.options;
    timers.clearTimeout(this.silenceTimer);
    if (this.stopped) return;
    if (FOR_GOOD.has(code)) {
      this.stopped = true;
      state("off");
      return;
    }
    state("reconnecting");
    const wait = WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)];
    this.failures += 1;
    // Half the wait is drawn, so that the pages of a restarted server do not all come back together.
    this.retryTimer = timers.setTimeout(() => {
      this.retryTimer = null;
      this.start();
    }, wait / 2 + random() * (wait / 2));
  }
}

/**
 * @param {unknown} data
 * @returns {{ changed?: unknown, beat?: unknown, cursor?: unknown } | null}
 */
function parse(data) {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data);
    return typeof message === "object" ? message : null;
  } catch {
    return null;
  }
}
