/** Imports point downwards, and features do not know each other. */
import { expect, test } from "vitest";

const LAYERS = [
  ["app"],
  ["features"],
  ["subjects"],
  ["filter", "charts", "payload", "table"],
  ["components"],
  ["address", "api", "format", "keys", "settings", "text", "time"],
];

const sources = import.meta.glob<string>("./*/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });

/** The folders that a file may not import from but does, as `folder (import)`. */
function breaches(path: string, source: string): string[] {
  const [, folder = "", feature = ""] = path.split("/");
  const level = LAYERS.findIndex((layer) => layer.includes(folder));
  const imports = [...source.matchAll(/from "@\/([\w-]+)(?:\/([\w-]+))?|import\("@\/([\w-]+)(?:\/([\w-]+))?/g)];
  return imports
    .map((found) => [found[1] ?? found[3] ?? "", found[2] ?? found[4] ?? ""] as const)
    .filter(([to, part]) => {
      const below = LAYERS.findIndex((layer) => layer.includes(to));
      return to === "features" && folder === "features" ? part !== feature : below < level;
    })
    .map((to) => `${path} imports ${to.join("/")}`);
}

test("every folder has a layer", () => {
  const folders = new Set(Object.keys(sources).map((path) => path.split("/")[1]));
  expect([...folders].filter((folder) => !LAYERS.flat().includes(folder ?? ""))).toEqual([]);
});

test("imports point downwards", () => {
  expect(Object.entries(sources).flatMap(([path, source]) => breaches(path, source))).toEqual([]);
});
