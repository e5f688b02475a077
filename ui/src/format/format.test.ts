import { expect, test } from "vitest";
import { bytes, count, duration, percent, shortCount, usd } from "./numbers";
import { age, moment } from "./time";

test.each([
  [0, "0 ms"],
  [0.0421, "0.042 ms"],
  [0.42, "0.4 ms"],
  [12.4, "12 ms"],
  [999.6, "1.00 s"],
  [1240, "1.24 s"],
  [59_960, "1 m 00 s"],
  [185_000, "3 m 05 s"],
  [7_800_000, "2 h 10 m"],
  [null, "–"],
])("%s ms reads %s", (ms, words) => expect(duration(ms)).toBe(words));

test.each([
  [0, "$0"],
  [12.3, "$12.30"],
  [0.0042, "$0.0042"],
  [0.000_012_34, "$0.000012"],
  [1234.5, "$1,234.50"],
  [undefined, "–"],
])("%s dollars read %s", (value, words) => expect(usd(value)).toBe(words));

test("counts, shares and sizes are short and honest", () => {
  expect([count(12_345), shortCount(12_345), count(null)]).toEqual(["12,345", "12.3K", "–"]);
  expect([percent(0), percent(0.0004), percent(0.034), percent(0.9999), percent(1)]).toEqual([
    "0 %",
    "<0.1 %",
    "3.4 %",
    ">99.9 %",
    "100 %",
  ]);
  expect([bytes(999_700), bytes(9_960)]).toEqual(["1.0 MB", "10 kB"]);
  expect([bytes(14), bytes(14_200), bytes(2_100_000)]).toEqual(["14 B", "14 kB", "2.1 MB"]);
});

test("a moment of today needs no day, one of another year names it", () => {
  const now = new Date(2026, 10, 22, 12, 0, 0).getTime();
  expect(moment(now - 3_600_000, now)).toBe("11:00:00");
  expect(moment(new Date(2026, 0, 5, 9, 30).getTime(), now)).toBe("05 Jan 09:30:00");
  expect(moment(new Date(2025, 0, 5, 9, 30).getTime(), now)).toContain("2025");
  expect(age(now - 300_000, now)).toMatch(/5 min/);
});
