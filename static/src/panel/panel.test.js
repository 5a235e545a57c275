import assert from "node:assert/strict";
import test from "node:test";
import { digits, parse } from "../server/exact_json.js";
import { inputRows, unfilledPath, withInput, withoutInput } from "./input_rules.js";
import { bytesWords, callWords, retryWords, scheduleWords } from "./policy_words.js";
import { checkValue, fieldPlace, problemsAt, unplaced } from "./problems.js";
import { emptyOf, fallbackWords, fieldOf, fieldsOf, targetWords, wordOf } from "./schema.js";
import { filled, placeholderOf } from "./template.js";
import { at, moved, placeOf, put, renamed, without } from "./values.js";

const BRANCH = {
  $defs: { Case: { type: "object", required: ["port", "if"], properties: { port: { type: "string", title: "Name", pattern: "^[a-z]+$" }, if: { type: "array", format: "mapping-op", title: "Condition" } } } },
  type: "object",
  required: ["cases"],
  properties: {
    timeout_s: { anyOf: [{ exclusiveMinimum: 0, maximum: 60, type: "number" }, { type: "null" }], default: null, title: "Give up after" },
    cases: { type: "array", items: { $ref: "#/$defs/Case" }, minItems: 1, title: "Cases" },
    headers: { type: "object", additionalProperties: { type: "string" }, default: {}, title: "Headers" },
    input: { anyOf: [{ format: "mapping-plan", type: "object" }, { type: "null" }], default: null },
    weekdays: { type: "array", items: { enum: ["mon", "tue"], type: "string" }, default: ["mon", "tue"] },
    format: { type: "string", default: "json" },
    options: { type: "object", additionalProperties: true, default: {} },
    fields: { type: "object", patternProperties: { "^[a-z]": { format: "mapping-op", type: "array" } } },
  },
};

test("a form is read from the schema: main fields first, then the advanced", () => {
  const kinds = fieldsOf(BRANCH).map((field) => [field.name, field.kind, field.required, field.nullable]);
  assert.deepEqual(kinds, [
    ["cases", "objects", true, false], ["headers", "map", false, false], ["input", "plan", false, true], ["weekdays", "set", false, false],
    ["format", "format", false, false], ["options", "options", false, false], ["fields", "ops", false, false], ["timeout_s", "decimal", false, true],
  ]);
});

test("a text that may be one of a list, or another, is a text", () => {
  assert.equal(fieldOf("encoding", { anyOf: [{ enum: ["cp037"], type: "string" }, { pattern: "^x", type: "string" }], default: "cp037" }, {}, false).kind, "text");
});

test("defaults and choices are said in words", () => {
  const [weekdays] = fieldsOf(BRANCH).filter((field) => field.name === "weekdays");
  assert.equal(fallbackWords(weekdays), "Monday, Tuesday");
  assert.equal(wordOf("dead_letter"), "Dead letter");
  assert.equal(wordOf("GET"), "GET");
});

test("a new item has what it must have", () => {
  assert.deepEqual(emptyOf({ $ref: "#/$defs/Case" }, BRANCH), { port: "", if: "" });
});

test("one value changes, the others stay the same objects", () => {
  const config = { cases: [{ port: "a", if: ["now"] }, { port: "b", mine: 1 }], unknown: { kept: true } };
  const next = put(config, ["cases", 1, "port"], "c");
  assert.equal(next.cases[1].port, "c");
  assert.equal(next.cases[1].mine, 1);
  assert.equal(next.cases[0], config.cases[0]);
  assert.equal(next.unknown, config.unknown);
  assert.deepEqual(without(config, ["cases", 0]).cases, [config.cases[1]]);
  assert.equal(without(config, ["nobody"]), config);
  assert.equal(at(put({}, ["a", "b"], 1), ["a", "b"]), 1);
});

test("lists are reordered, keys renamed where they stand", () => {
  assert.deepEqual(moved([1, 2, 3], 0, 1), [2, 1, 3]);
  assert.deepEqual(moved([1, 2], 1, 1), [1, 2]);
  assert.deepEqual(Object.keys(renamed({ a: 1, b: 2 }, "a", "c")), ["c", "b"]);
  assert.deepEqual(renamed({ a: 1, b: 2 }, "a", "b"), { a: 1, b: 2 });
});

test("a problem stands at the field it names", () => {
  const problems = [{ place: "steps.choice.config.cases[0].if[1]" }, { place: "config.cases[10].port" }, { place: "steps.choice" }, { place: "timeout_s" }];
  assert.equal(placeOf(["cases", 0, "if"]), "cases[0].if");
  assert.equal(fieldPlace("steps.choice"), "");
  assert.deepEqual(problemsAt(problems, ["cases", 0, "if"]), [problems[0]]);
  assert.deepEqual(problemsAt(problems, ["cases", 1]), []);
  assert.deepEqual(problemsAt(problems, ["cases"], false), []);
  assert.deepEqual(unplaced(problems, fieldsOf(BRANCH)), [problems[2]]);
});

test("what is plainly wrong is said while typing", () => {
  const field = (schema, required = false) => fieldOf("x", schema, schema, required);
  assert.equal(checkValue(field({ type: "integer", minimum: 1, maximum: 9 }), 10), "From 1 to 9.");
  assert.equal(checkValue(field({ type: "integer" }), parse("1.50")), "This must be a whole number.");
  assert.equal(checkValue(field({ type: "number", exclusiveMinimum: 0 }), 0), "More than 0.");
  assert.equal(checkValue(field({ type: "string" }, true), ""), "This is needed.");
  assert.equal(checkValue(field({ type: "string", pattern: "^[a-z]+$" }), "A"), "This is not in the form it must have.");
  assert.equal(checkValue(field({ type: "string", pattern: "(?P<broken" }), "A"), "");
  assert.equal(checkValue(field({ type: "array", items: { type: "string" }, minItems: 1 }), []), "At least one is needed.");
});

