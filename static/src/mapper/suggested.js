/**
 * Accepting what the server suggests: each suggestion is a line that is drawn.
 *
 * @import { Path } from "./tree.js"
 * @import { Plan } from "./reading.js"
 * @import { Trees } from "./connecting.js"
 * @typedef {{ target: Path, source: Path, score: number, reasons: string[], list: boolean, qualifier: Path, code: string }} Suggestion
 */
import { connected } from "./connecting.js";
import { entries } from "./reading.js";

/** Those whose target nothing fills yet. @param {Suggestion[]} suggestions @param {Plan} plan @param {Set<string>} [dismissed] */
export function open(suggestions, plan, dismissed = new Set()) {
  const written = new Set(entries(plan).map((entry) => JSON.stringify(entry.target)));
  const isFilled = (/** @type {Path} */ path) => path.some((_, depth) => written.has(JSON.stringify(path.slice(0, depth + 1))) && !isLoop(plan, path.slice(0, depth + 1)));
  return suggestions.filter((one) => !isFilled(one.target) && !(one.list && written.has(JSON.stringify(one.target))) && !dismissed.has(idOf(one)));
}

/** @param {Plan} plan @param {Path} path */
const isLoop = (plan, path) => entries(plan).some((entry) => entry.kind === "loop" && JSON.stringify(entry.target) === JSON.stringify(path));

/** @param {Suggestion} one */
export const idOf = (one) => JSON.stringify([one.target, one.source]);

/** @param {Plan} plan @param {Suggestion} one @param {Trees} trees @returns {Plan} the same, where the line cannot be drawn */
export function accepted(plan, one, trees) {
  const chosen = one.code && one.qualifier.length ? { qualifier: one.qualifier, code: one.code } : undefined;
  const wish = { source: one.source, target: one.target, chosen, isBare: true };
  let found = connected(plan, wish, trees);
  if (found.kind === "ask") found = connected(plan, { ...wish, pick: found.picks[0] }, trees);
  return found.kind === "done" ? found.plan : plan;
}

/** All of them, lists before their fields; a loop that stays empty is left out. @param {Plan} plan @param {Suggestion[]} all @param {Trees} trees */
export function acceptedAll(plan, all, trees) {
  const made = all.reduce((so, one) => accepted(so, one, trees), plan);
  return withoutEmpty(made, plan);
}

/** @param {Plan} made @param {Plan} before @returns {Plan} */
function withoutEmpty(made, before) {
  const known = new Set(entries(before).map((entry) => JSON.stringify(entry.target)));
  const empty = entries(made).filter((entry) => entry.kind === "loop" && !entry.rule.rules?.length && !known.has(JSON.stringify(entry.target)));
  return empty.length ? { ...made, rules: pruned(made.rules, new Set(empty.map((entry) => entry.rule))) } : made;
}

/** @param {any[]} rules @param {Set<any>} gone @returns {any[]} */
const pruned = (rules, gone) => rules.filter((rule) => !gone.has(rule)).map((rule) => (Array.isArray(rule?.rules) ? { ...rule, rules: pruned(rule.rules, gone) } : rule));
