/**
 * Conditions as rows a person reads: field · comparison · value, joined by all or any. `writeCondition(readCondition(op))` is `op` again.
 *
 * @import { Op } from "./op.js"
 * @typedef {{ id: string, word: string, key: string, negated: boolean, operands: number }} Comparison
 * @typedef {{ kind: "group", join: "and" | "or", of: Condition[] }} Group
 * @typedef {{ kind: "row", comparison: string, left: Op, right: Op[] }} Row
 * @typedef {Group | Row} Condition
 */
import { isCall } from "./op.js";

/** @type {[string, string, string | null, number][]} key, word, word of its opposite, operands besides the first */
const TABLE = [
  ["eq", "is", null, 1],
  ["ne", "is not", null, 1],
  ["gt", "is greater than", null, 1],
  ["ge", "is at least", null, 1],
  ["lt", "is less than", null, 1],
  ["le", "is at most", null, 1],
  ["contains", "contains", "does not contain", 1],
  ["starts_with", "starts with", "does not start with", 1],
  ["ends_with", "ends with", "does not end with", 1],
  ["matches", "fits the pattern", "does not fit the pattern", 1],
  ["is_empty", "is empty", "has a value", 0],
  ["is_missing", "is missing", "is there", 0],
  ["is_null", "is null", "is not null", 0],
];

/** @type {Comparison[]} */
export const COMPARISONS = [
  ...TABLE.flatMap(([key, word, opposite, operands]) => [
    { id: key, word, key, negated: false, operands },
    ...(opposite ? [{ id: `not ${key}`, word: opposite, key, negated: true, operands }] : []),
  ]),
  { id: "holds", word: "is true", key: "", negated: false, operands: 0 },
  { id: "not holds", word: "is not true", key: "", negated: true, operands: 0 },
];
const BY_ID = new Map(COMPARISONS.map((comparison) => [comparison.id, comparison]));

/** @param {string} id @returns {Comparison} */
export const comparison = (id) => /** @type {Comparison} */ (BY_ID.get(id) ?? BY_ID.get("holds"));

/** @param {Op} op @returns {Condition} */
export function readCondition(op) {
  if (isCall(op) && (op[0] === "and" || op[0] === "or") && op.length > 1) {
    return { kind: "group", join: op[0], of: op.slice(1).map(readCondition) };
  }
  const compared = readComparison(op, "");
  if (compared) return compared;
  if (isCall(op) && op[0] === "not" && op.length === 2) {
    return readComparison(op[1], "not ") ?? { kind: "row", comparison: "not holds", left: op[1], right: [] };
  }
  return { kind: "row", comparison: "holds", left: op, right: [] };
}

/** @param {Op} op @param {string} before @returns {Row | null} */
function readComparison(op, before) {
  if (!isCall(op)) return null;
  const found = BY_ID.get(`${before}${op[0]}`);
  return found?.key && op.length === 2 + found.operands ? { kind: "row", comparison: found.id, left: op[1], right: op.slice(2) } : null;
}

/** @param {Condition} condition @returns {Op} */
export function writeCondition(condition) {
  if (condition.kind === "group") return [condition.join, ...condition.of.map(writeCondition)];
  const { key, negated } = comparison(condition.comparison);
  const positive = key ? [key, condition.left, ...condition.right] : condition.left;
  return negated ? ["not", positive] : positive;
}

/** Change the comparison; the value is kept where there is one. @param {Row} row @param {string} id @returns {Row} */
export function compareBy(row, id) {
  const right = comparison(id).operands ? [row.right[0] ?? ""] : [];
  return { ...row, comparison: id, right };
}

/** @returns {Row} */
export const newRow = () => ({ kind: "row", comparison: "eq", left: "", right: [""] });

/** Give the condition one more row, as a group where it was none. @param {Condition} condition @param {"and" | "or"} [join] @returns {Group} */
export const withRow = (condition, join = "and") =>
  condition.kind === "group" ? { ...condition, of: [...condition.of, newRow()] } : { kind: "group", join, of: [condition, newRow()] };

/** Take a row out; a group of one becomes that one. @param {Group} group @param {number} index @returns {Condition} */
export function withoutRow(group, index) {
  const of = group.of.toSpliced(index, 1);
  return of.length === 1 ? of[0] : { ...group, of };
}

/** Where a part of a condition stands in its operation: indexes of arguments. @param {Row} row */
export const placeOfLeft = (row) => {
  const { key, negated } = comparison(row.comparison);
  return [...(negated ? [1] : []), ...(key ? [1] : [])];
};

/** @param {Row} row */
export const placeOfRight = (row) => [...(comparison(row.comparison).negated ? [1] : []), 2];
