/** Where a problem belongs: `steps.quote.config.plan.rules[2].op` → step `quote`, field `plan.rules[2].op`; `edges[3]` → an edge. */

/**
 * @param {string} place
 * @returns {{ step: string, field: string, edge: number | null }} empty texts where the whole flow is meant
 */
export function readPlace(place) {
  const step = /^steps\.([^.[\]]+)(?:\.(.*))?$/.exec(place);
  if (step) return { step: step[1], field: (step[2] ?? "").replace(/^config\.?/, ""), edge: null };
  const edge = /^edges\[(\d+)\]/.exec(place);
  return { step: "", field: edge ? "" : place, edge: edge ? Number(edge[1]) : null };
}

/**
 * @template {{ place: string, severity: string }} T
 * @param {T[]} problems
 * @returns {Map<string, T[]>} by step; those of the whole flow and of edges under ""
 */
export function byStep(problems) {
  /** @type {Map<string, T[]>} */
  const found = new Map();
  for (const problem of problems) {
    const { step } = readPlace(problem.place);
    found.set(step, [...(found.get(step) ?? []), problem]);
  }
  return found;
}
