import assert from "node:assert/strict";
import test from "node:test";
import { entriesOf, grouped, remembered, search } from "./palette.js";

const kind = (/** @type {string} */ name, /** @type {string} */ group) => /** @type {any} */ ({ kind: name, title: name, summary: `Does ${name}.`, group, icon: "plug", tone: "run" });
const SHOP = { key: "shop", title: "Shop", category: "commerce", operations: [{ key: "list_orders", title: "List orders", summary: "" }, { key: "get_order", title: "Get an order", summary: "" }] };
const ENTRIES = entriesOf([kind("webhook_trigger", "trigger"), kind("map", "data"), kind("call", "call")], [SHOP], [{ name: "Leather shop", connector: "shop" }]);

test("operations stand under their connector, with its only connection chosen", () => {
  assert.deepEqual(grouped(ENTRIES, []).map(([name, entries]) => [name, entries.length]), [["Start", 1], ["Data", 1], ["Shop", 2]]);
  assert.deepEqual(ENTRIES[2].offer.config, { connector: "shop", operation: "list_orders", connection: "Leather shop" });
});

test("every word must occur, and a title that begins with it comes first", () => {
  assert.deepEqual(search(ENTRIES, "shop order").map((entry) => entry.title), ["List orders", "Get an order"]);
  assert.deepEqual(search(ENTRIES, "get").map((entry) => entry.title), ["Get an order"]);
  assert.deepEqual(search(ENTRIES, "elephant"), []);
});

test("what was used lately stands first, once", () => {
  const recent = remembered(remembered([], "map"), "shop.get_order");
  assert.deepEqual(remembered(recent, "map"), ["map", "shop.get_order"]);
  assert.equal(grouped(ENTRIES, recent)[0][0], "Used lately");
});
