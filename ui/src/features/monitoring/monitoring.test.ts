import { describe, expect, it } from "vitest";
import { isBoard } from "./Boards";
import { pointChange, relativeChange } from "./change";
import { feedbackOf, isShare, leadingFeedback, type Said, valuesOf } from "./feedback";
import { narrowed } from "./narrowed";
import { periodBefore, periodOf, refreshMs, seldom } from "./period";
import { bySteps, firstSeen, largestGroups, type TraceRow, tokens, traffic, withoutSharedStart } from "./rows";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 10, 22, 10, 17);

const row = (fields: Partial<TraceRow>): TraceRow => ({
  group: {},
  bucket_start_ms: 0,
  traces: 1,
  errors: 0,
  error_rate: 0,
  duration_ms: { count: 1, mean: 1, least: 1, most: 1, percentiles: {} },
  tokens: null,
  traces_with_usage: 0,
  cost_usd: null,
  traces_with_cost: 0,
  assessments: null,
  ...fields,
});

it("an address names a board by its own name, not by what every object has", () => {
  expect(["errors", "toString", undefined].map(isBoard)).toEqual([true, false, false]);
});

describe("steps", () => {
  it("begin at multiples of their length since 1970 in UTC, as the server's do", () => {
    const { stepMs, xMs, startMs } = periodOf("24h", NOW_MS, null);
    expect(stepMs).toBe(HOUR_MS);
    expect(xMs.every((at) => at % HOUR_MS === 0)).toBe(true);
    expect(xMs[0]).toBeLessThanOrEqual(startMs);
    expect(xMs.at(-1)).toBe(Date.UTC(2026, 10, 22, 10));
  });
  it("do not begin at the end of the time", () => {
    expect(periodOf(`${DAY_MS}..${2 * DAY_MS}`, NOW_MS, null).xMs.at(-1)).toBe(DAY_MS + 23 * HOUR_MS);
  });
  it("of all time begin with the first trace", () => {
    expect(periodOf("all", NOW_MS, NOW_MS - DAY_MS).startMs).toBe(NOW_MS - DAY_MS);
  });
  it("of no time at all are one", () => expect(periodOf("all", NOW_MS, null).xMs).toHaveLength(1));
});

describe("the time before", () => {
  it("ends where the time begins, by whole steps", () => {
    const now = periodOf("7d", NOW_MS, null);
    const before = periodBefore(now);
    expect(before.endMs).toBe(now.startMs);
    expect(before.xMs.length).toBe(now.xMs.length);
    expect(before.xMs.every((at) => at % now.stepMs === 0)).toBe(true);
  });
  it("of a length that is no multiple of a step begins up to a step earlier, so that steps have counterparts", () => {
    const now = periodOf(`${NOW_MS - 5 * HOUR_MS}..${NOW_MS + 1}`, NOW_MS, null);
    const before = periodBefore(now);
    expect((now.startMs - before.startMs) % now.stepMs).toBe(0);
    expect(before.endMs).toBeLessThanOrEqual(now.startMs);
  });
});

it("what is dear is asked for times that move seldom, and hold all of the period", () => {
  const [one, later] = [periodOf("7d", NOW_MS, null), periodOf("7d", NOW_MS + 60_000, null)].map(seldom);
  expect(one).toEqual({ ...later, xMs: one?.xMs });
  expect(one?.startMs).toBeLessThanOrEqual(periodOf("7d", NOW_MS, null).startMs);
  expect(one?.endMs).toBeGreaterThanOrEqual(NOW_MS + 60_000);
  const short = periodOf("1h", NOW_MS, null);
  expect(seldom(short)).toBe(short);
});

it("long times are read again less often", () => {
  expect(refreshMs(periodOf("15m", NOW_MS, null))).toBe(10_000);
  expect(refreshMs(periodOf("90d", NOW_MS, null))).toBe(60_000);
});

describe("series", () => {
  const period = periodOf(`0..${4 * HOUR_MS}`, NOW_MS, null);
  const at = (index: number, fields: Partial<TraceRow>) => row({ bucket_start_ms: index * period.stepMs, ...fields });
  it("have 0 for a count without a row, and nothing for a measurement", () => {
    const rows = [at(1, { traces: 5, errors: 2, error_rate: 0.4 })];
    expect(traffic(rows, period).fine.slice(0, 3)).toEqual([0, 3, 0]);
    expect(traffic(rows, period).failed.slice(0, 3)).toEqual([0, 2, 0]);
    expect(bySteps(rows, period, (one) => one.error_rate, null).slice(0, 3)).toEqual([null, 0.4, null]);
  });
  it("leave out rows that lie in no step", () => {
    expect(bySteps([at(-1, {}), at(1000, {})], period, (one) => one.traces, 0).every((value) => value === 0)).toBe(
      true,
    );
  });
  it("count tokens of a cache once", () => {
    const all = {
      input_tokens: 100,
      output_tokens: 7,
      total_tokens: 107,
      cache_read_tokens: 40,
      cache_write_tokens: 0,
    };
    const found = tokens([at(0, { tokens: all })], period);
    expect([found.uncached[0], found.cached[0], found.output[0]]).toEqual([60, 40, 7]);
  });
  it("of the largest groups come first; the others are summed, and groups of nothing left out", () => {
    const of = (name: string | null, step: number, cost: number) =>
      at(step, { group: { model: name }, cost_usd: cost });
    const rows = [of("a", 0, 1), of("b", 0, 5), of("c", 1, 2), of("d", 0, 0), of("a", 1, 1.5)];
    const { groups, others } = largestGroups(rows, "model", (one) => one.cost_usd, 2);
    expect(groups.map(({ name, total }) => [name, total])).toEqual([
      ["b", 5],
      ["a", 2.5],
    ]);
    expect(bySteps(others, period, (one) => one.cost_usd, 0).slice(0, 2)).toEqual([0, 2]);
  });
});

