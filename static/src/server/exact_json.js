/**
 * JSON whose numbers keep every digit: 18-digit ids and amounts like 0.10 come back as they came.
 * A number that a double cannot hold exactly, or would write otherwise, is kept as `JSON.rawJSON(text)`, where the
 * browser has it; it stands in the document like any value and is written as it was read.
 */

/** @type {((text: string) => unknown) | undefined} */
const raw = /** @type {any} */ (JSON).rawJSON;

/**
 * @param {string} text
 * @returns {any}
 */
export function parse(text) {
  if (!raw) return JSON.parse(text);
  const revive = (/** @type {string} */ _key, /** @type {unknown} */ value, /** @type {{ source?: string }} */ context) =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source ? raw(context.source) : value;
  return JSON.parse(text, /** @type {any} */ (revive));
}

/**
 * Give the digits of a number as it was written; null for what is no number.
 * @param {unknown} value
 * @returns {string | null}
 */
export function digits(value) {
  if (typeof value === "number") return String(value);
  if (value !== null && typeof value === "object" && "rawJSON" in value) return String(value.rawJSON);
  return null;
}

/** A number to reckon with, where its last digits do not matter; NaN for what is none. @param {unknown} value */
export const toNumber = (value) => Number(digits(value) ?? Number.NaN);

/**
 * Make the value of a number that somebody typed; null where the text is no number of JSON.
 * @param {string} text
 */
export function number(text) {
  const trimmed = text.trim();
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(trimmed) ? parse(trimmed) : null;
}
