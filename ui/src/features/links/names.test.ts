import { expect, test } from "vitest";
import { alike, named } from "./names";

const ALL = [{ name: "/Shared/production-app" }, { name: "Default" }, { name: "/Shared/production-genai-app" }];

test("an experiment is found by its name, with the first slash or without", () => {
  expect(named(ALL, "/Shared/production-app")).toBe(ALL[0]);
  expect(named(ALL, "Shared/production-app")).toBe(ALL[0]);
  expect(named(ALL, "Default")).toBe(ALL[1]);
  expect(named(ALL, "default")).toBeUndefined();
});

test("where there is none, those with a like name are offered", () => {
  expect(alike(ALL, "/Team/PRODUCTION")).toEqual([ALL[0], ALL[2]]);
  expect(alike(ALL, "/")).toEqual([]);
});
