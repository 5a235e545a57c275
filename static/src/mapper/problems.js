/**
 * What is still to be done and what is wrong, in the order in which it is to be looked at: required fields that nothing fills, errors,
 * warnings, fields of the source that nothing reads. Each knows the row that it belongs to.
 *
 * @import { Path, Tree } from "./tree.js"
 * @import { Entry, Line, Plan } from "./reading.js"
 * @import { Problem } from "../server/ask.js"
 * @typedef {{ kind: "required" | "error" | "warning" | "unused", message: string, hint: string, side: "source" | "target", path: Path, place: string }} Finding
 */
import { placeId, rulePlace } from "./reading.js";
import { LET } from "./tree.js";

export const KINDS = /** @type {Record<Finding["kind"], { word: string, icon: string, tone: string }>} */ ({
  required: { word: "To be filled", icon: "octagon-alert", tone: "bad" },
  error: { word: "Wrong", icon: "triangle-alert", tone: "bad" },
  warning: { word: "Look at it", icon: "triangle-alert", tone: "wait" },
  unused: { word: "Not used", icon: "info", tone: "mute" },
});
const ORDER = /** @type {Finding["kind"][]} */ (["required", "error", "warning", "unused"]);
const QUOTED = /^“(.+?)” is required/;

/**
 * @param {Problem[]} problems  as the server tells them
 * @param {Entry[]} found
 * @returns {Finding[]}
 */
export function findings(problems, found) {
  const byPlace = new Map(found.map((entry) => [placeId(entry.place), entry.target]));
  /** @type {Finding[]} */
  const all = problems.map((problem) => finding(problem, byPlace));
  const seen = new Set();
  const once = all.filter((one) => !seen.has(key(one)) && seen.add(key(one)));
  return once.sort((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind));
}

/** @param {Finding} one */
const key = (one) => `${one.kind} ${one.place} ${one.message}`;

/** @param {Problem} problem @param {Map<string, Path>} byPlace @returns {Finding} */
function finding(problem, byPlace) {
  const said = { message: problem.message, hint: problem.hint, place: problem.place };
  if (problem.code === "mapping.unread_source") return { ...said, kind: "unused", side: "source", path: problem.place.split("/").slice(1) };
  const rule = placeId(rulePlace(problem.place));
  if (problem.code === "mapping.required_target") {
    return { ...said, kind: "required", side: "target", path: QUOTED.exec(problem.message)?.[1].split(" / ") ?? [] };
  }
  const named = /^let\.([^.[]+)/.exec(problem.place);
  if (named) return { ...said, kind: problem.severity === "error" ? "error" : "warning", side: "source", path: [LET, named[1]] };
  return { ...said, kind: problem.severity === "error" ? "error" : "warning", side: "target", path: byPlace.get(rule) ?? [] };
}

/** How many fields of the target are filled, and how many there are. @param {Tree} tree @param {Entry[]} found */
export function filled(tree, found) {
  const written = new Set(found.filter((entry) => entry.kind === "rule").map((entry) => JSON.stringify(entry.target)));
  const leaves = tree.all(6_000).filter((node) => !tree.isBranch(node));
  const whole = (/** @type {Path} */ path) => path.some((_, depth) => written.has(JSON.stringify(path.slice(0, depth + 1))));
  return { done: leaves.filter((node) => whole(node.path)).length, all: leaves.length };
}
