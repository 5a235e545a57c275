/**
 * The result of a test run, as the canvas and the panel show it.
 *
 * @typedef {{ key: string, kind: string, iteration: number[], state: string, port: string | null, ms: number, output: any, error: any, call: any, answer: any }} Visit
 * @typedef {{ outcome: string, ms: number, reply: any, error: any, steps: Visit[], entered: Record<string, any>, is_complete: boolean }} Trial  entered: what the steps inside a loop found there last
 * @typedef {{ tone: string, icon: string, words: string, short: string, port: string | null }} Mark
 */

import { toNumber } from "../server/exact_json.js";

const LOOKS = /** @type {Record<string, [string, string, string]>} */ ({
  ok: ["ok", "circle-check", "went well"],
  failed: ["bad", "circle-x", "failed"],
  pinned: ["accent", "pin", "pinned: its value was taken, it did not run"],
  asks: ["wait", "circle-question-mark", "needs an answer: pin one"],
  not_reached: ["mute", "circle-dashed", "was not reached"],
});
const WORST = ["failed", "asks", "pinned", "ok", "not_reached"];

/**
 * One mark a step; of a step that was visited several times, the worst with the number of visits.
 * @param {Trial | null} trial
 * @returns {Record<string, Mark>}
 */
export function marksOf(trial) {
  /** @type {Record<string, Visit[]>} */
  const visits = {};
  for (const visit of trial?.steps ?? []) (visits[visit.key] ??= []).push(visit);
  return Object.fromEntries(Object.entries(visits).map(([key, found]) => [key, markOf(found)]));
}

/** @param {Visit[]} visits @returns {Mark} */
function markOf(visits) {
  const state = WORST.find((one) => visits.some((visit) => visit.state === one)) ?? "ok";
  const [tone, icon, words] = LOOKS[state] ?? LOOKS.ok;
  const ms = visits.reduce((sum, visit) => sum + toNumber(visit.ms), 0);
  const error = visits.find((visit) => visit.error)?.error;
  const ran = state === "ok" || state === "failed";
  return {
    tone,
    icon,
    words: error ? `${words}: ${error.message}` : words,
    short: [visits.length > 1 ? `${visits.length}×` : "", ran ? inTime(ms) : ""].filter(Boolean).join(" "),
    port: visits.at(-1)?.port ?? null,
  };
}

/** The last visit of a step. @param {Trial | null} trial @param {string} key */
export const visitOf = (trial, key) => trial?.steps.findLast((visit) => visit.key === key && visit.state !== "not_reached") ?? null;

/** What the steps gave, by key: the scope for trying one step and for sample values. @param {Trial | null} trial @returns {Record<string, any>} */
export function outputsOf(trial) {
  /** @type {Record<string, any>} */
  const outputs = {};
  for (const visit of trial?.steps ?? []) {
    if ((visit.state === "ok" || visit.state === "pinned") && !isCut(visit.output)) outputs[visit.key] = visit.output;
  }
  return outputs;
}

/** @param {any} value */
const isCut = (value) => value !== null && typeof value === "object" && "cut" in value;

/** What a step finds of those before it: inside a loop, the item of the loop and not what it gives in the end. @param {any} flow @param {string} key @param {Record<string, any>} outputs @param {Record<string, any>} entered */
export function scopeAt(flow, key, outputs, entered) {
  const inside = Object.entries(entered).filter(([around, value]) => !isCut(value) && isInside(flow, key, around));
  return { ...outputs, ...Object.fromEntries(inside) };
}

/** Which items a step inside loops is tried with: those that were entered last, of the outermost loop first. @param {any} flow @param {string} key @param {Record<string, any>} entered @returns {number[]} */
export const iterationAt = (flow, key, entered) =>
  Object.entries(entered).filter(([around, value]) => value?.index !== undefined && isInside(flow, key, around)).map(([, value]) => toNumber(value.index));

/** Whether a step stands inside of another: it is reached from it, and not from where that one ends. @param {any} flow @param {string} key @param {string} around */
function isInside(flow, key, around) {
  const after = reached(flow, around, (port) => port === "done" || port === "error");
  return reached(flow, around, (port) => port !== "done" && port !== "error").has(key) && !after.has(key);
}

/** @param {any} flow @param {string} start @param {(port: string) => boolean} by */
function reached(flow, start, by) {
  const found = new Set(flow.edges.filter((/** @type {any} */ edge) => edge.source === start && by(edge.port)).map((/** @type {any} */ edge) => edge.target));
  for (const key of found) for (const edge of flow.edges) if (edge.source === key) found.add(edge.target);
  return found;
}

/** A whole trial with the visits of one that ran fewer steps. @param {Trial} whole @param {Trial} part @returns {Trial} */
export function withPart(whole, part) {
  const ran = part.steps.filter((visit) => visit.state !== "not_reached");
  const keys = new Set(ran.map((visit) => visit.key));
  return { ...part, reply: part.reply ?? whole.reply, entered: { ...whole.entered, ...part.entered }, steps: [...whole.steps.filter((visit) => !keys.has(visit.key)), ...ran] };
}

/** @param {Trial} trial */
export function outcomeWords(trial) {
  if (trial.outcome === "succeeded" || trial.outcome === "reached") return `It went well in ${inTime(trial.ms)}.`;
  if (trial.outcome === "asks") return "A step calls something that has no twin: pin an answer to go on.";
  return trial.error?.message ?? "It failed.";
}

/** @param {unknown} value milliseconds */
export function inTime(value) {
  const ms = toNumber(value);
  if (ms < 1) return "< 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}
