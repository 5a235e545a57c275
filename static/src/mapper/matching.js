/**
 * Whether a field of the source can fill one of the target: yes, with which conversion, or no and why.
 *
 * @import { Node } from "./tree.js"
 * @typedef {{ ok: true, convert: any[] | null } | { ok: false, why: string }} Match  convert: an operation without its first argument
 */

export const WORDS = /** @type {Record<string, string>} */ ({
  text: "text", integer: "whole number", decimal: "number", boolean: "yes or no", date: "date", moment: "date and time",
  bytes: "bytes", object: "group", any: "anything",
});

/** @type {Record<string, Record<string, any[] | null>>} target type, source type: conversion */
const CONVERSIONS = {
  text: { integer: ["to_string"], decimal: ["to_string"], boolean: ["to_string"], date: ["to_string"], moment: ["to_string"], bytes: ["from_bytes"] },
  integer: { text: ["to_integer"], decimal: ["to_integer"], boolean: null },
  decimal: { text: ["to_decimal"], integer: null },
  boolean: { text: ["to_boolean"], integer: ["to_boolean"] },
  date: { text: ["parse_date"], moment: ["to_date"] },
  moment: { text: ["parse_datetime"], integer: ["from_epoch"], date: ["at_time", 0] },
  bytes: { text: ["to_bytes"] },
};

/** @param {string} type */
export const isNumber = (type) => type === "integer" || type === "decimal";

/** @param {Node} source @param {Node} target @returns {Match} */
export function match(source, target) {
  const from = source.told.type, to = target.told.type;
  if (from === "any" || to === "any" || from === to) return { ok: true, convert: null };
  if (to === "object") return { ok: false, why: `“${target.told.name}” is a group of fields. Connect its fields one by one, or a group.` };
  if (from === "object") return { ok: false, why: `“${source.told.name}” is a group of fields. Connect one of its fields.` };
  const convert = CONVERSIONS[to]?.[from];
  if (convert === undefined) return { ok: false, why: `A ${WORDS[from]} cannot become a ${WORDS[to]}.` };
  return { ok: true, convert: convert && (convert[0] === "parse_date" && notation(source) ? [...convert, notation(source)] : convert) };
}

/** How a text writes its dates, where that is known. @param {Node} source */
function notation(source) {
  const found = source.told.notation ?? "";
  return /^[YMD./-]{6,10}$/.test(found) && found !== "YYYY-MM-DD" ? found : "";
}

/** @param {any} op @param {any[] | null} convert */
export const converted = (op, convert) => (convert ? [convert[0], op, ...convert.slice(1)] : op);
