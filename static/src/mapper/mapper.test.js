import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { addRule, changeRule, moveRule, removeLet, removeRule, setLet } from "./commands.js";
import { qualifiers } from "./choosing.js";
import { connected, opFor } from "./connecting.js";
import { ROW, bands, drawn, indexed, placed, windowOf } from "./drawing.js";
import { editorSight } from "./editing.js";
import { match } from "./matching.js";
import { filled, findings } from "./problems.js";
import { entries, linesOf, placeId, reads, rulePlace, sightOf, within } from "./reading.js";
import { brief, generated, seen } from "./sampling.js";
import { accepted, acceptedAll, open } from "./suggested.js";
import { Tree, moved, openedAtFirst, rowsOf, typedTo } from "./tree.js";

const field = (name, type = "text", more = {}) => ({ name, type, ...more });
const group = (name, fields, more = {}) => ({ name, type: "object", fields, ...more });
const list = (name, fields, more = {}) => group(name, fields, { repeats: true, ...more });
const told = (fields, definitions = {}) => ({ title: "", fields, definitions, open: false, type: "object", repeats: false });
const SOURCE = new Tree(told([
  group("order", [
    group("body", [
      field("name"), field("total"), field("count", "integer"), field("tax", "decimal"), field("day", "text", { notation: "DD.MM.YYYY" }), field("tags", "text", { repeats: true }),
      list("lines", [field("sku"), field("n", "integer"), list("taxes", [field("rate", "decimal")])]),
    ]),
  ]),
]));
const TARGET = new Tree(told([
  field("reference", "text", { required: true }), field("sum", "decimal"), field("day", "date"), group("who", [field("name")]),
  list("items", [field("sku"), field("n", "integer"), field("order"), list("vat", [field("rate", "decimal"), field("sku")])]), field("labels", "text", { repeats: true }),
]));
const TREES = { source: SOURCE, target: TARGET };
const EMPTY = { version: 1, rules: [] };
const B = ["order", "body"];
const draw = (plan, source, target, more = {}) => connected(plan, { source: [...B, ...source], target, ...more }, TREES);
const plan = (...lines) => lines.reduce((so, [source, target, more]) => draw(so, source, target, more).plan, EMPTY);

test("a line makes a rule, converted where the types differ", () => {
  assert.deepEqual(plan([["name"], ["reference"]]).rules, [{ to: "reference", op: ["get", "order", "body", "name"] }]);
  assert.deepEqual(plan([["total"], ["sum"]]).rules[0].op, ["to_decimal", ["get", "order", "body", "total"]]);
  assert.deepEqual(plan([["day"], ["day"]]).rules[0].op, ["parse_date", ["get", "order", "body", "day"], "DD.MM.YYYY"]);
});

test("a second line puts both together, numbers are added", () => {
  assert.deepEqual(plan([["name"], ["reference"]], [["total"], ["reference"]]).rules[0].op, ["concat", ["get", "order", "body", "name"], " ", ["get", "order", "body", "total"]]);
  assert.deepEqual(plan([["tax"], ["sum"]], [["count"], ["sum"]]).rules[0].op, ["add", ["get", "order", "body", "tax"], ["get", "order", "body", "count"]]);
});

test("a field of a list makes the loop that it needs, once", () => {
  const made = plan([["lines", "sku"], ["items", "sku"]], [["lines", "n"], ["items", "n"]], [["name"], ["items", "order"]]);
  assert.deepEqual(made.rules, [{
    to: "items", each: ["get", "order", "body", "lines"], name: "line",
    rules: [{ to: "sku", op: ["it", "sku"] }, { to: "n", op: ["it", "n"] }, { to: "order", op: ["get", "order", "body", "name"] }],
  }]);
});

test("loops nest, and an outer item is read by its name", () => {
  const made = plan([["lines", "taxes", "rate"], ["items", "vat", "rate"]], [["lines", "sku"], ["items", "vat", "sku"]]);
  assert.deepEqual(made.rules[0].rules[0], { to: "vat", each: ["it", "taxes"], name: "tax", rules: [{ to: "rate", op: ["it", "rate"] }, { to: "sku", op: ["item", "line", "sku"] }] });
});

