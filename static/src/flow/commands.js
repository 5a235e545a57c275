/**
 * Everything that can be done to a flow: `(definition, argument) -> definition`. Nothing else changes one. A command that has
 * nothing to do gives back what it got.
 */
import { ONWARD, edgeFrom, freshKey, stepOf } from "./document.js";

/** @typedef {import("./document.js").Definition} Definition */
/** @typedef {import("./document.js").Step} Step */
/** @typedef {import("./document.js").Edge} Edge */
/** @typedef {import("./document.js").Note} Note */

/** @param {Definition} flow @param {Step} step @returns {Definition} */
export const addStep = (flow, step) => ({ ...flow, steps: [...flow.steps, step] });

/**
 * Lead a port to a step; where it led before is let go.
 * @param {Definition} flow
 * @param {Edge} edge
 * @returns {Definition}
 */
export function connect(flow, edge) {
  if (edgeFrom(flow, edge.source, edge.port)?.target === edge.target) return flow;
  return { ...flow, edges: [...flow.edges.filter((other) => !(other.source === edge.source && other.port === edge.port)), edge] };
}

/** @param {Definition} flow @param {Edge[]} edges @returns {Definition} */
export function disconnect(flow, edges) {
  const gone = new Set(edges.map((edge) => `${edge.source} ${edge.port}`));
  const left = flow.edges.filter((edge) => !gone.has(`${edge.source} ${edge.port}`));
  return left.length === flow.edges.length ? flow : { ...flow, edges: left };
}

/**
 * Put a new step behind a port. Where the port led before, the new step leads by `onward`, if it has such a port.
 * @param {Definition} flow
 * @param {{ step: Step, source: string, port: string, onward?: string }} where
 * @returns {Definition}
 */
export function addBehind(flow, { step, source, port, onward }) {
  const before = edgeFrom(flow, source, port);
  const added = connect(addStep(flow, step), { source, port, target: step.key });
  return before && onward ? connect(added, { source: step.key, port: onward, target: before.target }) : added;
}

/**
 * Take steps out. What led to one leads to where it led on, unless `reconnect` is false.
 * @param {Definition} flow
 * @param {{ keys: Iterable<string>, reconnect?: boolean }} what
 * @returns {Definition}
 */
export function removeSteps(flow, { keys, reconnect = true }) {
  const gone = new Set(keys);
  if (!flow.steps.some((step) => gone.has(step.key))) return flow;
  /** @param {string} key @returns {string | undefined} */
  const onward = (key) => ONWARD.map((port) => edgeFrom(flow, key, port)?.target).find((target) => target !== undefined);
  /** @type {Edge[]} */
  const edges = [];
  for (const edge of flow.edges) {
    if (gone.has(edge.source)) continue;
    /** @type {string | undefined} */
    let target = edge.target;
    const seen = new Set();
    while (reconnect && target !== undefined && gone.has(target) && !seen.has(target)) {
      seen.add(target);
      target = onward(target);
    }
    if (target !== undefined && !gone.has(target) && target !== edge.source) edges.push(target === edge.target ? edge : { ...edge, target });
  }
  const groups = (flow.groups ?? []).map((group) => ({ ...group, steps: group.steps.filter((key) => !gone.has(key)) }));
  return withDrawn({ ...flow, steps: flow.steps.filter((step) => !gone.has(step.key)), edges }, flow.notes, groups.filter((group) => group.steps.length));
}

/**
 * Move steps and notes to new places.
 * @param {Definition} flow
 * @param {Record<string, [number, number]>} places
 * @returns {Definition}
 */
export function move(flow, places) {
  const isNew = (/** @type {{ key: string, position: [number, number] }} */ thing) => {
    const to = places[thing.key];
    return to !== undefined && (to[0] !== thing.position[0] || to[1] !== thing.position[1]);
  };
  if (!flow.steps.some(isNew) && !(flow.notes ?? []).some(isNew)) return flow;
  const moved = /** @template {{ key: string, position: [number, number] }} T @param {T} thing @returns {T} */ (thing) =>
    isNew(thing) ? { ...thing, position: [Math.round(places[thing.key][0]), Math.round(places[thing.key][1])] } : thing;
  return withDrawn({ ...flow, steps: flow.steps.map(moved) }, flow.notes?.map(moved), flow.groups);
}

/**
 * Change parts of a step: its title, its config, whether it is off.
 * @param {Definition} flow
 * @param {{ key: string, change: Partial<Step> }} what
 * @returns {Definition}
 */
export function changeStep(flow, { key, change }) {
  const steps = flow.steps.map((step) => {
    if (step.key !== key) return step;
    const { off, ...changed } = { ...step, ...change };
    return off ? { ...changed, off } : changed;
  });
  return { ...flow, steps };
}

