import { fileURLToPath } from "node:url";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const SERVER = process.env.TRILHA_URL ?? "http://127.0.0.1:5000";

export default defineConfig({
  plugins: [react(), tailwind()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2023",
    assetsInlineLimit: 0, // what is inlined the content policy refuses
    // What several pages share comes as one file: forty small ones cost a browser more than they save.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 4 }] } } },
  },
  server: { proxy: { "/api": SERVER, "/v1": SERVER, "/version": SERVER } },
  // One page for all files: to make one for each takes six times as long as the tests.
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/setup.testing.ts"],
    isolate: false,
  },
});