test("an outer loop without a name gets one when it is read", () => {
  const before = { version: 1, rules: [{ to: "items", each: ["get", "order", "body", "lines"], rules: [{ to: "vat", each: ["it", "taxes"], rules: [] }] }] };
  const made = draw(before, ["lines", "sku"], ["items", "vat", "sku"]).plan;
  assert.equal(made.rules[0].name, "line");
  assert.deepEqual(made.rules[0].rules[0].rules, [{ to: "sku", op: ["item", "line", "sku"] }]);
});

test("list to list fills fields of the same name", () => {
  const made = plan([["lines"], ["items"]]);
  assert.deepEqual(made.rules[0].rules.map((rule) => rule.to), ["sku", "n"]);
});

test("a list and one value: which one is asked", () => {
  assert.deepEqual(draw(EMPTY, ["lines", "sku"], ["reference"]), { kind: "ask", picks: ["first", "last", "join", "sum", "count"], list: "lines", of: ["order", "body", "lines"] });
  const values = ["map", ["get", "order", "body", "lines"], "line", ["it", "sku"]];
  assert.deepEqual(draw(EMPTY, ["lines", "sku"], ["reference"], { pick: "first" }).plan.rules[0].op, ["first", values]);
  assert.deepEqual(draw(EMPTY, ["lines", "sku"], ["reference"], { pick: "join" }).plan.rules[0].op, ["join", values, ", "]);
  const rates = ["flatten", ["map", ["get", "order", "body", "lines"], "line", ["map", ["it", "taxes"], "tax", ["it", "rate"]]]];
  assert.deepEqual(draw(EMPTY, ["lines", "taxes", "rate"], ["sum"], { pick: "sum" }).plan.rules[0].op, ["sum", rates]);
});

test("the item that carries a code is found by it, and the first of the lists inside", () => {
  const code = field("01", "text", { title: "Entity code", choices: { BY: "Buyer", ST: "Ship to" } });
  const source = new Tree(told([list("loop", [group("N1", [code, field("02")]), list("N4", [field("01")])])]));
  const target = new Tree(told([field("city")]));
  const made = connected(EMPTY, { source: ["loop", "N4", "01"], target: ["city"], chosen: { qualifier: ["loop", "N1", "01"], code: "ST" } }, { source, target });
  assert.deepEqual(made.kind === "done" && made.plan.rules[0].op, ["field", ["find", ["get", "loop"], "loop", ["eq", ["it", "N1", "01"], "ST"]], "N4", 0, "01"]);
  const scope = { loop: [{ N1: { "01": "ST", "02": "Store" } }] };
  assert.deepEqual(qualifiers(source, ["loop"], scope), [{ path: ["loop", "N1", "01"], words: "N1 01 – Entity code", codes: [{ code: "ST", word: "Ship to" }, { code: "BY", word: "Buyer" }] }]);
});

test("a list of single values takes a list, the values of one, or a single one", () => {
  assert.deepEqual(plan([["tags"], ["labels"]]).rules[0].op, ["get", "order", "body", "tags"]);
  assert.deepEqual(plan([["lines", "sku"], ["labels"]]).rules[0].op, ["map", ["get", "order", "body", "lines"], "line", ["it", "sku"]]);
  assert.deepEqual(plan([["name"], ["labels"]]).rules[0].op, ["list", ["get", "order", "body", "name"]]);
});

test("a single group fills a list with one item", () => {
  assert.deepEqual(plan([["name"], ["items", "sku"]]).rules[0].each, ["list", ["get", "order", "body"]]);
});

test("what cannot be connected says why", () => {
  assert.match(draw(EMPTY, ["lines"], ["reference"]).why, /is a group of fields/);
  assert.match(match(SOURCE.find([...B, "tax"]), TARGET.find(["day"])).why, /cannot become/);
  const whole = { version: 1, rules: [{ to: "items", op: ["lit", []] }] };
  assert.match(draw(whole, ["lines", "sku"], ["items", "sku"]).why, /filled as a whole/);
});

test("a named value is used where it leads to the field", () => {
  const sight = sightOf({ let: { body: ["get", "order", "body"] } });
  assert.deepEqual(opFor(["order", "body", "name"], sight), ["let", "body", "name"]);
  assert.deepEqual(reads(["let", "body", "name"], sight), [["order", "body", "name"]]);
});

