/**
 * Fields as trees, made from what the server tells of a schema. Children are made when they are asked for, so that structures that
 * hold themselves end, and 5,000 fields cost nothing until they are opened.
 *
 * @typedef {{
 *   name: string, type: string, required?: boolean, nullable?: boolean, repeats?: boolean, open?: boolean, title?: string,
 *   description?: string, notation?: string, choices?: Record<string, string>, max?: number, scale?: number, default?: any,
 *   ref?: string, fields?: Told[],
 * }} Told
 * @typedef {{ title: string, fields: Told[], definitions: Record<string, Told[]>, open: boolean, type: string, repeats: boolean }} ToldTree
 * @typedef {string[]} Path  keys from the root; lists are looked through
 * @typedef {{ id: string, path: Path, told: Told, parent: Node | null, isExtra: boolean }} Node  isExtra: not in the schema
 * @typedef {{ path: Path, repeats: boolean }} Extra
 * @typedef {{ node: Node, level: number, position: number, size: number, isOpen: boolean, isBranch: boolean, match?: boolean }} Row
 */

export const LET = "$let";
const SEARCH_MOST = 400;
const DEEPEST = 24;

/** @param {Path} path */
export const idOf = (path) => JSON.stringify(path);

export class Tree {
  /**
   * @param {ToldTree | null} told
   * @param {Extra[]} [extras]  fields that are used and that the schema does not have
   */
  constructor(told, extras = []) {
    this.told = told;
    /** @type {Map<string, Node[]>} */
    this.made = new Map();
    /** @type {Map<string, Extra[]>} */
    this.extras = new Map();
    for (const extra of extras) this.#note(extra);
    this.roots = this.#members(null);
  }

  /** @param {Extra} extra */
  #note(extra) {
    extra.path.forEach((_, depth) => {
      const parent = idOf(extra.path.slice(0, depth));
      const path = extra.path.slice(0, depth + 1);
      const known = this.extras.get(parent) ?? [];
      const found = known.find((one) => one.path[depth] === path[depth]);
      if (!found) this.extras.set(parent, [...known, { path, repeats: extra.repeats && depth === extra.path.length - 1 }]);
      else if (extra.repeats && depth === extra.path.length - 1) found.repeats = true;
    });
  }

  /** @param {Node | null} parent @returns {Node[]} */
  #members(parent) {
    const path = parent?.path ?? [];
    const fields = parent ? (parent.told.ref ? this.told?.definitions[parent.told.ref] : parent.told.fields) ?? [] : this.told?.fields ?? [];
    const nodes = fields.map((told) => node([...path, told.name], told, parent, false));
    const names = new Set(fields.map((told) => told.name));
    for (const extra of this.extras.get(idOf(path)) ?? []) {
      const name = /** @type {string} */ (extra.path.at(-1));
      if (names.has(name)) continue;
      const isBranch = this.extras.has(idOf(extra.path));
      nodes.push(node(extra.path, { name, type: isBranch ? "object" : "any", repeats: extra.repeats, open: true }, parent, true));
    }
    return nodes;
  }

  /** @param {Node | null} parent @returns {Node[]} */
  children(parent) {
    if (!parent) return this.roots;
    let found = this.made.get(parent.id);
    if (!found) {
      found = parent.path.length > DEEPEST ? [] : this.#members(parent);
      this.made.set(parent.id, found);
    }
    return found;
  }

  /** @param {Node} found */
  isBranch(found) {
    return Boolean(found.told.fields?.length || (found.told.ref && this.told?.definitions[found.told.ref]?.length) || this.extras.has(found.id));
  }

  /** @param {Path} path @returns {Node | null} */
  find(path) {
    /** @type {Node | null} */
    let found = null;
    for (const key of path) {
      found = this.children(found).find((one) => one.told.name === key) ?? null;
      if (!found) return null;
    }
    return found;
  }

  /** The lists on the way to a field, the outermost first; itself, where it is one. @param {Path} path @returns {Node[]} */
  lists(path) {
    const found = [];
    for (let depth = 1; depth <= path.length; depth += 1) {
      const one = this.find(path.slice(0, depth));
      if (one?.told.repeats) found.push(one);
    }
    return found;
  }

  /**
   * Fields, parents first; a structure is entered once on a path, and no more than `most` are given.
   * @param {number} most
   * @returns {Node[]}
   */
  all(most) {
    /** @type {Node[]} */
    const found = [];
    /** @param {Node[]} nodes @param {Set<string>} entered */
    const walk = (nodes, entered) => {
      for (const one of nodes) {
        if (found.length >= most) return;
        found.push(one);
        const { ref } = one.told;
        if (ref && entered.has(ref)) continue;
        walk(this.children(one), ref ? new Set([...entered, ref]) : entered);
      }
    };
    walk(this.roots, new Set());
    return found;
  }
}