describe("versions", () => {
  const seen = (version: string | null, atMs: number) => row({ group: { version }, bucket_start_ms: atMs });
  it("are news at their first step, unless they were there before", () => {
    const rows = [seen("agent-v2", 20), seen("agent-v2", 10), seen("agent-v1", 10), seen(null, 0)];
    expect(firstSeen(rows, [seen("agent-v1", 0)], "version")).toEqual([{ atMs: 10, label: "v2" }]);
  });
  it("are named without the words that all begin with", () => {
    expect(withoutSharedStart(["my-app-1.0", "my-app-1.1"])).toEqual(["1.0", "1.1"]);
    expect(withoutSharedStart(["alone-1"])).toEqual(["alone-1"]);
    expect(withoutSharedStart(["alpha", "alps"])).toEqual(["alpha", "alps"]);
  });
});

describe("changes", () => {
  it("are relative to before", () => {
    expect(relativeChange(150, 100)).toEqual({ words: "50 %", direction: "up" });
    expect(relativeChange(95, 100)).toEqual({ words: "5.0 %", direction: "down" });
    expect(relativeChange(3000, 100)).toEqual({ words: "×30", direction: "up" });
    expect(relativeChange(100, 100)).toEqual({ words: "0 %", direction: "same" });
  });
  it("of shares are in points", () => {
    expect(pointChange(0.12, 0.1)).toEqual({ words: "2.0 pt", direction: "up" });
    expect(pointChange(0, 0)).toEqual({ words: "0 pt", direction: "same" });
  });
  it("from nothing are none", () => {
    expect(relativeChange(5, 0)).toBeNull();
    expect(relativeChange(null, 5)).toBeNull();
    expect(pointChange(0.5, undefined)).toBeNull();
  });
});

describe("feedback", () => {
  const said = (name: string, values: Record<string, number>, kind = "feedback"): Said => ({
    name,
    kind,
    count: Object.values(values).reduce((sum, one) => sum + one, 0),
    score: { count: 0, mean: null, least: null, most: null, percentiles: {} },
    values,
  });
  const judged = said("relevance", { '"no"': 2, '"yes"': 5, null: 1 });
  const rated = said("user_rating", { "3": 1, "5": 2 });
  it("is what was said most first, without expectations", () => {
    const found = feedbackOf(row({ assessments: [rated, said("expected", { "1": 9 }, "expectation"), judged] }));
    expect(found.map((one) => one.name)).toEqual(["relevance", "user_rating"]);
  });
  it("of users leads", () => {
    expect(leadingFeedback([judged, rated])?.name).toBe("user_rating");
    expect(leadingFeedback([judged])?.name).toBe("relevance");
    expect(leadingFeedback([])).toBeNull();
  });
  it("has a condition for each value but for none", () => {
    expect(valuesOf(judged).map(({ label, condition, sense }) => [label, condition, sense])).toEqual([
      ["yes", "feedback.relevance = 'yes'", "good"],
      ["no", "feedback.relevance = 'no'", "bad"],
      ["no value", null, "other"],
    ]);
    expect(valuesOf(rated).map(({ condition }) => condition)).toEqual([
      "feedback.user_rating = 5",
      "feedback.user_rating = 3",
    ]);
  });
  it("is a share where all is yes or no", () => {
    expect(isShare(judged)).toBe(true);
    expect(isShare(rated)).toBe(false);
  });
});

describe("a narrowed filter", () => {
  it("takes the condition in the place of its contrary", () => {
    expect(narrowed("status != 'ERROR' AND user = 'ana'", "status = 'ERROR'")).toBe(
      "status = 'ERROR' AND user = 'ana'",
    );
  });
  it("says nothing twice", () => expect(narrowed("status = 'ERROR'", "status = 'ERROR'")).toBe("status = 'ERROR'"));
  it("keeps what is no plain comparison whole", () => {
    expect(narrowed("user = 'ana'", "(timestamp < 5 OR timestamp >= 9)")).toBe(
      "user = 'ana' AND (timestamp < 5 OR timestamp >= 9)",
    );
  });
  it("of a blank one is the condition", () => expect(narrowed("", "user IS NULL")).toBe("user IS NULL"));
});
