/**
 * A flow's definition as the builder edits it: the stored form of the server, treated as read-only values.
 *
 * @typedef {{ key: string, kind: string, title: string, config: Record<string, any>, position: [number, number], off?: boolean }} Step
 * @typedef {{ source: string, port: string, target: string }} Edge
 * @typedef {{ key: string, text: string, position: [number, number], size: [number, number] }} Note
 * @typedef {{ key: string, title: string, steps: string[] }} Group
 * @typedef {{ steps: Step[], edges: Edge[], settings: Record<string, any>, notes?: Note[], groups?: Group[] }} Definition
 * @typedef {{ kind: string, title: string, summary: string, group: string, effect: string, icon: string, tone: string, ports: string[], form: any }} Kind
 * @typedef {Record<string, string[]>} Ports  of each step by its key, without `error`
 */

export const ERROR = "error";
export const NEXT = "next";
/** The ports by which the way goes on past a step that is taken out or switched off, the first that leads somewhere. */
export const ONWARD = [NEXT, "done", "else"];

/** @param {Definition} flow @param {string} key */
export const stepOf = (flow, key) => flow.steps.find((step) => step.key === key);

/** @param {{ kind: string }} step */
export const isTrigger = (step) => step.kind.endsWith("_trigger");

/** @param {Step} step */
export const nameOf = (step) => step.title || step.key;

/** @param {Definition} flow @param {string} source @param {string} port */
export const edgeFrom = (flow, source, port) => flow.edges.find((edge) => edge.source === source && edge.port === port);

/** A name for an edge that no other edge of a sound flow has. @param {Edge} edge */
export const edgeId = (edge) => `${edge.source} ${edge.port} ${edge.target}`;

/**
 * Make a key from words: small letters, digits and _, not among those taken: `vat`, `vat_2`.
 * @param {string} words
 * @param {Iterable<string>} taken
 */
export function freshKey(words, taken) {
  const known = new Set(taken);
  const plain = words.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 40).replace(/_+$/, "") || "step";
  let key = plain;
  for (let number = 2; known.has(key); number += 1) key = `${plain}_${number}`;
  return key;
}

/**
 * Give the steps in the order in which a run comes to them, each once; what is not connected comes last.
 * @param {Definition} flow
 * @param {(step: Step) => string[]} portsOf in their order, `error` last
 * @returns {Step[]}
 */
export function walked(flow, portsOf) {
  const byKey = new Map(flow.steps.map((step) => [step.key, step]));
  const into = new Set(flow.edges.map((edge) => edge.target));
  /** @type {Step[]} */
  const found = [];
  const seen = new Set();
  /** @param {Step | undefined} step */
  const visit = (step) => {
    if (!step || seen.has(step.key)) return;
    seen.add(step.key);
    found.push(step);
    for (const port of portsOf(step)) {
      const edge = edgeFrom(flow, step.key, port);
      if (edge) visit(byKey.get(edge.target));
    }
  };
  flow.steps.filter(isTrigger).forEach(visit);
  flow.steps.filter((step) => !into.has(step.key)).forEach(visit);
  flow.steps.forEach(visit);
  return found;
}

/** Whether a way leads from one step to another. @param {Definition} flow @param {string} from @param {string} to */
export function leadsTo(flow, from, to) {
  const todo = [from];
  const seen = new Set(todo);
  while (todo.length) {
    const key = todo.pop();
    if (key === to) return true;
    for (const edge of flow.edges) {
      if (edge.source === key && !seen.has(edge.target)) {
        seen.add(edge.target);
        todo.push(edge.target);
      }
    }
  }
  return false;
}

/** The steps from which a way leads to this one, in the order of the flow. @param {Definition} flow @param {string} key */
export function stepsBefore(flow, key) {
  const before = new Set();
  const todo = [key];
  while (todo.length) {
    const target = todo.pop();
    for (const edge of flow.edges) {
      if (edge.target === target && !before.has(edge.source)) {
        before.add(edge.source);
        todo.push(edge.source);
      }
    }
  }
  before.delete(key);
  return flow.steps.filter((step) => before.has(step.key));
}