/** @param {Path} path @param {Told} told @param {Node | null} parent @param {boolean} isExtra @returns {Node} */
const node = (path, told, parent, isExtra) => ({ id: idOf(path), path, told, parent, isExtra });

/**
 * The rows that are seen: those in open branches; with a text to find, those that match it with their parents.
 * @param {Tree} tree
 * @param {Set<string>} open  ids
 * @param {string} [wanted]
 * @param {(node: Node) => boolean} [only]
 * @returns {Row[]}
 */
export function rowsOf(tree, open, wanted = "", only) {
  const words = wanted.trim().toLowerCase().split(/[\s/.]+/).filter(Boolean);
  if (words.length || only) return searched(tree, words, only);
  /** @type {Row[]} */
  const rows = [];
  /** @param {Node[]} nodes @param {number} level */
  const walk = (nodes, level) => {
    nodes.forEach((one, index) => {
      const isBranch = tree.isBranch(one);
      const isOpen = isBranch && open.has(one.id);
      rows.push({ node: one, level, position: index + 1, size: nodes.length, isOpen, isBranch });
      if (isOpen) walk(tree.children(one), level + 1);
    });
  };
  walk(tree.roots, 1);
  return rows;
}

/** @param {Tree} tree @param {string[]} words @param {((node: Node) => boolean) | undefined} only @returns {Row[]} */
function searched(tree, words, only) {
  const matching = new Set();
  const shown = new Set();
  for (const one of tree.all(20_000)) {
    const text = `${one.path.join(" ")} ${one.told.title ?? ""}`.toLowerCase();
    if (!words.every((word) => text.includes(word)) || (only && !only(one))) continue;
    matching.add(one.id);
    for (let above = /** @type {Node | null} */ (one); above && !shown.has(above.id); above = above.parent) shown.add(above.id);
    if (matching.size >= SEARCH_MOST) break;
  }
  /** @type {Row[]} */
  const rows = [];
  /** @param {Node[]} nodes @param {number} level */
  const walk = (nodes, level) => {
    const seen = nodes.filter((one) => shown.has(one.id));
    seen.forEach((one, index) => {
      const inner = tree.isBranch(one) && tree.children(one).some((child) => shown.has(child.id));
      rows.push({ node: one, level, position: index + 1, size: seen.length, isOpen: inner, isBranch: inner, match: matching.has(one.id) });
      if (inner) walk(tree.children(one), level + 1);
    });
  };
  walk(tree.roots, 1);
  return rows;
}

/** What is open at first: all of a small tree, the first level of a large one. @param {Tree} tree @param {number} [most] @returns {Set<string>} */
export function openedAtFirst(tree, most = 1_200) {
  const all = tree.all(most + 1);
  const opened = all.length > most ? tree.roots : all.filter((one) => tree.isBranch(one) && !isAgain(one));
  return new Set(opened.map((one) => one.id));
}

/** A structure inside itself. @param {Node} found */
function isAgain(found) {
  for (let above = found.parent; above; above = above.parent) if (found.told.ref && above.told.ref === found.told.ref) return true;
  return false;
}

/**
 * The row that a key leads to in a tree, as in every tree of a system; null where the key is none of a tree's.
 * @param {Row[]} rows
 * @param {number} at
 * @param {string} key
 * @returns {{ at: number } | { fold: string, open: boolean } | null}
 */
export function moved(rows, at, key) {
  const row = rows[at];
  if (key === "ArrowDown") return { at: Math.min(at + 1, rows.length - 1) };
  if (key === "ArrowUp") return { at: Math.max(at - 1, 0) };
  if (key === "Home") return { at: 0 };
  if (key === "End") return { at: rows.length - 1 };
  if (key === "PageDown") return { at: Math.min(at + 10, rows.length - 1) };
  if (key === "PageUp") return { at: Math.max(at - 10, 0) };
  if (!row) return null;
  if (key === "ArrowRight") return row.isBranch ? (row.isOpen ? { at: Math.min(at + 1, rows.length - 1) } : { fold: row.node.id, open: true }) : { at };
  if (key === "ArrowLeft") {
    if (row.isOpen) return { fold: row.node.id, open: false };
    const parent = rows.findIndex((one) => one.node.id === row.node.parent?.id);
    return { at: parent < 0 ? at : parent };
  }
  return null;
}

/** The next row whose name begins with what was typed, from the one after `at`. @param {Row[]} rows @param {number} at @param {string} typed */
export function typedTo(rows, at, typed) {
  const text = typed.toLowerCase();
  const start = text.length > 1 ? at : at + 1;
  for (let step = 0; step < rows.length; step += 1) {
    const index = (start + step) % rows.length;
    const { told } = rows[index].node;
    if (told.name.toLowerCase().startsWith(text) || told.title?.toLowerCase().startsWith(text)) return index;
  }
  return at;
}
