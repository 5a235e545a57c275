/**
 * Where steps stand: from left to right in the order of a run, the ways out of a step in the order of its ports (yes above no), and
 * never one on another.
 */
import { edgeFrom, isTrigger, walked } from "./document.js";

export const STEP_WIDTH = 224;
export const STEP_HEIGHT = 76;
export const PORT_HEIGHT = 26;
export const COLUMN = 304;
export const ROW = 132;

/** The height of a step's card: one with several ways out lists them. @param {string[]} ports with `error` */
export const heightOf = (ports) => (ports.length > 2 ? STEP_HEIGHT + (ports.length - 1) * PORT_HEIGHT : STEP_HEIGHT);

/** @typedef {import("./document.js").Definition} Definition */
/** @typedef {import("./document.js").Step} Step */

/**
 * Give every step a place. A step stands right of all steps that lead to it; the first way out goes straight on, the others
 * below it. What is not connected stands in rows under the rest.
 * @param {Definition} flow
 * @param {(step: Step) => string[]} portsOf
 * @returns {Record<string, [number, number]>}
 */
export function tidy(flow, portsOf) {
  const ordered = walked(flow, portsOf);
  const columns = longestWays(flow, ordered);
  /** @type {Map<number, Set<number>>} */
  const taken = new Map();
  /** @type {Map<string, number>} */
  const rows = new Map();
  const byKey = new Map(flow.steps.map((step) => [step.key, step]));
  const into = new Set(flow.edges.map((edge) => edge.target));
  let lowest = -1;
  /** @param {Step} step @param {number} wanted */
  const place = (step, wanted) => {
    const column = columns.get(step.key) ?? 0;
    const used = taken.get(column) ?? new Set();
    const span = Math.ceil((heightOf(portsOf(step)) + 24) / ROW);
    const mine = (/** @type {number} */ row) => Array.from({ length: span }, (_, down) => row + down);
    let row = wanted;
    while (mine(row).some((one) => used.has(one))) row += 1;
    mine(row).forEach((one) => used.add(one));
    taken.set(column, used);
    rows.set(step.key, row);
    lowest = Math.max(lowest, row + span - 1);
  };
  /** @param {Step} step @param {number} wanted @returns {number} the row below everything of this step */
  const visit = (step, wanted) => {
    place(step, wanted);
    let next = rows.get(step.key) ?? wanted;
    let below = next + 1;
    for (const port of portsOf(step)) {
      const edge = edgeFrom(flow, step.key, port);
      const target = edge && byKey.get(edge.target);
      if (!target || rows.has(target.key)) continue;
      below = Math.max(below, visit(target, next));
      next = below;
    }
    return below;
  };
  const starts = [...flow.steps.filter(isTrigger), ...ordered.filter((step) => !isTrigger(step) && !into.has(step.key)), ...ordered];
  for (const step of starts) if (!rows.has(step.key)) visit(step, lowest + 1);
  return Object.fromEntries(flow.steps.map((step) => [step.key, [(columns.get(step.key) ?? 0) * COLUMN, (rows.get(step.key) ?? 0) * ROW]]));
}

/**
 * The number of steps before each, on the longest way to it; edges of a loop are passed over.
 * @param {Definition} flow
 * @param {Step[]} ordered
 */
function longestWays(flow, ordered) {
  /** @type {Map<string, number>} */
  const columns = new Map(ordered.map((step) => [step.key, 0]));
  for (let round = 0; round < ordered.length; round += 1) {
    let changed = false;
    for (const edge of flow.edges) {
      const from = columns.get(edge.source);
      const to = columns.get(edge.target);
      if (from === undefined || to === undefined || to > from || from + 1 >= ordered.length) continue;
      columns.set(edge.target, from + 1);
      changed = true;
    }
    if (!changed) break;
  }
  return columns;
}

/**
 * Find a free place near a point: there, or the next ones below it, then to the right.
 * @param {Definition} flow
 * @param {[number, number]} wanted
 * @returns {[number, number]}
 */
export function freePlace(flow, wanted) {
  const isFree = (/** @type {number} */ x, /** @type {number} */ y) =>
    flow.steps.every(({ position }) => Math.abs(position[0] - x) >= STEP_WIDTH + 16 || Math.abs(position[1] - y) >= STEP_HEIGHT + 16);
  for (let right = 0; right < 20; right += 1) {
    for (let down = 0; down < 20; down += 1) {
      const x = Math.round(wanted[0] + right * COLUMN);
      const y = Math.round(wanted[1] + down * ROW);
      if (isFree(x, y)) return [x, y];
    }
  }
  return [Math.round(wanted[0]), Math.round(wanted[1])];
}

/**
 * The frame around steps, with room for its title.
 * @param {Definition} flow
 * @param {string[]} keys
 * @param {(step: Step) => string[]} portsOf
 */
export function frameOf(flow, keys, portsOf) {
  const inside = new Set(keys);
  const steps = flow.steps.filter((step) => inside.has(step.key));
  const places = steps.map((step) => step.position);
  if (!places.length) return null;
  const left = Math.min(...places.map(([x]) => x)) - 24;
  const top = Math.min(...places.map(([, y]) => y)) - 48;
  const right = Math.max(...places.map(([x]) => x)) + STEP_WIDTH + 24;
  const bottom = Math.max(...steps.map((step) => step.position[1] + heightOf(portsOf(step)))) + 24;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
