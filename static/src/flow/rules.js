/** What may be connected, for comfort while drawing; the server has the last word. */
import { ERROR, edgeFrom, isTrigger, leadsTo, nameOf, stepOf } from "./document.js";

/** @typedef {import("./document.js").Definition} Definition */
/** @typedef {import("./document.js").Edge} Edge */

/**
 * Say why two steps cannot be connected so; null where they can. A port that leads somewhere is led elsewhere.
 * @param {Definition} flow
 * @param {Edge} edge
 * @returns {string | null}
 */
export function whyNot(flow, edge) {
  const source = stepOf(flow, edge.source);
  const target = stepOf(flow, edge.target);
  if (!source || !target) return "The step is not there any more.";
  if (source === target) return "A step cannot lead to itself.";
  if (isTrigger(target)) return `“${nameOf(target)}” starts the flow: nothing can lead to it.`;
  if (target.kind === "error_handler") return `“${nameOf(target)}” starts when a step fails: nothing can lead to it.`;
  if (edgeFrom(flow, edge.source, edge.port)?.target === edge.target) return "They are connected already.";
  const without = { ...flow, edges: flow.edges.filter((other) => other.source !== edge.source || other.port !== edge.port) };
  if (leadsTo(without, edge.target, edge.source)) return "That would be a loop. Use a for-each step to repeat.";
  return null;
}

/**
 * The steps that a port may lead to.
 * @param {Definition} flow
 * @param {string} source
 * @param {string} port
 */
export const targetsFor = (flow, source, port) =>
  flow.steps.filter((step) => whyNot(flow, { source, port, target: step.key }) === null);

/**
 * The ports of a step in their order, `error` last; also those that only an edge still knows.
 * @param {Definition} flow
 * @param {import("./document.js").Step} step
 * @param {import("./document.js").Ports} ports as the server told them
 * @param {Map<string, import("./document.js").Kind>} kinds
 * @returns {string[]}
 */
export function portsOf(flow, step, ports, kinds) {
  const known = ports[step.key] ?? kinds.get(step.kind)?.ports ?? [];
  const drawn = flow.edges.filter((edge) => edge.source === step.key && edge.port !== ERROR).map((edge) => edge.port);
  return [...new Set([...known, ...drawn]), ERROR];
}
