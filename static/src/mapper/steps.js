/** The step of a definition whose fields are mapped. */

/** @param {any} definition @param {string} key */
export const stepOf = (definition, key) => (definition.steps ?? []).find((/** @type {any} */ step) => step.key === key);

/** @param {any} definition @param {string} key @returns {Record<string, any>} */
export const configOf = (definition, key) => stepOf(definition, key)?.config ?? {};

/** Put settings into a step; undefined takes one away. @param {any} definition @param {string} key @param {Record<string, any>} change */
export const withConfig = (definition, key, change) => ({
  ...definition,
  steps: definition.steps.map((/** @type {any} */ step) => (step.key === key ? { ...step, config: Object.fromEntries(Object.entries({ ...step.config, ...change }).filter(([, value]) => value !== undefined)) } : step)),
});

/**
 * What the plan is to make: chosen for a map step, given for a call.
 * @param {any} definition
 * @param {string} key
 * @param {string} field
 * @param {Record<string, any>} config
 * @returns {{ target: any, isChosen: boolean }}
 */
export function targetOf(definition, key, field, config) {
  const kind = stepOf(definition, key)?.kind;
  if (kind === "map" && field === "plan") return { target: config.target ?? null, isChosen: true };
  if (kind === "call" && config.connector && config.operation) return { target: { operation: `${config.connector}.${config.operation}` }, isChosen: false };
  return { target: null, isChosen: false };
}
