/**
 * Drawing a line: which rule it makes, in which loop, and what has to be asked first.
 *
 * @import { Node, Path, Tree } from "./tree.js"
 * @import { Entry, Op, Place, Plan, Sight } from "./reading.js"
 * @typedef {"first" | "last" | "join" | "sum" | "count" | "all"} Pick
 * @typedef {{ qualifier: Path, code: string }} Chosen  take the item that has this code there
 * @typedef {{ source: Path, target: Path, pick?: Pick, chosen?: Chosen, isBare?: boolean }} Wish  isBare: of two lists, only the loop
 * @typedef {{ kind: "done", plan: Plan, target: Path, said: string }} Done
 * @typedef {{ kind: "ask", picks: Pick[], list: string, of: Path }} Ask  of: the outermost list that no loop goes through
 * @typedef {{ kind: "refused", why: string }} No
 * @typedef {{ source: Tree, target: Tree }} Trees
 */
import { addRule, at, changeRule } from "./commands.js";
import { converted, isNumber, match } from "./matching.js";
import { entries, resolved, sightOf, within } from "./reading.js";
import { LET } from "./tree.js";
import { number } from "../server/exact_json.js";

const NAMES = ["one", "each", "part", "other", "inner"];

/** @param {Path} one @param {Path} other */
const begins = (one, other) => other.every((key, index) => one[index] === key);
/** @param {Path | null} one @param {Path | null} other */
const equal = (one, other) => one !== null && other !== null && one.length === other.length && begins(one, other);

/**
 * The operation that reads a field, with the items in sight.
 * @param {Path} path
 * @param {Sight} sight
 * @returns {Op}
 */
export function opFor(path, sight) {
  if (path[0] === LET) return ["let", ...path.slice(1)];
  for (let index = sight.loops.length - 1; index >= 0; index -= 1) {
    const loop = sight.loops[index];
    if (!loop.path || loop.group || !begins(path, loop.path)) continue;
    const rest = path.slice(loop.path.length);
    if (index === sight.loops.length - 1) return ["it", ...rest];
    if (loop.name) return ["item", loop.name, ...rest];
  }
  const named = Object.entries(sight.lets).find(([name]) => {
    const found = resolved(["let", name], sight);
    return found && found[0] !== LET && found.length > 1 && found.length < path.length && begins(path, found) && isPath(sight.lets[name]);
  });
  if (!named) return ["get", ...path];
  return ["let", named[0], ...path.slice(/** @type {Path} */ (resolved(["let", named[0]], sight)).length)];
}

/** @param {Op} op */
const isPath = (op) => Array.isArray(op) && (op[0] === "get" || op[0] === "let") && op.every((part) => typeof part === "string");

/**
 * @param {Plan} plan
 * @param {Wish} wish
 * @param {Trees} trees
 * @returns {Done | Ask | No}
 */
export function connected(plan, wish, trees) {
  const source = trees.source.find(wish.source), target = trees.target.find(wish.target);
  if (!source || !target) return { kind: "refused", why: "This field is not there any more." };
  if (source.told.repeats && source.told.type === "object" && target.told.repeats && target.told.type === "object") return listToList(plan, source, target, wish, trees);
  const fits = match(source, target);
  if (!fits.ok && wish.pick !== "count" && wish.pick !== "join") return { kind: "refused", why: fits.why };
  const home = entered(plan, source, target, trees);
  if ("why" in home) return { kind: "refused", why: home.why };
  const left = home.left;
  const convert = fits.ok ? fits.convert : null;
  if (target.told.repeats) return written(home, target, ofItems(left, source, home.sight, convert), "");
  if (!left.length) return written(home, target, converted(opFor(source.path, home.sight), convert), convert ? conversionSaid(convert) : "");
  if (wish.chosen) return written(home, target, converted(chosen(left, source, wish.chosen, home, trees.source), convert), "");
  if (!wish.pick) return { kind: "ask", picks: picksFor(source, target), list: /** @type {Node} */ (left.at(-1)).told.name, of: left[0].path };
  return written(home, target, picked(wish.pick, left, source, target, home.sight, convert), "");
}

/** @typedef {{ plan: Plan, into: Place, sight: Sight, at: Path, left: Node[] }} Home  at: the target of the loop; left: lists of the source that no loop goes through */

/**
 * Find the loop that a target stands in, making those that are lacking.
 * @param {Plan} plan
 * @param {Node} source
 * @param {Node} target
 * @param {Trees} trees
 * @returns {Home | { why: string }}
 */
