/**
 * Weighs what a page loads, gzipped, against the budgets of the design; and looks for selectors that ask for an inline style: with
 * one, each change of a style makes the browser compute the style of everything inside. Run after `vite build`.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUILD = fileURLToPath(new URL("../dist/build/", import.meta.url));
const BUDGETS_KB = { page: 60, charts: 25, builder: 300, css: 85 };

const manifest = JSON.parse(readFileSync(`${BUILD}manifest.json`, "utf8"));
const size = (path) => gzipSync(readFileSync(path), { level: 9 }).length / 1000;
const built = (name) => size(BUILD + name);

/** A chunk with everything it imports, each once. */
function scripts(key, seen = new Set()) {
  if (seen.has(key)) return 0;
  seen.add(key);
  const chunk = manifest[key];
  return built(chunk.file) + (chunk.imports ?? []).reduce((sum, next) => sum + scripts(next, seen), 0);
}

/** htmx comes inside a Python package; its place is an argument or the usual virtual environment. */
function htmx() {
  const candidates = [process.argv[2], "../../.venv/lib/python3.11/site-packages/django_htmx/static/django_htmx/htmx-2.min.js"];
  const path = candidates.filter(Boolean).map((name) => fileURLToPath(new URL(name, import.meta.url))).find(existsSync);
  return path ? size(path) : 17;
}

const sheets = new Set(Object.values(manifest).flatMap((chunk) => [chunk.file, ...(chunk.css ?? [])]).filter((file) => file.endsWith(".css")));
const weights = {
  page: scripts("entries/page.js") + htmx(),
  charts: scripts("entries/charts.js"),
  builder: scripts("entries/builder.jsx") + scripts("entries/page.js") + htmx(),
  css: [...sheets].reduce((sum, file) => sum + built(file), 0),
};

let over = false;
for (const [what, weight] of Object.entries(weights)) {
  const budget = BUDGETS_KB[what];
  over ||= weight > budget;
  console.log(`${what.padEnd(7)} ${weight.toFixed(1).padStart(6)} kB of ${budget} kB${weight > budget ? "  OVER" : ""}`);
}
const slow = [...sheets].filter((file) => readFileSync(BUILD + file, "utf8").includes("[style"));
for (const file of slow) console.log(`${file} asks for [style…]: every inline style of a page becomes dear`);
process.exitCode = over || slow.length ? 1 : 0;
