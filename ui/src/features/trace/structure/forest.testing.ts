/** Spans for tests, and random forests of them. */
import type { SpanWindow } from "./spans";

export interface Sown {
  id: string;
  parent?: string | null;
  name?: string;
  type?: string;
  startNs: number;
  durationNs?: number | null;
  status?: "UNSET" | "OK" | "ERROR";
  tokens?: number | null;
  costUsd?: number | null;
}

export function windowOf(sown: readonly Sown[]): SpanWindow {
  return {
    id: sown.map((span) => span.id),
    parent: sown.map((span) => span.parent ?? null),
    name: sown.map((span) => span.name ?? span.id),
    type: sown.map((span) => span.type ?? "UNKNOWN"),
    start_offset_ns: sown.map((span) => span.startNs),
    duration_ns: sown.map((span) => (span.durationNs === undefined ? 10 : span.durationNs)),
    status: sown.map((span) => span.status ?? "UNSET"),
    tokens: sown.map((span) => span.tokens ?? null),
    cost_usd: sown.map((span) => span.costUsd ?? null),
    model: sown.map(() => null),
  };
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A random forest: `lost` is the share of spans whose parent never comes, `tangled` of those with any span as parent. */
export function grown(seed: number, count: number, { lost = 0, tangled = 0 } = {}): { sown: Sown[]; shuffled: Sown[] } {
  const chance = chances(seed);
  const pick = (limit: number) => Math.floor(chance() * limit);
  const sown = Array.from({ length: count }, (_, index): Sown => {
    const kind = chance();
    const parent =
      kind < lost
        ? `lost${pick(3)}`
        : kind < lost + tangled
          ? `s${pick(count)}`
          : index === 0 || chance() < 0.05
            ? null
            : `s${pick(index)}`;
    return {
      id: `s${index}`,
      parent,
      startNs: index * 10 + pick(10),
      durationNs: chance() < 0.1 ? null : pick(400),
      status: chance() < 0.1 ? "ERROR" : "OK",
      tokens: chance() < 0.3 ? pick(100) : null,
    };
  });
  const shuffled = [...sown];
  for (let index = count - 1; index > 0; index--) {
    const other = pick(index + 1);
    [shuffled[index], shuffled[other]] = [shuffled[other] as Sown, shuffled[index] as Sown];
  }
  return { sown, shuffled };
}
