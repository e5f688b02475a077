/** How a cost came about, line by line. */
import type { Charge, SpanCost, TraceCostAnswer, Usage } from "./queries";

type UsagePart = "cacheRead" | "cacheWrite" | "inputAudio" | "reasoning" | "outputAudio";

/** What input and output hold of other kinds: parts of them, never on top. */
export function partsOfUsage(usage: Usage): { kind: UsagePart; tokens: number }[] {
  const parts: [UsagePart, number | null][] = [
    ["cacheRead", usage.cache_read_tokens],
    ["cacheWrite", usage.cache_write_tokens],
    ["inputAudio", usage.input_audio_tokens],
    ["reasoning", usage.reasoning_tokens],
    ["outputAudio", usage.output_audio_tokens],
  ];
  return parts.flatMap(([kind, tokens]) => (tokens ? [{ kind, tokens }] : []));
}

/** An amount with as many digits as the arithmetic needs: lines must add up to their sum as they are read. */
export function exactUsd(usd: number): string {
  if (usd === 0) return "$0";
  const digits = usd.toFixed(10).replace(/0+$/, "");
  const [whole = "0", part = ""] = digits.split(".");
  return `$${Number(whole).toLocaleString("en")}.${part.padEnd(2, "0")}`;
}

interface Bill {
  readonly lines: readonly Charge[];
  readonly totalUsd: number | null;
  readonly from: SpanCost["cost_from"];
  readonly source: PriceSource | null;
}

export function spanBill(cost: SpanCost): Bill {
  return {
    lines: cost.lines,
    totalUsd: cost.cost?.total_usd ?? null,
    from: cost.cost_from,
    source: cost.price_source === null ? null : { source: cost.price_source, asOf: cost.price_as_of || null },
  };
}

export interface PriceSource {
  /** A price list with its version, or `override`: the experiment's own price. */
  readonly source: string;
  /** A day; null where it is not told. */
  readonly asOf: string | null;
}

export const OWN_PRICE = "override";

export interface TraceBill {
  readonly lines: readonly Charge[];
  /** What the application set of spans that count; 0 where it set nothing. */
  readonly setUsd: number;
  readonly summedUsd: number | null;
  readonly declaredUsd: number | null;
  readonly tokensWithoutPrice: number;
  readonly sources: readonly PriceSource[];
  /** Spans that count and whose price is not known. */
  readonly unpriced: readonly SpanCost[];
}

export function traceBill(cost: TraceCostAnswer): TraceBill {
  const set = cost.spans.filter((each) => each.cost_within === null && each.cost_from === "set by the application");
  const sources = cost.spans.flatMap(({ price_source: source, price_as_of: asOf }) =>
    source === null ? [] : [{ source, asOf: asOf || null }],
  );
  return {
    lines: cost.lines,
    setUsd: set.reduce((sum, each) => sum + (each.cost?.total_usd ?? 0), 0),
    summedUsd: cost.cost?.total_usd ?? null,
    declaredUsd: cost.declared_cost?.total_usd ?? null,
    tokensWithoutPrice: cost.tokens_without_price,
    sources: [...new Map(sources.map((each) => [JSON.stringify(each), each])).values()],
    unpriced: cost.spans.filter(
      (each) => each.cost === null && each.cost_within === null && each.tokens_within === null,
    ),
  };
}

/** Whether a model fits the pattern of a price, `*` standing for any letters. */
export function isPriceOf(pattern: string, model: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`, "i").test(model);
}
