import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, cookie } from "./theme.js";

test("the cookie says the choice", () => {
  assert.equal(chosen("a=1; theme=dark; b=2"), "dark");
  assert.equal(chosen("theme=light"), "light");
});

test("no cookie, a foreign one and an unknown word are auto", () => {
  for (const cookies of ["", "mytheme=dark", "theme=purple", "x=theme=dark1"]) assert.equal(chosen(cookies), "auto");
});

test("auto takes the cookie away", () => {
  assert.equal(cookie("auto", false), "theme=auto; path=/; max-age=0; samesite=lax");
  assert.equal(cookie("dark", true), "theme=dark; path=/; max-age=31536000; samesite=lax; secure");
});
