/**
 * The form of a step, read from the JSON Schema of its config: which fields there are, of which kind, in which order.
 *
 * @typedef {"text" | "long" | "integer" | "decimal" | "boolean" | "choice" | "set" | "list" | "objects" | "map" | "ops" | "group" | "op" | "plan" | "template"
 *   | "connector" | "operation" | "connection" | "format" | "options" | "partner" | "zone" | "flow" | "table" | "target" | "json"} Kind
 * @typedef {{ name: string, title: string, help: string, kind: Kind, schema: any, required: boolean, nullable: boolean, advanced: boolean, fallback: any }} Field
 */
import { resolve } from "../expression/fields.js";
import { digits } from "../server/exact_json.js";

/** @type {Record<string, Kind>} */
const FORMATS = {
  "mapping-op": "op",
  "mapping-plan": "plan",
  connector: "connector",
  operation: "operation",
  connection: "connection",
  "document-format": "format",
  "format-options": "options",
  partner: "partner",
  "time-zone": "zone",
  flow: "flow",
  "lookup-table": "table",
  "map-target": "target",
  template: "template",
  text: "template",
  textarea: "long",
};
/** What a name means in every step that has it, where its schema does not say. @type {Record<string, Kind>} */
const NAMES = { url: "template", subject: "template", attach_name: "template", attach_format: "format", attach_options: "options", format: "format", options: "options", partner: "partner", zone: "zone", time_zone: "zone" };
const ADVANCED = new Set([
  "timeout_s", "retry", "mode", "accept", "idempotency_header", "keep_headers", "max_bytes", "max_records", "idle_s", "limit", "repeats", "at_once",
]);
const LONG = 200;

/** @param {any} form  JSON Schema of an object @param {any} [root] @returns {Field[]} main fields first, the required before the others */
export function fieldsOf(form, root = form) {
  const schema = resolve(root, form) ?? {};
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, raw]) => fieldOf(name, raw, root, required.has(name)));
  return [...fields.filter((field) => !field.advanced), ...fields.filter((field) => field.advanced)];
}

/** @param {string} name @param {any} raw @param {any} root @param {boolean} required @returns {Field} */
export function fieldOf(name, raw, root, required) {
  const schema = resolve(root, raw) ?? {};
  const nullable = (raw?.anyOf ?? []).some((/** @type {any} */ one) => one?.type === "null");
  return {
    name,
    title: raw?.title ?? schema.title ?? named(name),
    help: raw?.description ?? "",
    kind: kindOf(schema, name, root),
    schema,
    required,
    nullable,
    advanced: !required && ADVANCED.has(name),
    fallback: raw?.default,
  };
}

/** @param {any} schema @param {string} name @param {any} root @returns {Kind} */
function kindOf(schema, name, root) {
  if (FORMATS[schema.format]) return FORMATS[schema.format];
  if (schema.enum || schema.const !== undefined) return "choice";
  if (schema.anyOf?.every((/** @type {any} */ one) => one.type === "string")) return "text";
  switch (schema.type) {
    case "integer": return "integer";
    case "number": return "decimal";
    case "boolean": return "boolean";
    case "array": return listKind(resolve(root, schema.items) ?? {});
    case "object": return objectKind(schema, name, root);
    case "string": return NAMES[name] ?? ((schema.maxLength ?? 0) > LONG ? "long" : "text");
    default: return "json";
  }
}

/** @param {any} items @returns {Kind} */
function listKind(items) {
  if (items.enum) return "set";
  if (items.type === "object" && items.properties) return "objects";
  return ["string", "integer", "number"].includes(items.type) && !FORMATS[items.format] ? "list" : "json";
}

/** @param {any} schema @param {string} name @param {any} root @returns {Kind} */
function objectKind(schema, name, root) {
  if (schema.properties) return "group";
  const values = [schema.additionalProperties, ...Object.values(schema.patternProperties ?? {})].find((one) => one && typeof one === "object");
  const inner = values && resolve(root, values);
  if (inner?.format === "mapping-op") return "ops";
  if (inner?.type === "string") return "map";
  return NAMES[name] ?? "json";
}

/** @type {Record<string, string>} */
const WORDS = {
  idempotent: "It recognises the repeat: nothing happens twice",
  at_least_once: "It may happen twice: send again when in doubt",
  at_most_once: "It must not happen twice: ask a person when in doubt",
  api_key: "A caller with an API key",
  signature: "A vendor that signs its webhooks",
  sync: "The caller waits for the outcome", async: "The caller gets 202 at once",
  integer: "Whole number", decimal: "Number with decimals", datetime: "Date and time", boolean: "Yes or no",
  header: "Header: the first record", item: "A record of data", trailer: "Trailer: the last record",
  leading: "Minus before the digits", trailing: "Minus after the digits", implied: "Implied: 1050 is 10.50",
  lf: "LF", crlf: "CRLF, as Windows writes", "utf-8": "UTF-8", ascii: "ASCII",
  mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday", sat: "Saturday", sun: "Sunday",
};

/** A choice in words. @param {any} value */
export const wordOf = (value) => (value === "" ? "none" : WORDS[value] ?? named(String(value)));

/** @param {string} name */
const named = (name) => (/^[A-Z0-9]+$/.test(name) || !/[a-z]/.test(name) ? name : (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " "));

/** What holds where nothing is set. @param {Field} field */
export function fallbackWords(field) {
  const { fallback } = field;
  if (fallback === undefined || fallback === null || fallback === "") return "";
  if (typeof fallback === "boolean") return fallback ? "yes" : "no";
  if (Array.isArray(fallback)) return fallback.map(wordOf).join(", ");
  return digits(fallback) ?? (typeof fallback === "string" ? wordOf(fallback) : "");
}

/** What a mapping is to make, in words: “business object order”, “format x12, 855”. @param {any} target @returns {string} */
export function targetWords(target) {
  if (!target) return "not set";
  if (target.canonical) return `business object ${target.canonical}`;
  if (target.operation) return `operation ${target.operation}`;
  if (!target.format) return "a schema of its own";
  const named = Object.values(target.options ?? {}).filter((value) => typeof value === "string");
  return [`format ${target.format}`, ...named].join(", ");
}

/** A new value for a field that must have one. @param {any} raw @param {any} root @returns {any} */
export function emptyOf(raw, root) {
  const field = fieldOf("", raw, root, true);
  if (field.fallback !== undefined) return field.fallback;
  switch (field.kind) {
    case "integer": case "decimal": return field.schema.minimum ?? 0;
    case "boolean": return false;
    case "choice": return field.schema.enum?.[0] ?? field.schema.const;
    case "set": case "list": case "objects": return [];
    case "map": case "ops": case "options": case "json": return {};
    case "plan": return { version: 1, rules: [] };
    case "group": return Object.fromEntries((field.schema.required ?? []).map((/** @type {string} */ name) => [name, emptyOf(field.schema.properties[name], root)]));
    default: return "";
  }
}
