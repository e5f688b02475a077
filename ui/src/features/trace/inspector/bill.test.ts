import { describe, expect, it } from "vitest";
import { exactUsd, isPriceOf, partsOfUsage, spanBill, traceBill } from "./bill";
import type { SpanCost, TraceCostAnswer } from "./queries";

const usage = {
  input_tokens: 1200,
  output_tokens: 340,
  total_tokens: 1540,
  cache_read_tokens: 800,
  cache_write_tokens: null,
  reasoning_tokens: 100,
  input_audio_tokens: 0,
  output_audio_tokens: null,
};
const spanCost = (given: Partial<SpanCost>): SpanCost => ({
  span_id: "a",
  parent_id: null,
  name: "chat",
  model: "gpt-4o-mini",
  provider: "openai",
  usage,
  lines: [],
  cost: { input_usd: 0.1, output_usd: 0.2, total_usd: 0.3 },
  cost_from: "computed",
  price_source: "genai-prices 0.2.3",
  price_as_of: "2026-11-21",
  tokens_within: null,
  cost_within: null,
  ...given,
});
const answer = (spans: SpanCost[]): TraceCostAnswer => ({
  trace_id: "tr-1",
  spans,
  lines: [],
  usage,
  cost: null,
  tokens_without_price: 0,
  declared_usage: null,
  declared_cost: null,
});

describe("tokens", () => {
  it("of the cache and of thinking are parts; kinds without any are not told", () => {
    expect(partsOfUsage(usage)).toEqual([
      { kind: "cacheRead", tokens: 800 },
      { kind: "reasoning", tokens: 100 },
    ]);
  });
});

describe("amounts", () => {
  it.each([
    [4.5e-6, "$0.0000045"],
    [6.3e-6, "$0.0000063"],
    [0.5, "$0.50"],
    [1234.5, "$1,234.50"],
    [0, "$0"],
    [0.1 + 0.2, "$0.30"],
  ])("%d is %s, so that lines add up as they are read", (usd, text) => expect(exactUsd(usd)).toBe(text));
});

describe("the bill of a span", () => {
  it("tells where its price is from", () => {
    expect(spanBill(spanCost({})).source).toEqual({ source: "genai-prices 0.2.3", asOf: "2026-11-21" });
    expect(spanBill(spanCost({ price_source: "override", price_as_of: "" })).source).toEqual({
      source: "override",
      asOf: null,
    });
    expect(spanBill(spanCost({ cost: null, cost_from: "price unknown", price_source: null }))).toMatchObject({
      totalUsd: null,
      source: null,
    });
  });
});

describe("the bill of a trace", () => {
  const set = { cost_from: "set by the application", price_source: null, price_as_of: null } as const;

  it("adds what the application set, where no span above has it in its own", () => {
    const bill = traceBill(answer([spanCost(set), spanCost({ ...set, cost_within: "b" }), spanCost({ span_id: "c" })]));
    expect(bill.setUsd).toBe(0.3);
    expect(bill.sources).toEqual([{ source: "genai-prices 0.2.3", asOf: "2026-11-21" }]);
  });

  it("names the spans without a price, but those that are counted above", () => {
    const none = { cost: null, cost_from: "price unknown", price_source: null, price_as_of: null } as const;
    const bill = traceBill(
      answer([spanCost({ ...none, span_id: "x" }), spanCost({ ...none, span_id: "y", tokens_within: "z" })]),
    );
    expect(bill.unpriced.map((each) => each.span_id)).toEqual(["x"]);
  });
});

describe("a price of the experiment's own", () => {
  it.each([
    ["gpt-4o*", "GPT-4o-mini", true],
    ["gpt-4o", "gpt-4o-mini", false],
    ["a.b*", "axb", false],
    ["*", "anything", true],
  ])("%s and %s: %s", (pattern, model, isOf) => expect(isPriceOf(pattern, model)).toBe(isOf));
});
