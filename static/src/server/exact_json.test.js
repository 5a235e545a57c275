import assert from "node:assert/strict";
import test from "node:test";
import { digits, number, parse } from "./exact_json.js";

const HAS_RAW = "rawJSON" in JSON;

test("numbers come back as they came", { skip: !HAS_RAW }, () => {
  const text = '{"id":123456789012345678,"price":0.10,"n":7,"list":[1.0,2]}';
  assert.equal(JSON.stringify(parse(text)), text);
});

test("a plain number stays a number", () => {
  assert.deepEqual(parse('{"n": 7, "half": 0.5}'), { n: 7, half: 0.5 });
});

test("the digits of a number are those that were written", { skip: !HAS_RAW }, () => {
  assert.equal(digits(parse("8900.00")), "8900.00");
  assert.equal(digits(12), "12");
  assert.equal(digits("12"), null);
});

test("what is typed is a number or nothing", () => {
  assert.equal(digits(number(" 42 ")), "42");
  assert.equal(number("042"), null);
  assert.equal(number("4 2"), null);
});
