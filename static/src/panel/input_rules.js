/**
 * The rules of a call's input as rows of a form: one row for each field, where one plain rule fills it. What is more than that stays
 * in the plan untouched and is shown as “by mapping”. Rules that a row does not change are the very same objects afterwards.
 *
 * @import { Op } from "../expression/op.js"
 * @typedef {{ path: string[], title: string, help: string, type: string, required: boolean, nullable: boolean, options: string[], example: any, default: any, minimum: number | null, maximum: number | null, pattern: string, choices: boolean }} Wanted
 * @typedef {{ path: string[], wanted: Wanted | null, state: "empty" | "rule" | "mapping", op: Op, rules: number[] }} Row
 */

const PLAIN = new Set(["to", "op", "as", "onMissing"]);

/** @param {any} rule @returns {string[]} */
const pathOf = (rule) => (Array.isArray(rule?.to) ? rule.to : typeof rule?.to === "string" ? [rule.to] : []);
/** @param {string[]} path */
const keyOf = (path) => JSON.stringify(path);
/** @param {string[]} inner @param {string[]} outer */
const isWithin = (inner, outer) => inner.length >= outer.length && outer.every((key, index) => inner[index] === key);
/** @param {any} rule */
const isPlain = (rule) => rule !== null && typeof rule === "object" && "op" in rule && Object.keys(rule).every((key) => PLAIN.has(key));

/**
 * @param {any} plan  or null
 * @param {Wanted[]} fields
 * @returns {Row[]} the required first, then the filled, then the others; rules for what no field knows at the end
 */
export function inputRows(plan, fields) {
  const rules = Array.isArray(plan?.rules) ? plan.rules : [];
  const targets = rules.map(pathOf);
  const rows = fields.filter((wanted) => isOwn(wanted, fields, targets)).map((wanted) => rowAt(rules, wanted.path, wanted));
  const seen = new Set(rows.flatMap((row) => row.rules));
  const others = rules.flatMap((/** @type {any} */ rule, /** @type {number} */ index) => (seen.has(index) ? [] : [rowAt(rules, pathOf(rule), null)]));
  const distinct = [...new Map(others.map((/** @type {Row} */ row) => [keyOf(row.path), row])).values()];
  return [...rows.toSorted((one, other) => rank(one) - rank(other)), ...distinct];
}

/**
 * Whether a field has a row of its own: not where a rule fills something it is a part of, nor where its parts have rows.
 * @param {Wanted} wanted @param {Wanted[]} fields @param {string[][]} targets
 */
function isOwn({ path, required }, fields, targets) {
  const own = keyOf(path);
  if (targets.some((to) => to.length < path.length && isWithin(path, to))) return false;
  if (targets.some((to) => keyOf(to) === own)) return true;
  const parts = fields.filter((other) => other.path.length > path.length && isWithin(other.path, path));
  if (!parts.length) return true;
  return required && !targets.some((to) => isWithin(to, path)) && !parts.some((part) => part.required);
}

/** @param {Row} row */
const rank = (row) => (row.wanted?.required ? 0 : row.state === "empty" ? 2 : 1);

/** @param {any[]} rules @param {string[]} path @param {Wanted | null} wanted @returns {Row} */
function rowAt(rules, path, wanted) {
  const touching = rules.flatMap((rule, index) => {
    const to = pathOf(rule);
    return isWithin(to, path) || (isWithin(path, to) && wanted) ? [index] : [];
  });
  const [first] = touching;
  if (first === undefined) return { path, wanted, state: "empty", op: undefined, rules: [] };
  const isOne = touching.length === 1 && keyOf(pathOf(rules[first])) === keyOf(path) && isPlain(rules[first]);
  return isOne ? { path, wanted, state: "rule", op: rules[first].op, rules: touching } : { path, wanted, state: "mapping", op: undefined, rules: touching };
}

/** Fill a row; its rule keeps its place and what else it says. @param {any} plan @param {Row} row @param {Op} op */
export function withInput(plan, row, op) {
  const before = plan ?? { version: 1, rules: [] };
  const rules = before.rules ?? [];
  if (row.state === "rule") return { ...before, rules: rules.with(row.rules[0], { ...rules[row.rules[0]], op }) };
  return { ...before, rules: [...rules, { to: row.path, op }] };
}

/** Empty a row; a plan without any rule is none. @param {any} plan @param {Row} row @returns {any} null for none */
export function withoutInput(plan, row) {
  if (row.state !== "rule") return plan;
  const rules = plan.rules.toSpliced(row.rules[0], 1);
  return rules.length || plan.let || plan.tests ? { ...plan, rules } : null;
}

/** The field a warning of an unfilled one names in its words: “body.customer” is required by … @param {string} message */
export const unfilledPath = (message) => /^“([^”]+)” is required/.exec(message)?.[1] ?? "";
