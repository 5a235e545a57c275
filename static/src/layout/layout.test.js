import assert from "node:assert/strict";
import test from "node:test";
import { edgeMoved, fieldChanged, fieldCut, gapAt, grouped, layoutWords, lineOf, numbersOf, recordChanged, toldApart, typeChanged, withField, withRecord } from "./layout.js";

const LINES = ["00BKK-01", "10BAG 0007", "10BELT0114", "99000002"].map((text, index) => ({ number: index + 1, text, record: "", values: null, problem: null }));
const APART = toldApart({}, LINES, 1, 2);
const DETAIL = { name: "detail", marks: [{ start: 1, value: "10" }], fields: [{ name: "sku", start: 3, length: 4 }, { name: "quantity", start: 7, length: 4, type: "integer", sign: "trailing" }] };

test("lines are told apart by a text, with the first and the last as header and trailer", () => {
  assert.deepEqual(APART.records, [
    { name: "record_00", role: "header", marks: [{ start: 1, value: "00" }], fields: [] },
    { name: "record_10", marks: [{ start: 1, value: "10" }], fields: [] },
    { name: "record_99", role: "trailer", marks: [{ start: 1, value: "99" }], fields: [] },
  ]);
  assert.deepEqual(grouped(LINES, APART).map((lines) => lines.map(({ number }) => number)), [[1], [2, 3], [4], []]);
  assert.equal(toldApart(APART, LINES, 1, 2).records.length, 3);
});

test("a type without a mark takes what no other takes", () => {
  const options = withRecord({ records: [DETAIL] });
  assert.deepEqual(grouped(LINES, options).map((lines) => lines.length), [2, 2, 0]);
});

test("a field is made of free columns only", () => {
  assert.deepEqual(gapAt({ ...DETAIL, fields: [] }, 5, 10), [3, 11]);
  assert.equal(gapAt(DETAIL, 8, 10), null);
  const only = { ...DETAIL, fields: [DETAIL.fields[1]] };
  assert.deepEqual(withField(only, 4, 9, 10).record.fields[0], { name: "field_1", start: 4, length: 3 });
  assert.deepEqual(withField(only, 5, 1, 10).record.fields[0], { name: "field_1", start: 3, length: 3 });
  assert.equal(withField(DETAIL, 4, 9, 10), null);
});

test("a field is cut in two, and its edges stop at its neighbours", () => {
  const cut = fieldCut(DETAIL, 9);
  assert.deepEqual(cut.record.fields.map(({ name, start, length }) => [name, start, length]), [["sku", 3, 4], ["quantity", 7, 2], ["field_1", 9, 2]]);
  assert.equal(fieldCut(DETAIL, 7), null);
  assert.equal(edgeMoved(DETAIL, 0, "end", 20).fields[0].length, 4);
  assert.deepEqual(edgeMoved(DETAIL, 1, "start", 9).fields[1].start, 9);
  assert.equal(edgeMoved(DETAIL, 1, "end", 3).fields[1].length, 1);
});

test("another type takes away what only the former had", () => {
  assert.deepEqual(typeChanged(DETAIL, 1, "text").fields[1], { name: "quantity", start: 7, length: 4 });
  const wide = fieldChanged(DETAIL, 1, { length: 8 });
  assert.deepEqual(typeChanged(wide, 1, "date").fields[1], { name: "quantity", start: 7, length: 8, type: "date", pattern: "YYYYMMDD" });
});

test("a new name of a record type is followed by what refers to it", () => {
  const options = { records: [DETAIL, { name: "note", within: "detail", fields: [] }], checks: [{ field: "n", records: ["detail"] }] };
  const changed = recordChanged(options, 0, { name: "line" });
  assert.equal(changed.records[1].within, "line");
  assert.deepEqual(changed.checks, [{ field: "n", records: ["line"] }]);
});

test("a layout is told in words, its numbers and places are found", () => {
  assert.equal(layoutWords({ records: [DETAIL] }), "1 record type, 2 fields");
  assert.equal(layoutWords({}), "nothing drawn yet");
  assert.deepEqual(numbersOf({ records: [DETAIL] }, () => true), ["quantity"]);
  assert.equal(lineOf("line 12, record detail, column 3"), 12);
});
