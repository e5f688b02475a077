/** What arrived, by client and by reason, from the server's counts. */
import type { Schemas } from "@/api/client";

export type Count = Schemas["IngestionRow"];

/** What one client sent to one experiment by one protocol, and was kept. */
export interface Kept {
  readonly key: string;
  readonly experimentId: string | null;
  readonly client: string;
  readonly protocol: string;
  readonly requests: number;
  readonly traces: number;
  readonly spans: number;
  readonly duplicates: number;
  readonly bodyBytes: number;
  readonly lastTimeMs: number;
}

/** What was refused of one client for one reason. */
export interface Refused {
  readonly key: string;
  readonly client: string;
  readonly protocol: string;
  readonly reason: string;
  readonly requests: number;
  readonly spans: number;
  readonly bodyBytes: number;
  readonly lastTimeMs: number;
}

export interface Totals {
  readonly requests: number;
  readonly traces: number;
  readonly spans: number;
  readonly duplicates: number;
  readonly bodyBytes: number;
  /** Null where nothing arrived. */
  readonly lastTimeMs: number | null;
}

/** What was kept, the newest first. An experiment narrows it; null takes all. */
export function keptOf(counts: readonly Count[], experimentId: string | null): Kept[] {
  const found = new Map<string, Kept>();
  for (const count of counts) {
    if (count.outcome === "rejected" || (experimentId !== null && count.experiment_id !== experimentId)) continue;
    const key = JSON.stringify([count.experiment_id, count.client, count.protocol]);
    found.set(key, added(found.get(key) ?? nothingOf(key, count), count));
  }
  return [...found.values()].sort((one, other) => other.lastTimeMs - one.lastTimeMs);
}

function nothingOf(key: string, { experiment_id, client, protocol }: Count): Kept {
  const none = { requests: 0, traces: 0, spans: 0, duplicates: 0, bodyBytes: 0, lastTimeMs: 0 };
  return { key, experimentId: experiment_id, client, protocol, ...none };
}

function added(kept: Kept, count: Count): Kept {
  const isTwice = count.outcome === "duplicate";
  return {
    ...kept,
    requests: kept.requests + count.requests,
    traces: kept.traces + count.traces,
    spans: kept.spans + (isTwice ? 0 : count.spans),
    duplicates: kept.duplicates + (isTwice ? count.spans : 0),
    bodyBytes: kept.bodyBytes + count.body_bytes,
    lastTimeMs: Math.max(kept.lastTimeMs, count.last_time_ms),
  };
}

/** What was refused, the newest first. A refused request belongs to no experiment. */
export function refusedOf(counts: readonly Count[]): Refused[] {
  return counts
    .filter((count) => count.outcome === "rejected")
    .map((count) => ({
      key: JSON.stringify([count.client, count.protocol, count.reason]),
      client: count.client,
      protocol: count.protocol,
      reason: count.reason,
      requests: count.requests,
      spans: count.spans,
      bodyBytes: count.body_bytes,
      lastTimeMs: count.last_time_ms,
    }))
    .sort((one, other) => other.lastTimeMs - one.lastTimeMs);
}

export function totalsOf(kept: readonly Kept[]): Totals {
  const sum = (amountOf: (one: Kept) => number) => kept.reduce((all, one) => all + amountOf(one), 0);
  return {
    requests: sum((one) => one.requests),
    traces: sum((one) => one.traces),
    spans: sum((one) => one.spans),
    duplicates: sum((one) => one.duplicates),
    bodyBytes: sum((one) => one.bodyBytes),
    lastTimeMs: kept.length > 0 ? Math.max(...kept.map((one) => one.lastTimeMs)) : null,
  };
}
