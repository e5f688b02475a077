import { expect, test } from "vitest";
import { shortRun } from "./pages";

test("full pages are no short run, whatever came before", () => {
  expect(shortRun([0, 3, 100])).toBe(0);
  expect(shortRun([])).toBe(0);
});

test("short pages at the end are counted, empty ones too", () => {
  expect(shortRun([100, 3, 0])).toBe(2);
  expect(shortRun([0, 0, 0])).toBe(3);
});
