import { expect, test } from "vitest";
import { exactRange, parseRange, presetMs, stepMs } from "./range";

const NOW = 1_795_000_000_000;

test("a preset stays relative and an exact range exact", () => {
  expect(parseRange("24h", NOW)).toEqual({ startMs: NOW - 86_400_000, endMs: null });
  expect(parseRange(exactRange(1, 2), NOW)).toEqual({ startMs: 1, endMs: 2 });
  expect(parseRange("5..", NOW)).toEqual({ startMs: 5, endMs: null });
  expect(parseRange("all", NOW)).toEqual({ startMs: null, endMs: null });
});

test.each([undefined, "", "soon", "0h", "1y", "a..b"])("%j is the default of seven days", (text) => {
  expect(parseRange(text, NOW)).toEqual({ startMs: NOW - 7 * 86_400_000, endMs: null });
});

test("a moment that no calendar has is the default of seven days", () => {
  const beyond = "9000000000000000";
  expect(parseRange(`${beyond}..`, NOW)).toEqual({ startMs: NOW - 7 * 86_400_000, endMs: null });
  expect(parseRange(`0..${beyond}`, NOW)).toEqual({ startMs: NOW - 7 * 86_400_000, endMs: null });
});

test("any number of minutes, hours or days is a range", () => {
  expect(presetMs("90m")).toBe(5_400_000);
  expect(presetMs("365d")).toBe(365 * 86_400_000);
});

test.each([900_000, 86_400_000, 7 * 86_400_000, 400 * 86_400_000])("%s ms are cut into at most 60 steps", (length) => {
  expect(length / stepMs(length)).toBeLessThanOrEqual(60);
});
