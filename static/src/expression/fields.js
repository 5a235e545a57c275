/**
 * The data before a step as a tree: from its schema, completed by a sample. Rows of the tree are computed here, the view only draws them.
 *
 * @typedef {{ title?: string, type: string, path: (string | number)[], name: string, isList: boolean, sample: any, hasSample: boolean, children: FieldNode[] }} FieldNode
 * @typedef {{ node: FieldNode, level: number, isOpen: boolean, position: number, size: number }} FieldRow
 */
import { digits } from "../server/exact_json.js";

const DEEPEST = 12;
const MOST_MATCHES = 200;
const NAMES = /** @type {Record<string, string>} */ ({ string: "text", integer: "whole number", number: "number", boolean: "yes or no", array: "list", object: "group", null: "nothing" });

/**
 * @param {any} schema  JSON Schema of an object, or null
 * @param {any} sample
 * @param {(string | number)[]} [path]  where it stands
 * @returns {FieldNode[]}
 */
export function fieldsOf(schema, sample, path = []) {
  return childrenOf(schema, schema, sample, path, 0);
}

/** @param {any} root @param {any} schema @param {any} sample @param {(string | number)[]} path @param {number} depth @returns {FieldNode[]} */
function childrenOf(root, schema, sample, path, depth) {
  if (depth > DEEPEST) return [];
  const known = resolve(root, schema);
  if (known?.type === "array" || Array.isArray(sample)) {
    const item = Array.isArray(sample) ? sample[0] : undefined;
    if (known?.items === undefined && item === undefined) return [];
    return [nodeOf(root, known?.items, item, Array.isArray(sample) && sample.length > 0, 0, path, depth)];
  }
  const properties = known?.properties ?? {};
  const found = isObject(sample) ? sample : {};
  const names = [...Object.keys(properties), ...Object.keys(found).filter((name) => !Object.hasOwn(properties, name))];
  return names.map((name) => nodeOf(root, properties[name], found[name], Object.hasOwn(found, name), name, path, depth));
}

/** @param {any} root @param {any} schema @param {any} sample @param {boolean} hasSample @param {string | number} key @param {(string | number)[]} path @param {number} depth @returns {FieldNode} */
function nodeOf(root, schema, sample, hasSample, key, path, depth) {
  const known = resolve(root, schema);
  const here = [...path, key];
  const isList = known?.type === "array" || Array.isArray(sample);
  return {
    name: typeof key === "number" ? "first item" : key,
    title: known?.title,
    type: typeWord(known, sample),
    path: here,
    isList,
    sample,
    hasSample,
    children: childrenOf(root, schema, sample, here, depth + 1),
  };
}

/** Follow references; of alternatives, the one that is not null. @param {any} root @param {any} schema @returns {any} */
export function resolve(root, schema) {
  let found = schema;
  for (let step = 0; step < 20 && isObject(found); step += 1) {
    if (typeof found.$ref === "string" && found.$ref.startsWith("#/")) {
      /** @type {any} */
      const target = found.$ref.slice(2).split("/").reduce((/** @type {any} */ at, /** @type {string} */ part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], root);
      const { $ref: _, ...own } = found;
      found = isObject(target) ? { ...target, ...own } : undefined;
      continue;
    }
    const choices = found.anyOf ?? found.oneOf;
    const some = Array.isArray(choices) ? choices.filter((one) => one?.type !== "null") : [];
    if (some.length !== 1) return found;
    const { anyOf: _any, oneOf: _one, ...own } = found;
    found = { ...some[0], ...own };
  }
  return isObject(found) ? found : undefined;
}

/** @param {any} schema @param {any} sample */
function typeWord(schema, sample) {
  const type = Array.isArray(schema?.type) ? schema.type.find((/** @type {string} */ one) => one !== "null") : schema?.type;
  if (type === "string" && schema.format === "date") return "date";
  if (type === "string" && schema.format === "date-time") return "date and time";
  if (type) return NAMES[type] ?? type;
  if (sample === undefined) return "anything";
  if (digits(sample) !== null) return "number";
  return Array.isArray(sample) ? "list" : sample === null ? "nothing" : NAMES[typeof sample] ?? "anything";
}

/** @param {any} value */
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && !("rawJSON" in value);

/** @param {(string | number)[]} path */
export const idOf = (path) => JSON.stringify(path);

/**
 * The rows of a tree that are seen: those in open branches, or with a text, all that match it with their paths in full.
 * @param {FieldNode[]} fields
 * @param {Set<string>} open  ids
 * @param {string} wanted
 * @returns {FieldRow[]}
 */
export function rowsOf(fields, open, wanted = "") {
  const text = wanted.trim().toLowerCase();
  /** @type {FieldRow[]} */
  const rows = [];
  if (text) {
    const words = text.split(/[\s/]+/);
    /** @param {FieldNode[]} nodes */
    const search = (nodes) => {
      for (const node of nodes) {
        if (rows.length >= MOST_MATCHES) return;
        const full = `${node.path.join(" ")} ${node.title ?? ""}`.toLowerCase();
        if (words.every((word) => full.includes(word))) rows.push({ node, level: 1, isOpen: false, position: rows.length + 1, size: 0 });
        search(node.children);
      }
    };
    search(fields);
    return rows.map((row) => ({ ...row, size: rows.length }));
  }
  /** @param {FieldNode[]} nodes @param {number} level */
  const walk = (nodes, level) => {
    nodes.forEach((node, index) => {
      const isOpen = node.children.length > 0 && open.has(idOf(node.path));
      rows.push({ node, level, isOpen, position: index + 1, size: nodes.length });
      if (isOpen) walk(node.children, level + 1);
    });
  };
  walk(fields, 1);
  return rows;
}

/** The value at a path, as the engine walks it: keys of objects, whole numbers in lists, from the end with -1. @param {any} value @param {(string | number)[]} path @returns {any} undefined where it is missing */
export function valueAt(value, path) {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found) && typeof key === "number") found = found.at(key);
    else if (isObject(found) && typeof key === "string" && Object.hasOwn(found, key)) found = found[key];
    else return undefined;
  }
  return found;
}
