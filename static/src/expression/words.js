/** Operations in words, for labels and summaries: “order / body / total is greater than 100”. */
import { digits } from "../server/exact_json.js";
import { comparison, readCondition } from "./condition.js";
import { CONDITIONS, isCall, isValue, readPath, valueOf } from "./op.js";

/** @import { Fn, Functions, Op } from "./op.js" */
/** @import { Condition } from "./condition.js" */

const LONGEST = 160;
const DEEPEST = 6;

/**
 * @param {Op} op
 * @param {Functions} functions
 * @param {Record<string, string>} [titles]  of steps, by key
 */
export function say(op, functions, titles = {}) {
  const text = spoken(op, functions, titles, 0);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** @param {Op} op @param {Functions} functions @param {Record<string, string>} titles @param {number} depth @returns {string} */
function spoken(op, functions, titles, depth) {
  if (isValue(op)) return sayValue(valueOf(op));
  if (depth > DEEPEST || !isCall(op)) return "…";
  const path = readPath(op);
  if (path) return sayPath(path, titles);
  if (CONDITIONS.has(op[0])) return sayCondition(readCondition(op), functions, titles, depth);
  const fn = functions.get(op[0]);
  const args = op.slice(1).map((/** @type {Op} */ arg) => spoken(arg, functions, titles, depth + 1));
  const title = fn?.title ?? op[0];
  return args.length ? `${title} (${args.join(", ")})` : title;
}

/** @param {{ origin: string, name: string, keys: (string | number)[] }} path @param {Record<string, string>} [titles] */
export function sayPath({ origin, name, keys }, titles = {}) {
  const shown = keys.map((key, index) => (index === 0 && origin === "get" ? titles[key] ?? String(key) : sayKey(key)));
  const start = origin === "it" ? ["item"] : name ? [name] : [];
  return [...start, ...shown].join(" / ") || "all earlier data";
}

/** @param {string | number} key */
const sayKey = (key) => (typeof key === "string" ? key : key < 0 ? (key === -1 ? "last" : `${-key} from the end`) : `item ${key + 1}`);

/** @param {Condition} condition @param {Functions} functions @param {Record<string, string>} titles @param {number} depth @returns {string} */
function sayCondition(condition, functions, titles, depth) {
  if (depth > DEEPEST) return "…";
  if (condition.kind === "group") {
    const parts = condition.of.map((part) => sayCondition(part, functions, titles, depth + 1));
    const joined = parts.join(condition.join === "and" ? " and " : " or ");
    return depth && parts.length > 1 ? `(${joined})` : joined;
  }
  const right = condition.right.map((op) => spoken(op, functions, titles, depth + 1));
  return [spoken(condition.left, functions, titles, depth + 1), comparison(condition.comparison).word, ...right].join(" ");
}

/** @param {any} value @returns {string} */
export function sayValue(value) {
  if (value === null || value === undefined) return "nothing";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (typeof value === "string") return value === "" ? "empty text" : `“${value}”`;
  const number = digits(value);
  if (number !== null) return number;
  if (Array.isArray(value)) return value.length === 1 ? "a list of 1" : `a list of ${value.length}`;
  const keys = Object.keys(value);
  return `{ ${keys.slice(0, 4).join(", ")}${keys.length > 4 ? ", …" : ""} }`;
}
