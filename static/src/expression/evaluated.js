/**
 * Asking the engine what an operation gives on the sample: it computes, the browser shows.
 *
 * @import { Op } from "./op.js"
 * @import { Sight } from "./sight.js"
 * @typedef {{ missing: boolean, kind: string, text: string, value?: any }} Told
 * @typedef {{ result: Told, error: { code: string, message: string, hint: string, at: number[] } | null, steps: Map<string, Told> }} Evaluated
 */
import { ask } from "../server/ask.js";
import { keyed, rootsOf } from "./op.js";

/** @import { Functions } from "./op.js" */

/** @param {number[]} at */
export const keyOf = (at) => at.join(".");

/**
 * What is sent: of the scope only the steps that are read, of the items only those in sight.
 * @param {Op} op
 * @param {any} values
 * @param {Sight} sight
 */
export function asked(op, values, sight) {
  const roots = rootsOf(["list", op, ...Object.values(sight.lets)]);
  const scope = roots ? Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => roots.has(key))) : values ?? {};
  return { op, scope, let: sight.lets, items: sight.items.map(({ name, value }) => ({ name, value: value ?? null })) };
}

/** @param {string} url @param {Op} op @param {any} values @param {Sight} sight @param {AbortSignal} signal @returns {Promise<Evaluated>} */
export async function evaluated(url, op, values, sight, signal) {
  const answer = await ask("POST", url, asked(op, values, sight), { signal });
  return { ...answer, steps: new Map(answer.steps.map((/** @type {any} */ step) => [keyOf(step.at), step])) };
}

/** @type {Map<string, Promise<Functions>>} */
const loaded = new Map();

/** The functions of the mapping language, asked for once on a page. @param {string} url @returns {Promise<Functions>} */
export function loadFunctions(url) {
  const found = loaded.get(url) ?? ask("GET", url).then((answer) => keyed(answer.functions));
  loaded.set(url, found);
  found.catch(() => loaded.delete(url));
  return found;
}
