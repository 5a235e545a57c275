/** Small flows for the tests of this folder. */

/** @param {string} key @param {string} [kind] @returns {import("./document.js").Step} */
export const step = (key, kind = "map") => ({ key, kind, title: "", config: {}, position: [0, 0] });

/**
 * A flow by its ways, `start next a, a yes b`; `start` is the trigger, the other steps are maps.
 * @param {string} text
 * @returns {import("./document.js").Definition}
 */
export function flowOf(text) {
  const edges = text.split(", ").filter(Boolean).map((way) => {
    const [source, port, target] = way.split(" ");
    return { source, port, target };
  });
  const keys = [...new Set(["start", ...edges.flatMap((edge) => [edge.source, edge.target])])];
  return { steps: keys.map((key) => step(key, key === "start" ? "webhook_trigger" : "map")), edges, settings: {} };
}

/** @param {import("./document.js").Definition} flow */
export const ways = (flow) => flow.edges.map((edge) => `${edge.source} ${edge.port} ${edge.target}`).join(", ");
