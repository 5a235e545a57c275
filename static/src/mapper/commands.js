/**
 * What can be done to a plan: each a function `(plan, argument) -> plan`. A plan is never changed, and what a command does not
 * concern stays the same object, known to the mapper or not.
 *
 * @import { Op, Place, Plan, Rule } from "./reading.js"
 */

/** @param {any} value @param {Place} place @returns {any} */
export const at = (value, place) => place.reduce((found, key) => found?.[key], value);

/** @param {any} value @param {Place} place @param {(found: any) => any} change @returns {any} */
export function changedAt(value, place, change) {
  if (!place.length) return change(value);
  const [key, ...rest] = place;
  const inner = changedAt(value?.[key], rest, change);
  if (Array.isArray(value)) return value.with(/** @type {number} */ (key), inner);
  return { ...value, [key]: inner };
}

/** @param {Plan} plan @param {{ into: Place, rule: Rule, index?: number }} given  index: where, else at the end */
export const addRule = (plan, { into, rule, index }) =>
  changedAt(plan, into, (rules) => (rules ?? []).toSpliced(index ?? rules?.length ?? 0, 0, rule));

/** @param {Plan} plan @param {{ place: Place }} given */
export const removeRule = (plan, { place }) => changedAt(plan, place.slice(0, -1), (rules) => rules.toSpliced(place.at(-1), 1));

/** Change settings of a rule; undefined takes one away. The order of the others stays. @param {Plan} plan @param {{ place: Place, change: Record<string, any> }} given */
export const changeRule = (plan, { place, change }) =>
  changedAt(plan, place, (rule) => Object.fromEntries(Object.entries({ ...rule, ...change }).filter(([, value]) => value !== undefined)));

/** @param {Plan} plan @param {{ place: Place, by: number }} given */
export function moveRule(plan, { place, by }) {
  const index = /** @type {number} */ (place.at(-1));
  return changedAt(plan, place.slice(0, -1), (rules) => {
    const to = index + by;
    return to < 0 || to >= rules.length ? rules : rules.toSpliced(index, 1).toSpliced(to, 0, rules[index]);
  });
}

/** @param {Plan} plan @param {{ name: string, op: Op }} given */
export const setLet = (plan, { name, op }) => ({ ...withLet(plan), let: { ...plan.let, [name]: op } });

/** The named values come before the rules in a text. @param {Plan} plan */
function withLet(plan) {
  if ("let" in plan) return plan;
  const { version, ...rest } = plan;
  return { ...("version" in plan ? { version } : {}), let: {}, ...rest };
}

/** @param {Plan} plan @param {{ name: string }} given */
export function removeLet(plan, { name }) {
  const { [name]: _, ...left } = plan.let ?? {};
  if (Object.keys(left).length) return { ...plan, let: left };
  const { let: __, ...rest } = plan;
  return rest;
}

/** @returns {Plan} */
export const emptyPlan = () => ({ version: 1, rules: [] });
