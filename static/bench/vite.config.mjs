import { resolve } from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: { emptyOutDir: true, target: "es2022", rollupOptions: { input: resolve(import.meta.dirname, "bare.html") } },
});