/** @param {Definition} flow @param {{ keys: Iterable<string>, off: boolean }} what @returns {Definition} */
export function switchSteps(flow, { keys, off }) {
  let changed = flow;
  for (const key of keys) {
    const step = stepOf(flow, key);
    if (step && Boolean(step.off) !== off) changed = changeStep(changed, { key, change: { off } });
  }
  return changed;
}

/** @param {Definition} flow @param {Record<string, any>} settings @returns {Definition} */
export const changeSettings = (flow, settings) => ({ ...flow, settings });

/** @param {Definition} flow @param {Note} note @returns {Definition} */
export const addNote = (flow, note) => withDrawn(flow, [...(flow.notes ?? []), note], flow.groups);

/** @param {Definition} flow @param {{ key: string, change: Partial<Note> }} what @returns {Definition} */
export const changeNote = (flow, { key, change }) =>
  withDrawn(flow, flow.notes?.map((note) => (note.key === key ? { ...note, ...change } : note)), flow.groups);

/** @param {Definition} flow @param {Iterable<string>} keys @returns {Definition} */
export function removeNotes(flow, keys) {
  const gone = new Set(keys);
  return withDrawn(flow, flow.notes?.filter((note) => !gone.has(note.key)), flow.groups);
}

/**
 * Draw steps in one frame; each leaves the frame that it stood in.
 * @param {Definition} flow
 * @param {{ key: string, title: string, steps: string[] }} group
 * @returns {Definition}
 */
export function addGroup(flow, group) {
  const mine = new Set(group.steps);
  const others = (flow.groups ?? []).map((other) => ({ ...other, steps: other.steps.filter((key) => !mine.has(key)) }));
  return withDrawn(flow, flow.notes, [...others.filter((other) => other.steps.length), group]);
}

/** @param {Definition} flow @param {{ key: string, title: string }} what @returns {Definition} */
export const titleGroup = (flow, { key, title }) =>
  withDrawn(flow, flow.notes, flow.groups?.map((group) => (group.key === key ? { ...group, title } : group)));

/** @param {Definition} flow @param {string} key @returns {Definition} */
export const removeGroup = (flow, key) => withDrawn(flow, flow.notes, flow.groups?.filter((group) => group.key !== key));

/**
 * Put copies of steps, their edges among themselves and notes into the flow. Their keys are made new where they are taken, also in
 * what the copies read of each other.
 * @param {Definition} flow
 * @param {{ clip: import("./clipboard.js").Clip, offset: [number, number] }} what
 * @returns {{ flow: Definition, keys: string[] }} with the keys of what was put in
 */
export function paste(flow, { clip, offset }) {
  const taken = [...flow.steps, ...(flow.notes ?? [])].map((thing) => thing.key);
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const thing of [...clip.steps, ...clip.notes]) {
    const key = freshKey(thing.key, taken);
    taken.push(key);
    names.set(thing.key, key);
  }
  const name = (/** @type {string} */ key) => names.get(key) ?? key;
  const placed = (/** @type {[number, number]} */ [x, y]) => /** @type {[number, number]} */ ([x + offset[0], y + offset[1]]);
  const steps = clip.steps.map((step) => ({ ...step, key: name(step.key), config: renamed(step.config, names), position: placed(step.position) }));
  const edges = clip.edges.map((edge) => ({ ...edge, source: name(edge.source), target: name(edge.target) }));
  const notes = clip.notes.map((note) => ({ ...note, key: name(note.key), position: placed(note.position) }));
  const whole = { ...flow, steps: [...flow.steps, ...steps], edges: [...flow.edges, ...edges] };
  return { flow: withDrawn(whole, [...(flow.notes ?? []), ...notes], flow.groups), keys: [...names.values()] };
}

/**
 * Rename the steps that expressions read: `["get", "order", …]`, and `{order.…}` in texts.
 * @param {any} value
 * @param {Map<string, string>} names
 * @returns {any}
 */
function renamed(value, names) {
  if (typeof value === "string") {
    return value.includes("{") ? value.replace(/\{([a-z][a-z0-9_]*)(?=[.}])/g, (whole, key) => (names.has(key) ? `{${names.get(key)}` : whole)) : value;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => renamed(item, names));
    if (items[0] === "get" && typeof items[1] === "string") items[1] = names.get(items[1]) ?? items[1];
    return items;
  }
  if (value !== null && typeof value === "object" && !("rawJSON" in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, renamed(inner, names)]));
  }
  return value;
}

/**
 * Notes and groups stand in a definition only when there are any.
 * @param {Definition} flow
 * @param {Note[] | undefined} notes
 * @param {import("./document.js").Group[] | undefined} groups
 * @returns {Definition}
 */
function withDrawn(flow, notes, groups) {
  const { notes: _notes, groups: _groups, ...rest } = flow;
  return { ...rest, ...(notes?.length ? { notes } : {}), ...(groups?.length ? { groups } : {}) };
}

