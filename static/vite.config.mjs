import { resolve } from "node:path";
import { defineConfig } from "vite";

const entry = (name) => resolve(import.meta.dirname, "src", name);

export default defineConfig({
  root: "src",
  base: "/static/build/",
  publicDir: false,
  build: {
    outDir: "../dist/build",
    emptyOutDir: true,
    manifest: "manifest.json",
    // light-dark() as it is written: older targets get two custom properties for each colour.
    cssTarget: ["chrome123", "edge123", "firefox121", "safari17.5"],
    license: { fileName: "licences.md" },
    // The policy has no font-src data:, and a file of its own is cached once for every page.
    assetsInlineLimit: (path) => (path.endsWith(".woff2") ? false : undefined),
    rollupOptions: {
      input: { app: entry("app.css"), page: entry("entries/page.js"), charts: entry("entries/charts.js"), builder: entry("entries/builder.jsx"), mapper: entry("entries/mapper.jsx") },
    },
  },
  resolve: { alias: { "@tabler/core/scss": resolve(import.meta.dirname, "node_modules/@tabler/core/scss") } },
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
});
