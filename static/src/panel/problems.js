/**
 * Problems where they belong, and the few that the browser finds while someone types; the server's word counts.
 *
 * @typedef {{ code: string, message: string, hint: string, place: string, severity: string }} Problem
 * @import { Field } from "./schema.js"
 */
import { digits } from "../server/exact_json.js";
import { placeOf } from "./values.js";

/** @import { Path } from "./values.js" */

/** The field a problem names, without its step: `cases[0].if`. @param {string} place */
export const fieldPlace = (place) => place.replace(/^steps\.[^.[\]]+(?:\.|$)/, "").replace(/^config(?:\.|$)/, "");

/**
 * Problems at a field. deep: those of everything in it as well.
 * @param {Problem[]} problems
 * @param {Path} path
 * @param {boolean} [deep]
 */
export function problemsAt(problems, path, deep = true) {
  const here = placeOf(path);
  return problems.filter((problem) => {
    const place = fieldPlace(problem.place);
    return place === here || (deep && place.startsWith(here) && ".[".includes(place.charAt(here.length)));
  });
}

/** Problems of the step as a whole, or of fields that the form does not have. @param {Problem[]} problems @param {Field[]} fields */
export function unplaced(problems, fields) {
  const names = new Set(fields.map((field) => field.name));
  return problems.filter((problem) => {
    const first = /^[^.[]*/.exec(fieldPlace(problem.place))?.[0] ?? "";
    return !names.has(first);
  });
}

/** What is plainly wrong with a value. @param {Field} field @param {any} value @returns {string} "" where nothing is */
export function checkValue(field, value) {
  const { schema, required } = field;
  if (value === undefined || value === null) return required ? "This is needed." : "";
  if (field.kind === "integer" || field.kind === "decimal") return checkNumber(schema, value, field.kind === "integer");
  if (typeof value === "string") return checkText(schema, value, required);
  if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems && field.kind !== "op") return schema.minItems === 1 ? "At least one is needed." : `At least ${schema.minItems} are needed.`;
    if (schema.maxItems !== undefined && value.length > schema.maxItems && field.kind !== "op") return `At most ${schema.maxItems} are allowed.`;
  }
  return "";
}

/** @param {any} schema @param {any} value @param {boolean} isWhole */
function checkNumber(schema, value, isWhole) {
  const text = digits(value);
  if (text === null) return "This must be a number.";
  if (isWhole && !/^-?\d+$/.test(text)) return "This must be a whole number.";
  const { minimum: least, maximum: most, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const number = Number(text);
  if (least !== undefined && most !== undefined && (number < least || number > most)) return `From ${least} to ${most}.`;
  if (least !== undefined && number < least) return `At least ${least}.`;
  if (above !== undefined && number <= above) return `More than ${above}.`;
  if (most !== undefined && number > most) return `At most ${most}.`;
  return below !== undefined && number >= below ? `Less than ${below}.` : "";
}

/** @param {any} schema @param {string} value @param {boolean} required */
function checkText(schema, value, required) {
  if (value === "" && (required || schema.minLength)) return "This is needed.";
  if (schema.maxLength !== undefined && [...value].length > schema.maxLength) return `At most ${schema.maxLength} characters.`;
  if (schema.pattern && value !== "" && !fits(schema.pattern, value)) return "This is not in the form it must have.";
  return "";
}

/** A pattern of Python's that this browser cannot read lets everything pass. @param {string} pattern @param {string} value */
function fits(pattern, value) {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}
