/**
 * What the mapper asks the server. A sample and the schemas are sent once and named by their keys then; what the server has forgotten
 * is sent again.
 *
 * @import { Plan } from "./reading.js"
 * @import { ToldTree } from "./tree.js"
 * @import { Problem } from "../server/ask.js"
 * @typedef {Record<string, string>} Urls
 * @typedef {{ tree: ToldTree, key: string, seen_key: string, input: string }} Source
 * @typedef {{ tree: ToldTree, key: string }} Target
 * @typedef {{ key: string, value: any, whole: boolean, problems: Problem[], document: string | null, size_bytes: number, cut: boolean, unwritten: Problem | null }} Preview
 */
import { Refused, ask } from "../server/ask.js";

/** @param {unknown} error */
export const isForgotten = (error) => error instanceof Refused && error.said.code === "mapper.forgotten";

/** @param {Urls} urls @param {{ definition: any, step: string, scope: any }} wanted @returns {Promise<Source>} */
export const askSource = (urls, { definition, step, scope }) => ask("POST", urls.scope, { definition, step, ...(scope ? { input: { value: scope } } : {}) });

/** @param {Urls} urls @param {any} target @returns {Promise<Target>} */
export const askTarget = (urls, target) => ask("POST", urls.schema, { target });

/**
 * @param {Urls} urls
 * @param {{ plan: Plan, scope: any, key: string, partner: string, format: string, options: any }} wanted  key: "" where the sample was not sent yet
 * @param {AbortSignal} signal
 * @returns {Promise<Preview>}
 */
export async function askPreview(urls, { plan, scope, key, partner, format, options }, signal) {
  const send = (/** @type {any} */ input) => ask("POST", urls.preview, { plan, input, partner, format, options }, { signal });
  if (!key) return send({ value: scope });
  try {
    return await send({ key });
  } catch (error) {
    if (!isForgotten(error)) throw error;
    return send({ value: scope });
  }
}

/**
 * @param {Urls} urls
 * @param {{ plan: Plan, source: string, target: string }} keys
 * @param {AbortSignal} signal
 * @returns {Promise<Problem[]>}
 */
export const askProblems = (urls, { plan, source, target }, signal) =>
  ask("POST", urls.check, { plan, ...(source ? { source: { key: source } } : {}), ...(target ? { target: { key: target } } : {}) }, { signal }).then((answer) => answer.problems);

/** @param {Urls} urls @param {{ source: string, target: string, input: string }} keys @returns {Promise<import("./suggested.js").Suggestion[]>} */
export const askSuggestions = (urls, { source, target, input }) =>
  ask("POST", urls.suggest, { source: { key: source }, target: { key: target }, ...(input ? { input: { key: input } } : {}) }).then((answer) => answer.suggestions);
