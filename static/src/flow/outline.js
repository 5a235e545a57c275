/**
 * The flow as a nested list: a step, then what follows it; the ways of a branch and the body of a loop stand indented under their names.
 *
 * @typedef {{ key: string, level: number, port: string, repeats: boolean }} Line  port: the way that led here, "" for the plain one. repeats: the step stands
 *   further up with what follows it
 */
import { ERROR, NEXT, edgeFrom, isTrigger, stepOf } from "./document.js";

/**
 * @param {import("./document.js").Definition} flow
 * @param {(step: import("./document.js").Step) => string[]} portsOf
 * @returns {Line[]}
 */
export function outline(flow, portsOf) {
  /** @type {Line[]} */
  const lines = [];
  const seen = new Set();
  const into = new Set(flow.edges.map((edge) => edge.target));
  /** @param {string} key @param {number} level @param {string} port */
  const visit = (key, level, port) => {
    const step = stepOf(flow, key);
    if (!step) return;
    const repeats = seen.has(key);
    lines.push({ key, level, port, repeats });
    if (repeats) return;
    seen.add(key);
    const ways = portsOf(step).filter((name) => edgeFrom(flow, key, name));
    const main = ways.includes(NEXT) ? NEXT : ways.includes("done") ? "done" : "";
    for (const name of ways) if (name !== main) visit(target(key, name), level + 1, name);
    if (main) visit(target(key, main), level, main === NEXT ? "" : main);
  };
  const target = (/** @type {string} */ key, /** @type {string} */ port) => edgeFrom(flow, key, port)?.target ?? "";
  for (const step of flow.steps.filter(isTrigger)) visit(step.key, 0, "");
  for (const step of flow.steps) if (!seen.has(step.key) && !into.has(step.key)) visit(step.key, 0, "");
  for (const step of flow.steps) if (!seen.has(step.key)) visit(step.key, 0, "");
  return lines;
}

/** A port in words. @param {string} port */
export const portWord = (port) => (port === NEXT ? "" : port === ERROR ? "on error" : port.replaceAll("_", " "));