test("a named value that is one item of a list shows that item's sample", () => {
  const values = { rates: { list: [{ days: 2 }, { days: 3 }] } };
  const least = ["min_by", ["filter", ["get", "rates", "list"], "one", ["lt", ["it", "days"], 5]], "one", ["it", "days"]];
  const lets = { all: ["get", "rates", "list"], least };
  assert.deepEqual(editorSight(sightOf({ let: lets }), values).lettings, { all: values.rates.list, least: { days: 2 } });
});

test("fields are found through loops, joins, groups and functions on lists", () => {
  const rule = { to: "items", each: ["get", "a"], name: "x", join: [{ list: ["get", "stock"], name: "s", by: ["it", "k"], on: ["it", "k"] }], group: { by: { k: ["it", "sku"] } }, rules: [] };
  const inside = within(sightOf({}), rule);
  assert.deepEqual(reads(["list", ["it", "key", "k"], ["it", "items", "n"], ["item", "s", "left"]], inside), [["a", "sku"], ["a", "n"], ["stock", "left"]]);
  const best = ["min_by", ["filter", ["get", "rates"], "r", ["lt", ["it", "days"], 5]], "r", ["it", "cost"]];
  assert.deepEqual(reads(["field", best, "carrier"], sightOf({})), [["rates", "carrier"], ["rates", "days"], ["rates", "cost"]]);
});

test("lines say what they stand for", () => {
  const found = linesOf(entries({ rules: [{ to: "a", op: ["get", "x"], if: ["get", "y"] }, { to: "l", each: ["get", "z"], rules: [{ to: "b", op: ["it", "q"] }] }] }));
  assert.deepEqual(found.map((line) => [line.source.join("."), line.target.join("."), line.kind]), [["x", "a", "value"], ["y", "a", "condition"], ["z", "l", "loop"], ["z.q", "l.b", "value"]]);
});

test("places of the server lead to rules", () => {
  assert.deepEqual(rulePlace("rules[3].rules[0].op[1]"), ["rules", 3, "rules", 0]);
  assert.equal(placeId(["rules", 3, "rules", 0]), "rules[3].rules[0]");
  const found = findings([{ code: "mapping.type", severity: "error", message: "m", hint: "", place: "rules[0].op" }, { code: "mapping.required_target", severity: "error", message: "“who / name” is required in the target, and no rule writes it.", hint: "", place: "rules" }], entries(plan([["name"], ["reference"]])));
  assert.deepEqual(found.map((one) => [one.kind, one.path]), [["required", ["who", "name"]], ["error", ["reference"]]]);
});

test("commands change only what they name", () => {
  const one = plan([["name"], ["reference"]], [["tax"], ["sum"]], [["lines", "sku"], ["items", "sku"]]);
  const two = changeRule(one, { place: ["rules", 1], change: { onMissing: "error" } });
  assert.equal(two.rules[0], one.rules[0]);
  assert.deepEqual(changeRule(two, { place: ["rules", 1], change: { onMissing: undefined } }), one);
  assert.deepEqual(removeRule(addRule(one, { into: ["rules"], rule: { to: "x", op: 1 } }), { place: ["rules", 3] }), one);
  assert.deepEqual(moveRule(moveRule(one, { place: ["rules", 0], by: 1 }), { place: ["rules", 1], by: -1 }), one);
  assert.deepEqual(removeLet(setLet(one, { name: "a", op: 1 }), { name: "a" }), one);
  assert.deepEqual(Object.keys(setLet(one, { name: "a", op: 1 })), ["version", "let", "rules"]);
});

test("trees open, search, move and find by typing; structures that hold themselves end", () => {
  const open = openedAtFirst(SOURCE);
  const rows = rowsOf(SOURCE, open);
  assert.equal(rows.length, 13);
  assert.deepEqual(rowsOf(SOURCE, open, "rate").map((row) => row.node.told.name), ["order", "body", "lines", "taxes", "rate"]);
  assert.deepEqual(moved(rows, 0, "ArrowLeft"), { fold: '["order"]', open: false });
  assert.deepEqual(moved(rows, 2, "ArrowLeft"), { at: 1 });
  assert.equal(rows[typedTo(rows, 0, "li")].node.told.name, "lines");
  const again = new Tree(told([{ name: "a", type: "object", ref: "A" }], { A: [{ name: "a", type: "object", ref: "A" }, field("b")] }));
  assert.ok(again.all(1_000).length < 10);
  assert.ok(again.find(["a", "a", "a", "b"]));
});