function entered(plan, source, target, trees) {
  const lists = trees.target.lists(target.path).filter((list) => list.id !== target.id);
  let left = trees.source.lists(source.path);
  /** @type {Home} */
  let home = { plan, into: ["rules"], sight: sightOf(plan), at: [], left };
  for (const list of lists) {
    const found = entries(home.plan).find((entry) => equal(entry.target, list.path) && entry.kind !== "unknown");
    if (found?.kind === "rule") return { why: `“${list.told.name}” is filled as a whole. Remove that rule first.` };
    if (found) {
      home = { ...home, into: [...found.place, "rules"], sight: within(found.sight, found.rule), at: list.path };
    } else {
      const next = left[0];
      const each = next ? opFor(next.path, home.sight) : ["list", opFor(source.path.slice(0, -1), home.sight)];
      const rule = { to: to(list.path, home.at), each, name: freeName(home.sight, (next ?? source.parent ?? source).told.name), rules: [] };
      const rules = /** @type {any[]} */ (at(home.plan, home.into) ?? []);
      home = { ...home, plan: addRule(home.plan, { into: home.into, rule }), into: [...home.into, rules.length, "rules"], sight: within(home.sight, rule), at: list.path };
    }
    const here = home.sight.loops.at(-1)?.path ?? null;
    const gone = left.findIndex((one) => equal(one.path, here));
    if (gone >= 0) left = left.slice(gone + 1);
  }
  return named({ ...home, left }, source.path);
}

/** Give a name to an outer loop whose item is read inside another. @param {Home} home @param {Path} path @returns {Home} */
function named(home, path) {
  const index = home.sight.loops.findLastIndex((loop) => loop.path && begins(path, loop.path));
  if (index < 0 || index === home.sight.loops.length - 1 || home.sight.loops[index].name) return home;
  const place = home.into.slice(0, 2 * (index + 1));
  const name = freeName(home.sight, path.at(-2) ?? "");
  const loops = home.sight.loops.with(index, { ...home.sight.loops[index], name });
  return { ...home, plan: changeRule(home.plan, { place, change: { name } }), sight: { ...home.sight, loops } };
}

/** @param {Path} path @param {Path} above */
const to = (path, above) => (path.length - above.length === 1 ? path[above.length] : path.slice(above.length));

/** A name that says what the item is: line of lines. @param {Sight} sight @param {string} list */
export function freeName(sight, list) {
  const taken = new Set([...sight.loops, ...sight.partners].map((one) => one.name));
  const words = list.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().split(/[^a-z]+/).filter(Boolean);
  const single = (words.at(-1) ?? "").replace(/ies$/, "y").replace(/(x|ch|sh|ss)es$/, "$1").replace(/s$/, "");
  const wished = [single, ...NAMES].find((name) => name.length > 2 && !taken.has(name));
  if (wished) return wished;
  let number = 2;
  while (taken.has(`item${number}`)) number += 1;
  return `item${number}`;
}

/** Write the operation to the target, beside what is there. @param {Home} home @param {Node} target @param {Op} op @param {string} more @returns {Done} */
function written(home, target, op, more) {
  const found = entries(home.plan).find((entry) => entry.kind === "rule" && equal(entry.target, target.path) && !("if" in entry.rule));
  const words = target.path.join(" / ");
  if (!found) {
    const plan = addRule(home.plan, { into: home.into, rule: { to: to(target.path, home.at), op } });
    return { kind: "done", plan, target: target.path, said: `“${words}” is filled.${more}` };
  }
  const before = found.rule.op;
  if (JSON.stringify(before) === JSON.stringify(op)) return { kind: "done", plan: home.plan, target: target.path, said: `“${words}” is filled from this field already.` };
  const both = before === "" || before === null ? op : combined(before, op, target);
  const said = both === op ? `“${words}” is filled.${more}` : `“${words}” now puts both fields together.`;
  return { kind: "done", plan: changeRule(home.plan, { place: found.place, change: { op: both } }), target: target.path, said };
}

/** Numbers are added, everything else is put together with a space between. @param {Op} before @param {Op} op @param {Node} target @returns {Op} */
export function combined(before, op, target) {
  if (isNumber(target.told.type)) return ["add", before, op];
  if (target.told.repeats) return ["flatten", ["list", before, op]];
  return Array.isArray(before) && before[0] === "concat" ? [...before, " ", op] : ["concat", before, " ", op];
}

/** @param {any[]} convert */
function conversionSaid([key]) {
  const words = /** @type {Record<string, string>} */ ({ to_string: "a text", to_integer: "a whole number", to_decimal: "a number", to_boolean: "yes or no", parse_date: "a date", parse_datetime: "a date and time", to_date: "a date" });
  return words[key] ? ` It is turned into ${words[key]}.` : " It is converted.";
}

// Lists

/** What one value may be taken from a list. @param {Node} source @param {Node} target @returns {Pick[]} */
function picksFor(source, target) {
  if (source.told.type === "object") return ["first", "last", "count"];
  /** @type {Pick[]} */
  const picks = ["first", "last", "join", "sum", "count"];
  return isNumber(target.told.type) ? ["sum", "first", "last", "count"] : picks;
}

