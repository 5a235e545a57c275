import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { parse } from "../server/exact_json.js";
import { compareBy, readCondition, withoutRow, withRow, writeCondition } from "./condition.js";
import { fieldsOf, rowsOf, valueAt } from "./fields.js";
import { isValue, keyed, literal, rootsOf, shapeOf } from "./op.js";
import { begun, composed, freeName, pipeline, placeOfCall, withCall, withMoved, withoutCall } from "./pipeline.js";
import { searched } from "./search.js";
import { say } from "./words.js";

const { functions: described, ops } = parse(readFileSync(new URL("../../../tests/data/expressions.json", import.meta.url), "utf8"));
const functions = keyed(described);
const parts = (op) => (Array.isArray(op) && op[0] !== "lit" ? [op, ...op.slice(1).flatMap(parts)] : [op]);
const every = ops.flatMap(parts);

test("each operation of the templates and of the examples comes back from the pipeline as it was", () => {
  for (const op of every) assert.deepEqual(composed(pipeline(op, functions)), op);
});

test("each operation comes back from the condition as it was", () => {
  for (const op of every) assert.deepEqual(writeCondition(readCondition(op)), op);
});

test("no operation of the templates is only text", () => {
  for (const op of ops) assert.notEqual(shapeOf(pipeline(op, functions).source, functions), "text", JSON.stringify(op));
});

test("a pipeline reads from left to right", () => {
  const pipe = pipeline(["round", ["multiply", ["get", "order", "total"], 2], 2], functions);
  assert.deepEqual(pipe.source, ["get", "order", "total"]);
  assert.deepEqual(pipe.calls, [{ key: "multiply", slot: 0, args: [2] }, { key: "round", slot: 0, args: [2] }]);
  assert.deepEqual(placeOfCall(pipe, 0), [1]);
  assert.deepEqual(placeOfCall(pipe, 1), []);
});

test("the value flows in where it is not fixed", () => {
  const pipe = pipeline(["lookup", "articles", ["it", "sku"]], functions);
  assert.deepEqual(pipe, { source: ["it", "sku"], calls: [{ key: "lookup", slot: 1, args: ["articles"] }] });
});

test("functions are added, moved and taken away", () => {
  const trimmed = withCall({ source: ["get", "a"], calls: [] }, begun(functions.get("trim")));
  const both = withCall(trimmed, begun(functions.get("upper")));
  assert.deepEqual(composed(both), ["upper", ["trim", ["get", "a"]]]);
  assert.deepEqual(composed(withMoved(both, 1, -1)), ["trim", ["upper", ["get", "a"]]]);
  assert.equal(withMoved(both, 1, 1), both);
  assert.deepEqual(composed(withoutCall(both, 0)), ["upper", ["get", "a"]]);
});

test("a list function begins with a name that is free", () => {
  assert.deepEqual(begun(functions.get("map"), ["one"]), { key: "map", slot: 0, args: ["each", ["it"]] });
  assert.equal(freeName(["one", "each", "part", "other", "inner"]), "item2");
});

test("what is unknown or malformed is text", () => {
  assert.equal(shapeOf(["uper", "a"], functions), "text");
  assert.equal(shapeOf(["upper"], functions), "text");
  assert.equal(shapeOf({ a: 1 }, functions), "text");
  assert.equal(shapeOf(["get", ["now"]], functions), "text");
});

test("a literal is a value, a path and a call are not", () => {
  assert.deepEqual([7, "a", null, ["lit", [1]], ["get", "a"], ["upper", ["get", "a"]]].map(isValue), [true, true, true, true, false, false]);
  assert.deepEqual(literal([1]), ["lit", [1]]);
  assert.ok(isValue(parse("820982911946154508")));
});

test("conditions grow and shrink", () => {
  const one = readCondition(["gt", ["get", "total"], 100]);
  const two = withRow(one, "or");
  assert.deepEqual(writeCondition(two), ["or", ["gt", ["get", "total"], 100], ["eq", "", ""]]);
  assert.deepEqual(withoutRow(two, 1), one);
  assert.deepEqual(writeCondition(compareBy(one, "not is_empty")), ["not", ["is_empty", ["get", "total"]]]);
});

test("operations are said in plain words", () => {
  const titles = { order: "New order" };
  assert.equal(say(["gt", ["get", "order", "body", "total"], 100], functions, titles), "New order / body / total is greater than 100");
  assert.equal(say(["and", ["is_empty", ["it"]], ["or", ["eq", 1, 2], ["not", ["is_missing", ["let", "a"]]]]], functions), "item is empty and (1 is 2 or a is there)");
  assert.equal(say(["upper", ["get", "order", "lines", 0, "sku"]], functions), "Upper case (order / lines / item 1 / sku)");
});

test("only what an operation reads of the scope is needed", () => {
  assert.deepEqual(rootsOf(["add", ["get", "a", "x"], ["get", "b"]]), new Set(["a", "b"]));
  assert.equal(rootsOf(["get"]), null);
  assert.equal(rootsOf(["jsonata", "$sum(a)"]), null);
});

test("fields come from the schema and from the sample", () => {
  const schema = { type: "object", properties: { id: { type: "integer", title: "Number" }, lines: { type: "array", items: { $ref: "#/$defs/line" } } }, $defs: { line: { type: "object", properties: { sku: { type: "string" } } } } };
  const tree = fieldsOf(schema, { lines: [{ sku: "A1", more: true }] });
  assert.deepEqual(tree.map((node) => [node.name, node.type, node.hasSample]), [["id", "whole number", false], ["lines", "list", true]]);
  assert.deepEqual(tree[1].children[0].children.map((node) => [node.path, node.type, node.sample]), [[["lines", 0, "sku"], "text", "A1"], [["lines", 0, "more"], "yes or no", true]]);
});

test("a search finds fields anywhere, open branches show theirs", () => {
  const tree = fieldsOf(null, { order: { total: 1, id: 2 }, shop: "x" });
  assert.deepEqual(rowsOf(tree, new Set()).map((row) => row.node.name), ["order", "shop"]);
  assert.deepEqual(rowsOf(tree, new Set(['["order"]'])).map((row) => [row.node.name, row.level]), [["order", 1], ["total", 2], ["id", 2], ["shop", 1]]);
  assert.deepEqual(rowsOf(tree, new Set(), "order tot").map((row) => row.node.path), [["order", "total"]]);
});

test("a value is found as the engine finds it", () => {
  const value = { lines: [{ sku: "A1" }, { sku: "B2" }] };
  assert.equal(valueAt(value, ["lines", -1, "sku"]), "B2");
  assert.equal(valueAt(value, ["lines", "sku"]), undefined);
});

test("functions are found by plain words", () => {
  assert.equal(searched(functions, "upper")[0].key, "upper");
  assert.ok(searched(functions, "time zone").some((fn) => fn.key === "to_zone"));
  assert.ok(!searched(functions, "", { flowing: true }).some((fn) => fn.key === "if"));
});