test("fields that only the plan knows stand in the tree", () => {
  const tree = new Tree(told([field("a")]), [{ path: ["x", "y"], repeats: false }, { path: ["a"], repeats: false }]);
  assert.deepEqual(tree.roots.map((node) => [node.told.name, node.isExtra]), [["a", false], ["x", true]]);
  assert.equal(tree.find(["x", "y"])?.isExtra, true);
});

test("lines run to the group where a field is folded, and to the edge where it is scrolled away", () => {
  const rows = rowsOf(SOURCE, new Set(['["order"]']));
  const target = rowsOf(TARGET, openedAtFirst(TARGET));
  const all = placed(linesOf(entries(plan([["name"], ["reference"]]))), indexed(rows), indexed(target));
  const [line] = drawn(all, { top: 0, height: 320 }, { top: 0, height: 320 }, 100);
  assert.deepEqual([line.isDashed, line.y1, line.y2], [true, ROW * 1.5, ROW / 2]);
  assert.equal(drawn(all, { top: 320, height: 320 }, { top: 320, height: 320 }, 100).length, 0);
  assert.equal(drawn(all, { top: 320, height: 320 }, { top: 0, height: 320 }, 100)[0].y1, 1);
  const both = bands([{ source: ["order"], target: ["items"], depth: 0, name: "x" }], rows, target, { top: 0, height: 99 }, { top: 0, height: 999 }, 10);
  assert.equal(both.length, 1);
  assert.deepEqual(windowOf(5_000, { top: 32_000, height: 320 }), { first: 984, last: 1030 });
});

test("suggestions are drawn; a loop that stays empty is left out", () => {
  const suggestion = (source, target, more = {}) => ({ source: [...B, ...source], target, score: 90, reasons: [], list: false, qualifier: [], code: "", ...more });
  const all = [suggestion(["lines"], ["items"], { list: true }), suggestion(["lines", "sku"], ["items", "sku"]), suggestion(["name"], ["reference"])];
  const made = acceptedAll(EMPTY, all, TREES);
  assert.deepEqual(made.rules.map((rule) => rule.to), ["items", "reference"]);
  assert.deepEqual(open(all, made), []);
  assert.deepEqual(acceptedAll(EMPTY, all.slice(0, 1), TREES), EMPTY);
  const coded = accepted(EMPTY, suggestion(["lines", "sku"], ["reference"], { qualifier: [...B, "lines", "n"], code: "ST" }), TREES);
  assert.deepEqual(coded.rules[0].op, ["field", ["find", ["get", "order", "body", "lines"], "line", ["eq", ["it", "n"], "ST"]], "sku"]);
});

test("samples are made from a schema, and values found in them", () => {
  const made = generated(SOURCE);
  assert.equal(seen(made, [...B, "lines", "taxes", "rate"]), 12.5);
  assert.equal(brief(seen(made, [...B, "tags"])), "1 item");
  assert.deepEqual(filled(TARGET, entries(plan([["name"], ["reference"]]))), { done: 1, all: 10 });
});

test("reading a plan of the demo and writing it by commands gives the same plan", () => {
  const cases = JSON.parse(readFileSync(new URL("../../../tests/data/mapper_plans.json", import.meta.url), "utf8"));
  assert.ok(cases.length >= 10);
  for (const before of cases) {
    const built = entries(before).reduce((so, { place, rule }) => {
      const index = place.at(-1);
      return addRule(so, { into: place.slice(0, -1), index, rule: rule && typeof rule === "object" && Array.isArray(rule.rules) ? { ...rule, rules: [] } : rule });
    }, { ...before, rules: [] });
    assert.equal(JSON.stringify(built), JSON.stringify(before));
    for (const { place, kind } of entries(before)) {
      if (kind === "unknown") continue;
      const there = changeRule(changeRule(before, { place, change: { onMissing: before.none } }), { place, change: {} });
      assert.deepEqual(entries(there).map((entry) => entry.target), entries(before).map((entry) => entry.target));
    }
    linesOf(entries(before));
  }
});