test("the values in force are said in words", () => {
  assert.equal(retryWords(null, [0.1, 0.5, 2]), "tries 4 times within 2.6 seconds, as the flow says");
  assert.equal(retryWords([], [0.1]), "tries once");
  assert.equal(callWords({ retry: [30, 30], timeout_s: 20 }, []), "tries 3 times within 1 minute · gives each 20 seconds");
  assert.equal(bytesWords(1048576), "1 MB");
  assert.equal(scheduleWords({ daily_at: "06:30", weekdays: ["mon", "tue", "wed", "thu", "fri"], zone: "Asia/Bangkok" }), "Always at 06:30 from Monday to Friday, time of Asia/Bangkok.");
  assert.equal(scheduleWords({ every_minutes: 120 }), "Every 2 hours.");
  assert.equal(scheduleWords({ every_minutes: 15, weekdays: ["sat", "sun"] }), "Every 15 minutes on Saturday and Sunday, days of UTC.");
});

const FIELDS = [{ path: ["body", "date"], required: false }, { path: ["body", "customer"], required: true }, { path: ["body", "items"], required: true }, { path: ["body", "to", "city"], required: false }];
const PLAN = {
  version: 1,
  let: { a: ["get", "x"] },
  rules: [
    { to: ["body", "customer"], op: ["get", "order", "buyer"], onMissing: "error" },
    { to: ["body", "items"], each: ["get", "order", "lines"], rules: [{ to: "sku", op: ["it", "sku"] }] },
    { to: ["body", "more"], op: 7 },
    { to: ["body", "note"], op: "a", if: true },
  ],
};

test("plain rules are rows, others are by mapping, unknown fields come last", () => {
  const rows = inputRows(PLAN, FIELDS);
  assert.deepEqual(rows.map((row) => [row.path.join("."), row.state]), [
    ["body.customer", "rule"], ["body.items", "mapping"], ["body.date", "empty"], ["body.to.city", "empty"], ["body.more", "rule"], ["body.note", "mapping"],
  ]);
});

test("a row changes its own rule and no other", () => {
  const [customer, , date] = inputRows(PLAN, FIELDS);
  const next = withInput(PLAN, customer, "Acme");
  assert.deepEqual(next.rules[0], { to: ["body", "customer"], op: "Acme", onMissing: "error" });
  assert.deepEqual(next.rules.slice(1), PLAN.rules.slice(1));
  assert.equal(withInput(PLAN, date, ["now"]).rules.at(-1).to, date.path);
  assert.deepEqual(withInput(null, date, 1), { version: 1, rules: [{ to: ["body", "date"], op: 1 }] });
});

test("a row that is emptied takes its rule away; the last one takes the plan", () => {
  const [customer] = inputRows(PLAN, FIELDS);
  assert.equal(withoutInput(PLAN, customer).rules.length, 3);
  const single = { version: 1, rules: [{ to: "a", op: 1 }] };
  assert.equal(withoutInput(single, inputRows(single, [])[0]), null);
});

test("rules come back as they were where nothing changes", () => {
  for (const row of inputRows(PLAN, FIELDS)) {
    if (row.state === "rule") assert.deepEqual(withInput(PLAN, row, row.op), PLAN);
  }
});

test("a field filled by its parts is by mapping; its known parts have the rows instead", () => {
  const rules = [{ to: ["body", "to", "city"], op: 1 }];
  assert.deepEqual(inputRows({ rules }, [{ path: ["body", "to"] }]).map((row) => row.state), ["mapping"]);
  const both = inputRows({ rules }, [{ path: ["body", "to"] }, { path: ["body", "to", "city"] }]);
  assert.deepEqual(both.map((row) => [row.path.join("."), row.state]), [["body.to.city", "rule"]]);
});

test("a field that is part of a filled one has no row", () => {
  const rules = [{ to: ["body", "to"], op: ["get", "a"] }];
  assert.deepEqual(inputRows({ rules }, [{ path: ["body", "to", "city"] }]).map((row) => [row.path.join("."), row.state]), [["body.to", "rule"]]);
});

test("a needed field that nothing fills has a row, whatever its parts are", () => {
  const fields = [{ path: ["body", "to"], required: true }, { path: ["body", "to", "city"], required: false }];
  assert.deepEqual(inputRows(null, fields).map((row) => [row.path.join("."), row.state]), [["body.to", "empty"], ["body.to.city", "empty"]]);
});

test("the field of a warning is read from its words", () => {
  assert.equal(unfilledPath("“body.customer” is required by Create a sales order and no rule fills it."), "body.customer");
});

test("braces are filled from the sample", () => {
  assert.equal(placeholderOf(["order", "body", "id"]), "{order.body.id}");
  assert.equal(placeholderOf(["order", "lines", 0]), null);
  assert.equal(filled("no-{order.id}", { order: { id: parse("1.50") } }), `no-${digits(parse("1.50"))}`);
  assert.equal(filled("{order.nobody}", { order: {} }), null);
  assert.equal(filled("plain", {}), null);
});

test("a target is said in words", () => {
  assert.deepEqual([null, { canonical: "order" }, { operation: "shop.create" }, { format: "x12", options: { transaction_set: "855", envelope: {} } }, { json_schema: {} }].map(targetWords),
    ["not set", "business object order", "operation shop.create", "format x12, 855", "a schema of its own"]);
});
