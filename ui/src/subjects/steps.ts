/** Figures in equal steps of time, with zeros where the server, which leaves such steps out, counted nothing. Pure. */
import type { Schemas } from "@/api/client";

type Row = Pick<Schemas["TraceFiguresRow"], "bucket_start_ms" | "traces" | "errors" | "cost_usd">;

export interface Steps {
  xMs: number[];
  /** Traces that did not fail. */
  sound: number[];
  errors: number[];
  costUsd: number[];
}

export function stepsOf(rows: readonly Row[], startMs: number, endMs: number, bucketMs: number): Steps {
  const byStart = new Map(rows.map((row) => [row.bucket_start_ms, row]));
  const steps: Steps = { xMs: [], sound: [], errors: [], costUsd: [] };
  for (let at = Math.floor(startMs / bucketMs) * bucketMs; at < endMs; at += bucketMs) {
    const row = byStart.get(at);
    steps.xMs.push(at);
    steps.sound.push((row?.traces ?? 0) - (row?.errors ?? 0));
    steps.errors.push(row?.errors ?? 0);
    steps.costUsd.push(row?.cost_usd ?? 0);
  }
  return steps;
}
