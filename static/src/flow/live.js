/**
 * What runs are doing, kept apart from the definition so that it never enters undo or saving. A view asks for one key and is told
 * only when that changes.
 *
 * @template T
 */
export class Live {
  constructor() {
    /** @type {Map<string, T>} */
    this.values = new Map();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    this.subscribe = (/** @type {() => void} */ listener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    };
  }

  /** @param {string} key */
  get(key) {
    return this.values.get(key);
  }

  /** Take a whole snapshot; values that say the same stay the same objects. @param {Record<string, T>} snapshot */
  replace(snapshot) {
    /** @type {Map<string, T>} */
    const values = new Map();
    for (const [key, value] of Object.entries(snapshot)) {
      const old = this.values.get(key);
      values.set(key, old !== undefined && JSON.stringify(old) === JSON.stringify(value) ? old : value);
    }
    this.values = values;
    for (const listener of this.listeners) listener();
  }
}
