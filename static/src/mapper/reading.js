/**
 * What the rules of a plan read and write, as paths of the two trees. Nothing here changes a plan.
 *
 * @import { Path } from "./tree.js"
 * @typedef {any} Op
 * @typedef {any} Plan
 * @typedef {any} Rule
 * @typedef {(string | number)[]} Place  keys and indexes from the plan: ["rules", 3, "rules", 0]
 * @typedef {{ name: string, path: Path | null, group: Group | null }} Around  path: of the items of a list of the source
 * @typedef {{ by: Record<string, Op>, before: Sight }} Group
 * @typedef {{ loops: Around[], partners: Around[], lets: Record<string, Op> }} Sight
 * @typedef {"rule" | "loop" | "unknown"} EntryKind
 * @typedef {{ place: Place, kind: EntryKind, rule: Rule, target: Path, into: Place, sight: Sight }} Entry  into: the list of rules that it stands in
 * @typedef {{ source: Path, target: Path, place: Place, kind: "value" | "loop" | "condition" }} Line
 */
import { LET } from "./tree.js";

/** Operations whose first argument is a list, and that see its item by the name of their second. */
export const BINDERS = new Set(["filter", "find", "map", "sort_by", "min_by", "max_by", "find_by", "filter_by", "group_by"]);
/** Operations that begin a path, and those that go on in what another gave. */
const ORIGINS = new Set(["get", "it", "item", "let"]);
const WITHIN = new Set(["field", "segment"]);
/** Operations whose value has the fields of their first argument, or of its items. */
const LIKE = new Set(["filter", "find", "sort_by", "min_by", "max_by", "find_by", "filter_by", "first", "last", "take", "reverse", "distinct", "coalesce", "if_empty", "to_list", "list", "flatten"]);

/** Operations that give one item of their list. */
const ONE = new Set(["find", "min_by", "max_by", "find_by", "first", "last"]);

/** @param {any} found */
const isObject = (found) => found !== null && typeof found === "object" && !Array.isArray(found);

/** @param {Rule} rule @returns {string[] | null} null where it is none that the mapper knows */
export function keysOf(rule) {
  if (!isObject(rule)) return null;
  if (typeof rule.to === "string") return [rule.to];
  return Array.isArray(rule.to) && rule.to.every((/** @type {any} */ key) => typeof key === "string") ? rule.to : null;
}

/** @param {Plan} plan @returns {Sight} */
export const sightOf = (plan) => ({ loops: [], partners: [], lets: isObject(plan?.let) ? plan.let : {} });

/**
 * Every rule of a plan, in its order; the rules of a loop behind it.
 * @param {Plan} plan
 * @returns {Entry[]}
 */
export function entries(plan) {
  /** @type {Entry[]} */
  const found = [];
  /** @param {any} rules @param {Place} into @param {Path} at @param {Sight} sight */
  const walk = (rules, into, at, sight) => {
    if (!Array.isArray(rules)) return;
    rules.forEach((rule, index) => {
      const place = [...into, index];
      const keys = keysOf(rule);
      const kind = keys === null ? "unknown" : "each" in rule && !("op" in rule) ? "loop" : "op" in rule ? "rule" : "unknown";
      const target = [...at, ...(keys ?? [])];
      found.push({ place, kind, rule, target, into, sight });
      if (kind === "loop") walk(rule.rules, [...place, "rules"], target, within(sight, rule));
    });
  };
  walk(plan?.rules, ["rules"], [], sightOf(plan));
  return found;
}

/** What the rules of a loop see. @param {Sight} sight @param {Rule} rule @returns {Sight} */
export function within(sight, rule) {
  const items = { name: typeof rule.name === "string" ? rule.name : "", path: resolved(rule.each, sight), group: null };
  const inside = { ...sight, loops: [...sight.loops, items] };
  const joined = (Array.isArray(rule.join) ? rule.join : []).map((/** @type {any} */ join) => ({ name: String(join?.name ?? ""), path: resolved(join?.list, sight), group: null }));
  const before = { ...inside, partners: [...sight.partners, ...joined] };
  if (!isObject(rule.group)) return before;
  return { ...before, loops: [...sight.loops, { ...items, group: { by: rule.group.by ?? {}, before } }] };
}

/**
 * The field of the source that an operation gives, or whose items it gives; null where it computes something else.
 * @param {Op} op
 * @param {Sight} sight
 * @returns {Path | null}
 */
export function resolved(op, sight) {
  if (!Array.isArray(op)) return null;
  const [key, ...args] = op;
  if (key === "get") return texts(args);
  if (key === "it") return inItem(sight.loops.at(-1), args);
  if (key === "item") {
    const partner = sight.partners.findLast((one) => one.name === args[0]);
    return inItem(partner ?? sight.loops.findLast((one) => one.name === args[0]), args.slice(1));
  }
  if (key === "let") return inLet(args, sight);
  if (key === "field" || key === "segment") return below(resolved(args[0], sight), args.slice(key === "field" ? 1 : 2));
  return LIKE.has(key) ? resolved(args[0], sight) : null;
}

