/**
 * What the editor of an operation needs to know at a rule, and what a row says of the rules on it.
 *
 * @import { Op, Plan, Rule, Sight } from "./reading.js"
 * @import { Functions } from "../expression/op.js"
 */
import { pipeline } from "../expression/pipeline.js";
import { isValue, readPath } from "../expression/op.js";
import { sayValue } from "../expression/words.js";
import { givesOne, resolved } from "./reading.js";
import { seen } from "./sampling.js";
import { LET } from "./tree.js";

/** Settings of rules that the mapper has a place for; others are kept and shown as text. */
export const RULE_SETTINGS = new Set(["to", "op", "as", "if", "onMissing", "default"]);
export const LOOP_SETTINGS = new Set(["to", "each", "join", "where", "sort", "group", "rules", "name", "if", "onMissing", "default"]);

/** The items and named values in sight, with those of the sample. @param {Sight} sight @param {any} scope @returns {import("../expression/sight.js").Sight} */
export function editorSight(sight, scope) {
  const items = [...sight.loops.slice(0, -1), ...sight.partners, ...sight.loops.slice(-1)].map((around) => ({ name: around.name || "item", value: itemOf(around, scope) }));
  const lettings = Object.fromEntries(Object.entries(sight.lets).map(([name, op]) => {
    const path = resolved(op, { loops: [], partners: [], lets: sight.lets });
    const found = path && path[0] !== LET ? seen(scope, path) : undefined;
    return [name, Array.isArray(found) && givesOne(op) ? found[0] : found];
  }));
  return { items, lets: sight.lets, lettings };
}

/** @param {import("./reading.js").Around} around @param {any} scope */
function itemOf(around, scope) {
  const found = around.path ? seen(scope, around.path) : undefined;
  const item = Array.isArray(found) ? found[0] : found;
  if (!around.group) return item;
  return { key: Object.fromEntries(Object.keys(around.group.by).map((name) => [name, ""])), items: item === undefined ? [] : [item] };
}

/** @param {Rule} rule @param {Functions} functions @returns {string[]} */
export function chipsOf(rule, functions) {
  const condition = "if" in rule ? ["if"] : [];
  if ("each" in rule) {
    const more = /** @type {[string, string][]} */ ([["where", "filter"], ["sort", "sort"], ["group", "group"], ["join", "join"]]);
    return [...condition, "for each", ...more.filter(([key]) => (Array.isArray(rule[key]) ? rule[key].length : rule[key] !== undefined)).map(([, word]) => word)];
  }
  const { source, calls } = pipeline(rule.op, functions);
  const first = isValue(source) ? [sayValue(Array.isArray(source) ? source[1] : source)] : readPath(source) ? [] : [functions.get(source?.[0])?.title ?? String(source?.[0] ?? "?")];
  const cast = rule.as ? [`as ${rule.as}`] : [];
  const fallback = rule.onMissing && rule.onMissing !== "skip" ? [rule.onMissing === "error" ? "must be there" : rule.onMissing === "null" ? "or null" : `or ${sayValue(rule.default)}`] : [];
  return [...condition, ...first, ...calls.map((call) => functions.get(call.key)?.title ?? call.key), ...cast, ...fallback];
}

/** What of a rule the mapper has no place for. @param {Rule} rule @returns {Record<string, any>} */
export const unknownOf = (rule) => Object.fromEntries(Object.entries(rule ?? {}).filter(([key]) => !("each" in rule ? LOOP_SETTINGS : RULE_SETTINGS).has(key)));

/** A name for a new named value. @param {Plan} plan */
export function freeLet(plan) {
  let number = 1;
  while (Object.hasOwn(plan.let ?? {}, `value${number}`)) number += 1;
  return `value${number}`;
}
