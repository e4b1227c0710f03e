import { defineConfig } from "vite";

// The server's policy allows nothing inline and nothing from elsewhere: so no data: URLs, no inlined preload polyfill.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../wwwroot",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    sourcemap: false,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:5080" } },
});
