/**
 * Undo and redo: a list of former definitions. Edits that carry the same `run` within two seconds are one entry: the letters of a title,
 * the steps of an arrow key.
 *
 * @template T
 * @typedef {{ value: T, label: string }} Entry
 */

export const DEPTH = 100;
const RUN_MS = 2000;

/**
 * @template T
 * @typedef {{ past: Entry<T>[], present: T, future: Entry<T>[], run: string, at: number }} History
 *   an entry of `past` and its label: what the edit after it did; of `future`: what doing it again does
 */

/** @template T @param {T} value @returns {History<T>} */
export const begin = (value) => ({ past: [], present: value, future: [], run: "", at: 0 });

/**
 * @template T
 * @param {History<T>} history
 * @param {T} value
 * @param {{ label: string, run?: string, now: number }} edit
 * @returns {History<T>}
 */
export function edited(history, value, { label, run = "", now }) {
  if (value === history.present) return history;
  if (run && run === history.run && now - history.at < RUN_MS) return { ...history, present: value, future: [], at: now };
  const past = [...history.past, { value: history.present, label }].slice(-DEPTH);
  return { past, present: value, future: [], run, at: now };
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function undone(history) {
  const last = history.past.at(-1);
  if (!last) return history;
  return { past: history.past.slice(0, -1), present: last.value, future: [...history.future, { value: history.present, label: last.label }], run: "", at: 0 };
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function redone(history) {
  const next = history.future.at(-1);
  if (!next) return history;
  return { past: [...history.past, { value: history.present, label: next.label }], present: next.value, future: history.future.slice(0, -1), run: "", at: 0 };
}
