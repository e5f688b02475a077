import { expect, test } from "vitest";
import { chance, metricFormat, metricName, relative, signed, verdictOf } from "./metricWords";

const RATE = { name: "error_rate", statistic: "rate" };
const TIME = { name: "duration_ms.p95", statistic: "percentile" };

test("a metric has a name, and feedback its own", () => {
  expect(metricName("error_rate")).toBe("Error rate");
  expect(metricName("feedback.helpful")).toBe("helpful");
});

test("values are written in their unit", () => {
  expect(metricFormat(RATE)(0.126)).toBe("12.6 %");
  expect(metricFormat(TIME)(2554)).toBe("2.55 s");
  expect(metricFormat({ name: "cost_usd.mean", statistic: "mean" })(0.0018)).toBe("$0.0018");
});

test("a difference has its sign, and that of shares is in points", () => {
  expect(signed(RATE, 0.1061)).toBe("+10.6 points");
  expect(signed(TIME, -250)).toBe("−250 ms");
  expect(signed(TIME, null)).toBe("–");
});

test("a part of what was is a percentage, until it is many times as much", () => {
  expect(relative(0.2238)).toBe("+22.4 %");
  expect(relative(-0.5)).toBe("−50 %");
  expect(relative(15.35)).toBe("×16.4");
});

test("a chance that is very small is not written out", () => {
  expect(chance(1e-17)).toBe("<0.001");
  expect(chance(0.0142)).toBe("0.014");
});

test("too few traces are told apart from no evidence", () => {
  expect(verdictOf({ verdict: "no evidence", too_few: true })).toBe("too few");
  expect(verdictOf({ verdict: "no evidence", too_few: false })).toBe("no evidence");
  expect(verdictOf({ verdict: "worse", too_few: false })).toBe("worse");
});
