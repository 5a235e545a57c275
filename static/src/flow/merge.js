/**
 * Bringing two people's edits together: what only one of them changed is taken; what both changed differently is a conflict that a
 * person decides.
 *
 * @typedef {import("./document.js").Definition} Definition
 * @typedef {{ id: string, what: string, mine: unknown, theirs: unknown }} Conflict
 * @typedef {Record<string, any>} Parts  a definition in small parts by name: `steps.quote.title` → value
 */
import { nameOf, stepOf } from "./document.js";

const GONE = Symbol("gone");

/**
 * @param {Definition} base what both began with
 * @param {Definition} mine
 * @param {Definition} theirs
 * @returns {{ merged: Definition, conflicts: Conflict[], theirChanges: string[] }} merged: with mine where there is a conflict
 */
export function mergeThree(base, mine, theirs) {
  return merged(base, mine, theirs, new Set());
}

/**
 * Merge again, taking theirs for the conflicts that are named.
 * @param {Definition} base
 * @param {Definition} mine
 * @param {Definition} theirs
 * @param {Set<string>} takeTheirs ids of conflicts
 */
export function merged(base, mine, theirs, takeTheirs) {
  const [was, here, there] = [base, mine, theirs].map(partsOf);
  /** @type {Conflict[]} */
  const conflicts = [];
  /** @type {string[]} */
  const theirChanges = [];
  /** @type {Parts} */
  const made = {};
  for (const id of new Set([...Object.keys(here), ...Object.keys(there), ...Object.keys(was)])) {
    const [old, my, their] = [was, here, there].map((parts) => (id in parts ? parts[id] : GONE));
    let value = my;
    if (!same(old, their)) {
      if (same(old, my)) value = their;
      if (!same(old, my) && !same(my, their)) {
        conflicts.push({ id, what: inWords(id, mine, theirs), mine: shown(my), theirs: shown(their) });
        value = takeTheirs.has(id) ? their : my;
      }
      if (!id.endsWith(".position")) theirChanges.push(inWords(id, theirs, mine));
    }
    if (value !== GONE) made[id] = value;
  }
  return { merged: wholeOf(made, [...mine.steps, ...theirs.steps].map((step) => step.key)), conflicts, theirChanges: [...new Set(theirChanges)] };
}

/** @param {unknown} value */
const shown = (value) => (value === GONE ? null : value);

/** @param {unknown} left @param {unknown} right */
const same = (left, right) => left === right || (left !== GONE && right !== GONE && JSON.stringify(left) === JSON.stringify(right));

/** @param {Definition} flow @returns {Parts} */
function partsOf(flow) {
  /** @type {Parts} */
  const parts = {};
  for (const step of flow.steps) {
    const at = `steps.${step.key}`;
    parts[`${at}.kind`] = step.kind;
    parts[`${at}.title`] = step.title;
    parts[`${at}.position`] = step.position;
    parts[`${at}.off`] = Boolean(step.off);
    for (const [name, value] of Object.entries(step.config)) parts[`${at}.config.${name}`] = value;
  }
  for (const edge of flow.edges) parts[`edges.${edge.source}.${edge.port}`] = edge.target;
  for (const [name, value] of Object.entries(flow.settings)) parts[`settings.${name}`] = value;
  for (const note of flow.notes ?? []) parts[`notes.${note.key}`] = note;
  for (const group of flow.groups ?? []) parts[`groups.${group.key}`] = group;
  return parts;
}

/**
 * @param {Parts} parts
 * @param {string[]} order keys of steps
 * @returns {Definition}
 */
function wholeOf(parts, order) {
  /** @type {Map<string, any>} */
  const steps = new Map();
  /** @type {Definition} */
  const flow = { steps: [], edges: [], settings: {} };
  const notes = [];
  const groups = [];
  for (const key of new Set(order)) if (`steps.${key}.kind` in parts) steps.set(key, { key, kind: "", title: "", config: {}, position: [0, 0] });
  for (const [id, value] of Object.entries(parts)) {
    const [part, key, ...rest] = id.split(".");
    if (part === "settings") flow.settings[key] = value;
    else if (part === "edges") flow.edges.push({ source: key, port: rest.join("."), target: value });
    else if (part === "notes") notes.push(value);
    else if (part === "groups") groups.push(value);
    else if (steps.has(key)) {
      const step = steps.get(key);
      if (rest[0] === "config") step.config[rest.slice(1).join(".")] = value;
      else if (rest[0] !== "off") step[rest[0]] = value;
      else if (value) step.off = true;
    }
  }
  flow.steps = [...steps.values()];
  flow.edges = flow.edges.filter((edge) => steps.has(edge.source) && steps.has(edge.target));
  return { ...flow, ...(notes.length ? { notes } : {}), ...(groups.length ? { groups } : {}) };
}

/** @param {string} id @param {Definition} first @param {Definition} second */
function inWords(id, first, second) {
  const [part, key, name, inner] = id.split(".");
  const step = stepOf(first, key) ?? stepOf(second, key);
  const called = step ? `“${nameOf(step)}”` : `“${key}”`;
  if (part === "edges") return `where ${called} leads by “${name}”`;
  if (part === "settings") return `the flow's setting ${key.replaceAll("_", " ")}`;
  if (part === "notes") return "a note";
  if (part === "groups") return "a group";
  if (name === "kind") return `whether ${called} is there`;
  if (name === "config") return `${called}: ${inner.replaceAll("_", " ")}`;
  return `${called}: ${name === "off" ? "switched on or off" : name}`;
}
