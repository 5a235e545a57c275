/** Finding a function by a plain word: its title first, then its key, its help and its family. */
import { slotOf } from "./pipeline.js";

/** @import { Fn, Functions } from "./op.js" */

const HIDDEN = new Set(["get", "it", "item", "let", "lit"]);

/**
 * @param {Functions} functions
 * @param {string} wanted
 * @param {{ family?: string, flowing?: boolean }} [only]  flowing: those that take the value from the left
 * @returns {Fn[]}
 */
export function searched(functions, wanted, { family = "", flowing = false } = {}) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return [...functions.values()]
    .filter((fn) => !HIDDEN.has(fn.key) && (!family || fn.family === family) && (!flowing || slotOf(fn) >= 0))
    .map((fn) => ({ fn, rank: rankOf(fn, words) }))
    .filter(({ rank }) => rank > 0)
    .sort((one, other) => other.rank - one.rank)
    .map(({ fn }) => fn);
}

/** @param {Fn} fn @param {string[]} words */
function rankOf(fn, words) {
  if (!words.length) return 1;
  const title = fn.title.toLowerCase();
  const rest = `${fn.key} ${fn.family} ${fn.help}`.toLowerCase();
  if (!words.every((word) => title.includes(word) || rest.includes(word))) return 0;
  if (title.startsWith(words[0])) return 4;
  if (words.every((word) => title.includes(word))) return 3;
  return words.every((word) => fn.key.includes(word)) ? 2.5 : 2;
}

/** @param {Functions} functions @returns {string[]} */
export const families = (functions) => [...new Set([...functions.values()].filter((fn) => !HIDDEN.has(fn.key)).map((fn) => fn.family))];

/** The example that shows most at a glance: the first that gives a value. @param {Fn} fn */
export const exampleOf = (fn) => fn.examples.find((example) => "gives" in example) ?? fn.examples[0];
