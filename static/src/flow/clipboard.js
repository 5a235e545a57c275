/**
 * Steps as text on the clipboard, so that they can be put into another flow or another tab. A definition holds no credentials, so neither
 * does the text.
 *
 * @typedef {{ steps: import("./document.js").Step[], edges: import("./document.js").Edge[], notes: import("./document.js").Note[] }} Clip
 */

const MARK = "7m-steps";
const STEPS_MAX = 200;

/**
 * @param {import("./document.js").Definition} flow
 * @param {Set<string>} keys of steps and notes
 * @returns {Clip}
 */
export function clipOf(flow, keys) {
  return {
    steps: flow.steps.filter((step) => keys.has(step.key)),
    edges: flow.edges.filter((edge) => keys.has(edge.source) && keys.has(edge.target)),
    notes: (flow.notes ?? []).filter((note) => keys.has(note.key)),
  };
}

/** @param {Clip} clip */
export const toText = (clip) => JSON.stringify({ [MARK]: 1, ...clip });

/**
 * Read what was copied; null where the text is something else. What is not a step of the right form is refused whole.
 * @param {string} text
 * @param {(text: string) => any} parse
 * @returns {Clip | null}
 */
export function fromText(text, parse) {
  if (!text.includes(MARK) || text.length > 2_000_000) return null;
  let found;
  try {
    found = parse(text);
  } catch {
    return null;
  }
  if (found?.[MARK] !== 1 || !Array.isArray(found.steps) || found.steps.length > STEPS_MAX) return null;
  const { steps, edges = [], notes = [] } = found;
  const isSound = steps.every(isStep) && Array.isArray(edges) && edges.every(isEdge) && Array.isArray(notes) && notes.every(isNote);
  return isSound ? { steps, edges, notes } : null;
}

/** @param {any} found */
const isPair = (found) => Array.isArray(found) && found.length === 2 && found.every(Number.isInteger);
/** @param {any} found */
const isKey = (found) => typeof found === "string" && found.length > 0 && found.length <= 63;
/** @param {any} found */
const isStep = (found) =>
  isKey(found?.key) && isKey(found.kind) && typeof found.title === "string" && typeof found.config === "object" && found.config !== null && isPair(found.position);
/** @param {any} found */
const isEdge = (found) => isKey(found?.source) && isKey(found.port) && isKey(found.target);
/** @param {any} found */
const isNote = (found) => isKey(found?.key) && typeof found.text === "string" && isPair(found.position) && isPair(found.size);