/** The values of a field in all items of the lists. @param {Node[]} lists @param {Node} source @param {Sight} sight @param {any[] | null} convert @returns {Op} */
function ofItems(lists, source, sight, convert) {
  if (!lists.length) return ["list", converted(opFor(source.path, sight), convert)];
  const [list, ...deeper] = lists;
  const found = opFor(list.path, sight);
  if (!deeper.length && list.id === source.id && !convert) return found;
  const name = freeName(sight, list.told.name);
  const inside = { ...sight, loops: [...sight.loops, { name, path: list.path, group: null }] };
  const body = deeper.length ? ofItems(deeper, source, inside, convert) : converted(opFor(source.path, inside), convert);
  const all = ["map", found, name, body];
  return deeper.length ? ["flatten", all] : all;
}

/** @param {Pick} pick @param {Node[]} lists @param {Node} source @param {Node} target @param {Sight} sight @param {any[] | null} convert @returns {Op} */
function picked(pick, lists, source, target, sight, convert) {
  if (pick === "count") return convertedCount(ofItems(lists, source, sight, null), target);
  if (pick === "join") return ["join", ofItems(lists, source, sight, null), ", "];
  if (pick === "sum") {
    const values = source.told.type === "text" ? ["to_decimal"] : null;
    const sum = ["sum", ofItems(lists, source, sight, values)];
    return target.told.type === "text" ? ["to_string", sum] : sum;
  }
  return pick === "all" ? ofItems(lists, source, sight, convert) : converted([pick, ofItems(lists, source, sight, null)], convert);
}

/** @param {Op} list @param {Node} target */
const convertedCount = (list, target) => (target.told.type === "text" ? ["to_string", ["count", list]] : ["count", list]);

/** The value in the item that carries a code; of lists inside it, in their first. @param {Node[]} lists @param {Node} source @param {Chosen} wanted @param {Home} home @param {Tree} tree @returns {Op} */
function chosen([list, ...deeper], source, wanted, { sight }, tree) {
  const name = freeName(sight, list.told.name);
  const code = tree.find(wanted.qualifier)?.told.type === "integer" ? number(wanted.code) ?? wanted.code : wanted.code;
  const found = ["find", opFor(list.path, sight), name, ["eq", ["it", ...wanted.qualifier.slice(list.path.length)], code]];
  const rest = source.path.slice(list.path.length).flatMap((key, index) => (deeper.some((one) => one.path.length === list.path.length + index + 1) ? [key, 0] : [key]));
  return rest.length ? ["field", found, ...rest] : found;
}

/** @param {Plan} plan @param {Node} source @param {Node} target @param {Wish} wish @param {Trees} trees @returns {Done | No} */
function listToList(plan, source, target, wish, trees) {
  const home = entered(plan, source.parent ?? source, target, trees);
  if ("why" in home) return { kind: "refused", why: home.why };
  const each = opFor(source.path, home.sight);
  const there = entries(home.plan).find((entry) => equal(entry.target, target.path));
  const said = `For each of “${source.told.name}” there is one of “${target.told.name}”.`;
  if (there?.kind === "loop") return { kind: "done", plan: changeRule(home.plan, { place: there.place, change: { each } }), target: target.path, said };
  if (there) return { kind: "refused", why: `“${target.told.name}” is filled as a whole. Remove that rule first.` };
  const rule = { to: to(target.path, home.at), each, name: freeName(home.sight, source.told.name), rules: [] };
  let made = addRule(home.plan, { into: home.into, rule });
  let count = 0;
  for (const child of wish.isBare ? [] : trees.target.children(target)) {
    const same = trees.source.find([...source.path, child.told.name]);
    if (!same || same.told.repeats || child.told.repeats || child.told.type === "object" || same.told.type === "object") continue;
    const found = connected(made, { source: same.path, target: child.path }, trees);
    if (found.kind !== "done") continue;
    made = found.plan;
    count += 1;
  }
  const more = count ? ` ${count === 1 ? "One field" : `${count} fields`} of the same name ${count === 1 ? "is" : "are"} filled.` : " Now connect the fields inside.";
  return { kind: "done", plan: made, target: target.path, said: said + more };
}

/** Why a field cannot be the other end of a line that is being drawn; "" where it can. @param {Node} source @param {Node} target */
export function refusal(source, target) {
  if (source.told.repeats && source.told.type === "object" && target.told.repeats && target.told.type === "object") return "";
  if (target.told.repeats && target.told.type === "object" && source.told.type === "object") return "";
  const found = match(source, target);
  return found.ok ? "" : found.why;
}

