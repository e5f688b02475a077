import { describe, expect, it } from "vitest";
import type { FiguresRow } from "./queries";
import { parseMetric, stepStarts, stepsOf, stripSeries, total } from "./strip";

const row = (bucket_start_ms: number, traces: number, errors: number, p95: number) =>
  ({
    bucket_start_ms,
    traces,
    errors,
    duration_ms: { percentiles: { p50: 1, p95 } },
    cost_usd: null,
    tokens: null,
  }) as unknown as FiguresRow;

describe("the strip", () => {
  it("has a step for all of the time, from a multiple of its length on", () => {
    const steps = stepsOf(61_500, 121_000);
    expect(steps.stepMs).toBe(1000);
    const starts = stepStarts(steps);
    expect([starts[0], starts.at(-1), starts.length]).toEqual([61_000, 120_000, 60]);
  });

  it("counts errors apart, and 0 where nothing began", () => {
    const [errors, ok] = stripSeries("count", [row(1000, 5, 2, 9)], [0, 1000]);
    expect([errors?.values, ok?.values]).toEqual([
      [0, 2],
      [0, 3],
    ]);
    expect(total([row(0, 5, 2, 9), row(1000, 7, 0, 9)])).toBe(12);
  });

  it("measures nothing where nothing began", () => {
    expect(stripSeries("latency", [row(1000, 5, 2, 9)], [0, 1000])[1]?.values).toEqual([null, 9]);
    expect(stripSeries("cost", [row(1000, 5, 2, 9)], [0, 1000])[0]?.values).toEqual([0, null]);
  });

  it("shows counts unless the address says another metric", () => {
    expect([undefined, "latency", "nonsense"].map(parseMetric)).toEqual(["count", "latency", "count"]);
  });
});
