/**
 * Saving the draft by itself: a while after the last edit, one save at a time, again after a lost line. A stale save is not forced:
 * it becomes a conflict that holds what stands on the server.
 *
 * @typedef {import("./document.js").Definition} Definition
 * @typedef {{ state: "saved" | "waiting" | "saving" | "offline" | "conflict" | "refused", message: string }} Saving
 * @typedef {{ revision: number, definition: Definition }} Stored
 */

export const PAUSE_MS = 600;
const AGAIN_MS = [1000, 2000, 5000, 10000];

export class Saver {
  /**
   * @param {{
   *   stored: Stored,
   *   send: (stored: Stored) => Promise<any>,
   *   timers: { setTimeout: (call: () => void, ms: number) => any, clearTimeout: (id: any) => void },
   *   told: (saving: Saving) => void,
   *   saved: (answer: any) => void,
   *   conflict: (theirs: Stored) => void,
   * }} with_  send: rejects with an error that has `status` (0: not reached; 409: stale, its `answer.draft` is what stands)
   */
  constructor({ stored, send, timers, told, saved, conflict }) {
    this.stored = stored;
    this.wanted = stored.definition;
    this.send = send;
    this.timers = timers;
    this.told = told;
    this.saved = saved;
    this.conflict = conflict;
    this.timer = null;
    this.failures = 0;
    this.busy = false;
    this.stopped = false;
  }

  get isDirty() {
    return this.wanted !== this.stored.definition;
  }

  /** Save this definition soon. @param {Definition} definition */
  want(definition) {
    if (definition === this.wanted) return;
    this.wanted = definition;
    if (this.stopped || this.busy) return;
    if (!this.isDirty) this.#tell("saved");
    else {
      this.#tell("waiting");
      this.#later(PAUSE_MS);
    }
  }

  /** Save now what there is to save; resolves when the server has it, or knows why not. */
  async flush() {
    if (this.timer !== null) this.timers.clearTimeout(this.timer);
    this.timer = null;
    while (this.busy) await this.busy;
    if (!this.stopped && this.isDirty) await this.#save();
  }

  /** Take what stands on the server as what was saved last. @param {Stored} stored */
  takeOver(stored) {
    this.stored = stored;
    this.stopped = false;
    this.failures = 0;
    if (this.isDirty) {
      this.#tell("waiting");
      this.#later(0);
    } else this.#tell("saved");
  }

  stop() {
    this.stopped = true;
    if (this.timer !== null) this.timers.clearTimeout(this.timer);
  }

  /** @param {number} ms */
  #later(ms) {
    if (this.timer !== null) this.timers.clearTimeout(this.timer);
    this.timer = this.timers.setTimeout(() => {
      this.timer = null;
      this.#save();
    }, ms);
  }

  /** @param {Saving["state"]} state */
  #tell(state, message = "") {
    this.told({ state, message });
  }

  #save() {
    /** @type {Promise<void> | false} */
    this.busy = this.#once().finally(() => {
      this.busy = false;
      if (!this.stopped && this.failures === 0 && this.isDirty) this.#later(PAUSE_MS);
    });
    return this.busy;
  }

  async #once() {
    const sent = this.wanted;
    this.#tell("saving");
    try {
      const answer = await this.send({ revision: this.stored.revision, definition: sent });
      this.stored = { revision: answer.revision, definition: sent };
      this.failures = 0;
      this.saved(answer);
      this.#tell(this.isDirty ? "waiting" : "saved");
    } catch (failure) {
      this.#failed(/** @type {any} */ (failure));
    }
  }

  /** @param {{ status?: number, message: string, answer?: any }} failure */
  #failed(failure) {
    if (failure.status === 409 && failure.answer?.draft) {
      this.stopped = true;
      this.#tell("conflict", failure.message);
      this.conflict({ revision: failure.answer.draft.revision, definition: failure.answer.draft.definition });
    } else if (failure.status === 0 || failure.status === 502 || failure.status === 503 || failure.status === 504) {
      this.#tell("offline", failure.message);
      this.#later(AGAIN_MS[Math.min(this.failures, AGAIN_MS.length - 1)]);
      this.failures += 1;
    } else {
      this.failures += 1;
      this.#tell("refused", failure.message);
    }
  }
}
