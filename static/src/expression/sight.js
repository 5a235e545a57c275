/**
 * What an operation sees beside the scope: named values and the items of the lists around it, the innermost last.
 * @typedef {{ name: string, value: any, schema?: any }} Item  value: a sample
 * @typedef {{ items: Item[], lets: Record<string, any>, lettings?: Record<string, any> }} Sight  lets: their operations; lettings: samples of their values
 */

import { fieldsOf, valueAt } from "./fields.js";
import { readPath } from "./op.js";

/** @import { FieldNode } from "./fields.js" */
/** @import { Op } from "./op.js" */

/** @type {Sight} */
export const NOTHING = { items: [], lets: {} };

/** @param {Sight} sight @param {Item} item @returns {Sight} */
export const inside = (sight, item) => ({ ...sight, items: [...sight.items, item] });

/** @param {Sight} sight */
export const namesIn = (sight) => sight.items.map((item) => item.name);

const ITEM = "item:";
const LET = "let:";

/**
 * Everything in sight as one tree. Roots of items and of named values have keys that no step can have.
 * @param {{ schema: any, values: any }} scope
 * @param {Sight} sight
 * @returns {FieldNode[]}
 */
export function treeOf(scope, sight) {
  const items = sight.items.toReversed().map(({ name, value, schema }, index) => root(`${ITEM}${name}`, index ? `item “${name}”` : "the item", value, schema));
  const lets = Object.keys(sight.lets).map((name) => root(`${LET}${name}`, `named value “${name}”`, sight.lettings?.[name], undefined));
  return [...items, ...lets, ...fieldsOf(scope.schema, scope.values)];
}

/** @param {string} key @param {string} name @param {any} value @param {any} schema @returns {FieldNode} */
function root(key, name, value, schema) {
  const type = Array.isArray(value) ? "list" : typeof value === "object" && value ? "group" : "";
  return { name, type, path: [key], isList: Array.isArray(value), sample: value, hasSample: value !== undefined, children: fieldsOf(schema, value, [key]) };
}

/** The operation that reads what was picked in the tree. @param {(string | number)[]} path @param {Sight} sight @returns {Op} */
export function opAt([start, ...keys], sight) {
  const text = String(start);
  if (text.startsWith(LET)) return ["let", text.slice(LET.length), ...keys];
  if (!text.startsWith(ITEM)) return ["get", start, ...keys];
  const name = text.slice(ITEM.length);
  return name === sight.items.at(-1)?.name ? ["it", ...keys] : ["item", name, ...keys];
}

/** What stands at a path in the samples. @param {Op} op @param {any} values @param {Sight} sight @returns {any} undefined where it is not known */
export function sampleOf(op, values, sight) {
  const path = readPath(op);
  if (!path) return undefined;
  if (path.origin === "get") return valueAt(values, path.keys);
  if (path.origin === "let") return valueAt(sight.lettings?.[path.name], path.keys);
  const item = path.origin === "it" ? sight.items.at(-1) : sight.items.findLast(({ name }) => name === path.name);
  return valueAt(item?.value, path.keys);
}

/** Read what was dragged from a sample: a path of the scope. @param {string} text @returns {Op | null} */
export function dropped(text) {
  try {
    const keys = JSON.parse(text);
    return Array.isArray(keys) && keys.length ? readPath(["get", ...keys]) && ["get", ...keys] : null;
  } catch {
    return null;
  }
}

/** What is dragged: keys of the scope, as JSON. */
export const PATH_TYPE = "application/x-7m-path";