/** Whether an operation gives one item of the list that it reads. @param {Op} op @returns {boolean} */
export const givesOne = (op) => Array.isArray(op) && (ONE.has(op[0]) || (LIKE.has(op[0]) && givesOne(op[1])));

/** @param {Path | null} path @param {any[]} keys @returns {Path | null} */
const below = (path, keys) => path && [...path, ...texts(keys)];

/** @param {any[]} args @param {Sight} sight @returns {Path | null} */
function inLet(args, sight) {
  const [name, ...keys] = args;
  if (typeof name !== "string" || !Object.hasOwn(sight.lets, name)) return null;
  const lets = Object.fromEntries(Object.entries(sight.lets).slice(0, Object.keys(sight.lets).indexOf(name)));
  const found = resolved(sight.lets[name], { loops: [], partners: [], lets });
  return found && found[0] !== LET ? [...found, ...texts(keys)] : [LET, name, ...texts(keys)];
}

/** @param {Around | undefined} around @param {any[]} keys @returns {Path | null} */
function inItem(around, keys) {
  if (!around?.path) return null;
  if (!around.group) return [...around.path, ...texts(keys)];
  const [part, ...rest] = keys;
  if (part === "items") return [...around.path, ...texts(rest)];
  if (part !== "key" || typeof rest[0] !== "string" || !Object.hasOwn(around.group.by, rest[0])) return around.path;
  return resolved(around.group.by[rest[0]], around.group.before);
}

/** Numbers pick an item: the field is the same. @param {any[]} keys @returns {Path} */
const texts = (keys) => keys.filter((key) => typeof key === "string");

/**
 * Every field that an operation reads, each once.
 * @param {Op} op
 * @param {Sight} sight
 * @returns {Path[]}
 */
export function reads(op, sight) {
  /** @type {Map<string, Path>} */
  const found = new Map();
  /** @param {Op} part @param {Sight} seen */
  const visit = (part, seen) => {
    if (!Array.isArray(part) || part[0] === "lit") return;
    if (ORIGINS.has(part[0]) || WITHIN.has(part[0])) {
      const path = resolved(part, seen);
      if (path?.length) found.set(JSON.stringify(path), path);
      if (ORIGINS.has(part[0])) return;
      // The field inside stands for what it is taken from; what chooses the item is read as well.
      const whole = JSON.stringify(resolved(part[1], seen));
      for (const inner of reads(part[1], seen)) if (!path || JSON.stringify(inner) !== whole) found.set(JSON.stringify(inner), inner);
      return part.slice(2).forEach((arg) => visit(arg, seen));
    }
    if (!BINDERS.has(part[0])) return part.slice(1).forEach((arg) => visit(arg, seen));
    const [, list, name, body, ...rest] = part;
    visit(list, seen);
    visit(body, { ...seen, loops: [...seen.loops, { name: String(name), path: resolved(list, seen), group: null }] });
    rest.forEach((arg) => visit(arg, seen));
  };
  visit(op, sight);
  return [...found.values()];
}

/**
 * The lines from fields of the source to fields of the target.
 * @param {Entry[]} found
 * @returns {Line[]}
 */
export function linesOf(found) {
  return found.flatMap(({ rule, kind, target, place, sight }) => {
    if (kind === "unknown") return [];
    const make = (/** @type {Op} */ op, /** @type {Line["kind"]} */ as, seen = sight) => reads(op, seen).map((source) => ({ source, target, place, kind: as }));
    const condition = "if" in rule ? make(rule.if, "condition") : [];
    if (kind === "rule") return [...make(rule.op, "value"), ...condition];
    const inside = within(sight, { ...rule, group: undefined });
    const joins = (Array.isArray(rule.join) ? rule.join : []).flatMap((/** @type {any} */ join) => make(join?.list, "condition"));
    return [...make(rule.each, "loop"), ...condition, ...("where" in rule ? make(rule.where, "condition", inside) : []), ...joins];
  });
}

/** @param {Place} place */
export const placeId = (place) => place.map((part, index) => (typeof part === "number" ? `[${part}]` : index ? `.${part}` : part)).join("");

/** The rule that a place of the server's belongs to: "rules[3].rules[0].op[1]". @param {string} place @returns {Place} */
export function rulePlace(place) {
  const found = /^(?:rules\[\d+\](?:\.|$))*/.exec(place)?.[0] ?? "";
  return [...found.matchAll(/rules\[(\d+)\]/g)].flatMap((match) => ["rules", Number(match[1])]);
}
