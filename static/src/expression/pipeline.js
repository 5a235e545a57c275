/**
 * An operation as a pipeline that reads from left to right: `round(multiply(price, 2), 2)` is price → multiply(2) → round(2).
 * The value that flows is the first argument that is not fixed. `composed(pipeline(op))` is `op` again.
 *
 * @import { Fn, Functions, Op } from "./op.js"
 * @typedef {{ key: string, slot: number, args: Op[] }} Call  args: all but the one at `slot`, which comes from the left
 * @typedef {{ source: Op, calls: Call[] }} Pipeline
 */
import { CONDITIONS, isCall, parameter, shapeOf } from "./op.js";

const WHOLE = new Set([...CONDITIONS, "if", "switch", "concat", "list", "object", "lit", "get", "it", "item", "let", "position"]);
const NAMES = ["one", "each", "part", "other", "inner"];

/** Where the value from the left stands among the arguments; -1 where nothing flows in. @param {Fn} fn */
export function slotOf(fn) {
  if (WHOLE.has(fn.key)) return -1;
  const found = fn.args.findIndex((arg) => !arg.fixed);
  if (found >= 0) return found;
  return fn.rest && !fn.rest.fixed ? fn.args.length : -1;
}

/**
 * @param {Op} op
 * @param {Functions} functions
 * @returns {Pipeline}
 */
export function pipeline(op, functions) {
  /** @type {Call[]} */
  const calls = [];
  let source = op;
  while (isCall(source) && shapeOf(source, functions) === "call") {
    const slot = slotOf(/** @type {Fn} */ (functions.get(source[0])));
    if (slot < 0 || source.length - 1 <= slot) break;
    calls.unshift({ key: source[0], slot, args: source.slice(1).toSpliced(slot, 1) });
    source = source[slot + 1];
  }
  return { source, calls };
}

/** @param {Pipeline} pipe @returns {Op} */
export const composed = ({ source, calls }) => calls.reduce((op, call) => [call.key, ...call.args.toSpliced(call.slot, 0, op)], source);

/** Where the operation of a call stands within the whole: the index of each argument on the way. @param {Pipeline} pipe @param {number} index */
export const placeOfCall = (pipe, index) => pipe.calls.slice(index + 1).toReversed().map((call) => call.slot + 1);

/** Where an argument of a call stands within the call. @param {Call} call @param {number} arg */
export const placeOfArg = (call, arg) => (arg < call.slot ? arg : arg + 1) + 1;

/**
 * Begin a call of a function with what it must have.
 * @param {Fn} fn
 * @param {string[]} taken  names of items in sight
 * @returns {Call}
 */
export function begun(fn, taken = []) {
  const slot = slotOf(fn);
  const least = fn.args.filter((arg) => !("default" in arg)).length + (fn.rest ? fn.rest_min : 0);
  const all = Array.from({ length: Math.max(least, slot + 1) }, (_, index) => beginning(fn, index, taken));
  return { key: fn.key, slot, args: slot < 0 ? all : all.toSpliced(slot, 1) };
}

/** @param {Fn} fn @param {number} index @param {string[]} taken @returns {Op} */
export function beginning(fn, index, taken = []) {
  const arg = parameter(fn, index);
  if (fn.binds_item && index === 1) return freeName(taken);
  if (fn.binds_item && index === 2) return arg.name === "condition" ? ["eq", ["it"], ""] : ["it"];
  if ("default" in arg && arg.default !== null && !Array.isArray(arg.default)) return arg.default;
  if (arg.choices?.length) return arg.choices[0];
  if (arg.name === "condition") return ["eq", "", ""];
  if (arg.kinds.length <= 2 && arg.kinds.some((kind) => kind === "integer" || kind === "decimal")) return 1;
  if (arg.kinds.length === 1 && arg.kinds[0] === "boolean") return false;
  if (arg.kinds.length === 1 && arg.kinds[0] === "list") return ["list"];
  return "";
}

/** A name for an item that no loop around has. @param {string[]} taken */
export function freeName(taken) {
  const free = NAMES.find((name) => !taken.includes(name));
  if (free) return free;
  let number = 2;
  while (taken.includes(`item${number}`)) number += 1;
  return `item${number}`;
}

/** @param {Pipeline} pipe @param {Call} call @param {number} [at] @returns {Pipeline} */
export const withCall = (pipe, call, at = pipe.calls.length) => ({ ...pipe, calls: pipe.calls.toSpliced(at, 0, call) });

/** @param {Pipeline} pipe @param {number} index @returns {Pipeline} */
export const withoutCall = (pipe, index) => ({ ...pipe, calls: pipe.calls.toSpliced(index, 1) });

/** Move a call to the left (-1) or right (1); at the end it stays. @param {Pipeline} pipe @param {number} index @param {number} by @returns {Pipeline} */
export function withMoved(pipe, index, by) {
  const to = index + by;
  if (to < 0 || to >= pipe.calls.length) return pipe;
  return { ...pipe, calls: pipe.calls.toSpliced(index, 1).toSpliced(to, 0, pipe.calls[index]) };
}

/** @param {Pipeline} pipe @param {number} index @param {Op[]} args @returns {Pipeline} */
export const withArgs = (pipe, index, args) => ({ ...pipe, calls: pipe.calls.with(index, { ...pipe.calls[index], args }) });
