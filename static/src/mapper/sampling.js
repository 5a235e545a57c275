/**
 * Samples: values made from a schema, and the value of a field in one.
 *
 * @import { Node, Path, Told, Tree } from "./tree.js"
 */
import { LET } from "./tree.js";

const DEEPEST = 6;
const MOST = 6_000;
/** @type {Record<string, any>} */
const VALUES = { integer: 7, decimal: 12.5, boolean: true, date: { $date: "2026-11-23" }, moment: { $datetime: "2026-11-23T09:30:00+00:00" }, bytes: { $bytes: "N00=" } };

/** A value that the fields of a tree allow, for those who have no sample yet. @param {Tree} tree */
export function generated(tree) {
  let count = 0;
  /** @param {Node[]} nodes @param {number} depth @returns {Record<string, any>} */
  const members = (nodes, depth) =>
    Object.fromEntries(nodes.filter(() => (count += 1) <= MOST).map((node) => [node.told.name, node.told.repeats ? [one(node, depth)] : one(node, depth)]));
  /** @param {Node} node @param {number} depth @returns {any} */
  const one = (node, depth) => {
    if (tree.isBranch(node)) return depth > DEEPEST ? {} : members(tree.children(node), depth + 1);
    return node.told.type === "any" || node.told.type === "object" ? {} : valueOf(node.told);
  };
  return members(tree.roots.filter((root) => root.path[0] !== LET), 1);
}

/** @param {Told} told */
function valueOf(told) {
  if (told.default !== undefined) return told.default;
  const [choice] = Object.keys(told.choices ?? {});
  if (choice !== undefined) return choice;
  const text = told.title || told.name;
  return VALUES[told.type] ?? (told.max ? text.slice(0, told.max) : text);
}

/** The value of a field; of lists, that of their first item. @param {any} value @param {Path} path @returns {any} undefined where there is none */
export function seen(value, path) {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found)) found = found[0];
    if (found === null || typeof found !== "object" || "rawJSON" in found || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

/** A value in a few characters, for a row. @param {any} value */
export function brief(value) {
  if (value === undefined) return "";
  if (value === null) return "null";
  if (typeof value === "string") return value === "" ? "“”" : value.length > 60 ? `${value.slice(0, 60)}…` : value;
  if (typeof value !== "object") return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  if ("rawJSON" in value) return String(value.rawJSON);
  if (Array.isArray(value)) return value.length === 1 ? "1 item" : `${value.length} items`;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === "$bytes") return brief(textOf(value.$bytes));
  if (keys.length === 1 && keys[0].startsWith("$")) return String(value[keys[0]]);
  return "";
}

/** Bytes as the text that they mostly are. @param {string} base64 */
function textOf(base64) {
  const [head] = /^(?:[A-Za-z0-9+/]{4}){0,30}/.exec(base64) ?? [""];
  return [...atob(head)].map((mark) => (mark >= " " && mark <= "~" ? mark : "·")).join("") + (head.length < base64.length ? "…" : "");
}

/** Which step of the scope a pasted document is put under: beside what the others have. @param {any} scope @param {string} step @param {any} value @param {boolean} hasBody */
export const withDocument = (scope, step, value, hasBody) => ({ ...scope, [step]: hasBody ? { ...scope?.[step], body: value } : value });
