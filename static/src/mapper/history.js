/**
 * Undo and redo: the list of former plans. Typing in one place is one step.
 * @template T
 * @typedef {{ past: T[], present: T, future: T[], tag: string }} History
 */

export const STEPS = 100;

/** @template T @param {T} present @returns {History<T>} */
export const begun = (present) => ({ past: [], present, future: [], tag: "" });

/**
 * @template T
 * @param {History<T>} history
 * @param {T} present
 * @param {string} [tag]  changes with the same tag, one after the other, are one step
 * @returns {History<T>}
 */
export function pushed(history, present, tag = "") {
  if (present === history.present || JSON.stringify(present) === JSON.stringify(history.present)) return history;
  if (tag && tag === history.tag) return { ...history, present, future: [] };
  return { past: [...history.past, history.present].slice(-STEPS), present, future: [], tag };
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function undone({ past, present, future }) {
  const before = past.at(-1);
  return before === undefined ? { past, present, future, tag: "" } : { past: past.slice(0, -1), present: before, future: [present, ...future], tag: "" };
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function redone({ past, present, future }) {
  const [after, ...rest] = future;
  return after === undefined ? { past, present, future, tag: "" } : { past: [...past, present], present: after, future: rest, tag: "" };
}
