/**
 * Which item of a list is meant: by a code that it carries, such as the party whose N1 01 is ST.
 *
 * @import { Node, Path, Tree } from "./tree.js"
 * @typedef {{ path: Path, words: string, codes: { code: string, word: string }[] }} Qualifier  path: of the field that tells the items apart; codes: those of the sample first
 */
import { seen } from "./sampling.js";

const DEEPEST = 2;
const MOST = 40;
const MOST_CODES = 200;

/**
 * The fields that may tell the items of a list apart: those with codes, or where there are none, its texts and whole numbers.
 * @param {Tree} tree
 * @param {Path} list
 * @param {any} scope  the sample
 * @returns {Qualifier[]} those that say something in the sample first
 */
export function qualifiers(tree, list, scope) {
  const found = tree.find(list);
  if (!found) return [];
  const fields = leaves(tree, found, 1);
  const coded = fields.filter(({ told }) => Object.keys(told.choices ?? {}).length);
  const items = [seen(scope, list)].flat();
  const all = (coded.length ? coded : fields).slice(0, MOST).map((field) => qualifier(field, list, items));
  return [...all.filter(({ isSeen }) => isSeen), ...all.filter(({ isSeen }) => !isSeen)].map(({ isSeen: _, ...one }) => one);
}

/** @param {Tree} tree @param {Node} node @param {number} depth @returns {Node[]} */
function leaves(tree, node, depth) {
  return tree.children(node).flatMap((child) => {
    if (child.told.repeats) return [];
    if (tree.isBranch(child)) return depth < DEEPEST ? leaves(tree, child, depth + 1) : [];
    return ["text", "integer", "any"].includes(child.told.type) ? [child] : [];
  });
}

/** @param {Node} field @param {Path} list @param {any[]} items */
function qualifier(field, list, items) {
  const keys = field.path.slice(list.length);
  const values = [...new Set(items.map((item) => seen(item, keys)).filter((value) => typeof value === "string" || typeof value === "number").map(String))];
  const choices = field.told.choices ?? {};
  const codes = [...values, ...Object.keys(choices).filter((code) => !values.includes(code))].slice(0, MOST_CODES);
  const { title } = field.told;
  return { path: field.path, words: [keys.join(" "), title].filter(Boolean).join(" – "), codes: codes.map((code) => ({ code, word: choices[code] ?? "" })), isSeen: values.length > 0 };
}
