/**
 * Asks at once while nothing is under way; what is wanted meanwhile waits, and of that only the last. So an answer is as early as it
 * can be, and somebody who types does not pile up questions.
 *
 * @template Q, A
 */
export class Latest {
  /**
   * @param {(wanted: Q, signal: AbortSignal) => Promise<A>} ask
   * @param {{ answered: (answer: A, wanted: Q) => void, failed: (error: Error, wanted: Q) => void }} told
   */
  constructor(ask, told) {
    this.ask = ask;
    this.told = told;
    this.isBusy = false;
    this.next = /** @type {{ wanted: Q } | null} */ (null);
    this.ending = new AbortController();
  }

  /** @param {Q} wanted */
  want(wanted) {
    this.next = { wanted };
    if (!this.isBusy) void this.#go();
  }

  /** Forget what waits, and end what is under way: nothing is told of either. */
  stop() {
    this.next = null;
    this.ending.abort();
    this.ending = new AbortController();
  }

  async #go() {
    this.isBusy = true;
    while (this.next) {
      const { wanted } = this.next;
      const { signal } = this.ending;
      this.next = null;
      try {
        const answer = await this.ask(wanted, signal);
        if (!signal.aborted) this.told.answered(answer, wanted);
      } catch (error) {
        if (!signal.aborted) this.told.failed(/** @type {Error} */ (error), wanted);
      }
    }
    this.isBusy = false;
  }
}
