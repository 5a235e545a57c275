/**
 * Operations of a mapping, as they stand in a plan: a text, number, yes/no or null is itself, a list is a key with its arguments.
 * Nothing here changes what it reads; what these functions do not know is kept as it stands.
 *
 * @typedef {any} Op
 * @typedef {{ name: string, kinds: string[], fixed: boolean, default?: any, choices?: string[] }} Arg
 * @typedef {{ op: Op, source: any, gives?: any, missing?: boolean, error?: string }} Example
 * @typedef {{
 *   key: string, family: string, title: string, help: string, args: Arg[], rest: Arg | null, rest_min: number, group: number,
 *   result: string[], binds_item: boolean, takes_path: boolean, examples: Example[],
 * }} Fn  as `catalogue()` of the mapping describes it
 * @typedef {Map<string, Fn>} Functions  by key
 * @typedef {"value" | "field" | "condition" | "choice" | "cases" | "parts" | "list" | "object" | "call" | "text"} Shape
 */

const PATHS = new Set(["get", "it", "item", "let"]);
const NAMED = new Set(["item", "let"]);
const SHAPES = new Map([["if", "choice"], ["switch", "cases"], ["concat", "parts"], ["list", "list"], ["object", "object"]]);
export const CONDITIONS = new Set([
  "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "is_missing", "is_null", "is_empty", "contains", "starts_with", "ends_with", "matches",
]);

/** @param {Fn[]} described @returns {Functions} */
export const keyed = (described) => new Map(described.map((fn) => [fn.key, fn]));

/** @param {Op} op @returns {op is any[]} */
export const isCall = (op) => Array.isArray(op) && typeof op[0] === "string";

/** A value that stands in the plan. @param {Op} op */
export const isValue = (op) => !Array.isArray(op) ? op === null || typeof op !== "object" || "rawJSON" in op : op[0] === "lit" && op.length === 2;

/** @param {Op} op */
export const valueOf = (op) => (Array.isArray(op) ? op[1] : op);

/** Write a value as an operation. @param {any} value @returns {Op} */
export const literal = (value) => (value !== null && typeof value === "object" && !("rawJSON" in value) ? ["lit", value] : value);

/**
 * Read a path: where it starts, and its keys.
 * @param {Op} op
 * @returns {{ origin: "get" | "it" | "item" | "let", name: string, keys: (string | number)[] } | null}
 */
export function readPath(op) {
  if (!isCall(op) || !PATHS.has(op[0])) return null;
  const named = NAMED.has(op[0]);
  const keys = op.slice(named ? 2 : 1);
  if (named && (typeof op[1] !== "string" || !op[1])) return null;
  if (!keys.every((key) => typeof key === "string" || Number.isInteger(key))) return null;
  return { origin: op[0], name: named ? op[1] : "", keys };
}

/**
 * Tell how an operation is shown where nothing stands before it.
 * @param {Op} op
 * @param {Functions} functions
 * @returns {Shape}
 */
export function shapeOf(op, functions) {
  if (isValue(op)) return "value";
  if (readPath(op)) return "field";
  if (!isCall(op)) return "text";
  const fn = functions.get(op[0]);
  if (!fn || !hasRightCount(fn, op.length - 1) || !fixedStand(fn, op)) return "text";
  if (CONDITIONS.has(op[0])) return "condition";
  return /** @type {Shape} */ (SHAPES.get(op[0]) ?? (fn.takes_path && fn.key !== "position" ? "text" : "call"));
}

/** @param {Fn} fn @param {number} index @returns {Arg} */
export const parameter = (fn, index) => fn.args[index] ?? fn.rest;

/** @param {Fn} fn @param {number} count */
export function hasRightCount(fn, count) {
  const least = fn.args.filter((arg) => !("default" in arg)).length + (fn.rest ? fn.rest_min : 0);
  if (count < least) return false;
  return fn.rest ? (count - fn.args.length) % fn.group === 0 || count <= fn.args.length : count <= fn.args.length;
}

/** Arguments that must stand in the plan are no operations. @param {Fn} fn @param {any[]} op */
const fixedStand = (fn, op) => op.slice(1).every((arg, index) => !parameter(fn, index)?.fixed || !Array.isArray(arg) || fn.key === "lit");

/**
 * The first keys that an operation reads of the scope: only these steps' samples are needed to compute it. null: the whole scope.
 * @param {Op} op
 * @returns {Set<string> | null}
 */
export function rootsOf(op) {
  const found = new Set();
  /** @param {Op} part @returns {boolean} */
  const visit = (part) => {
    if (!Array.isArray(part)) return true;
    if (part[0] === "lit") return true;
    if (part[0] === "jsonata" && part.length < 3) return false;
    if (part[0] === "get") {
      if (part.length < 2) return false;
      found.add(String(part[1]));
      return true;
    }
    return part.slice(1).every(visit);
  };
  return visit(op) ? found : null;
}

/** @param {any} one @param {any} other @returns {boolean} */
export function same(one, other) {
  if (one === other) return true;
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return false;
  return JSON.stringify(one) === JSON.stringify(other);
}
