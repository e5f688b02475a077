/** Reads a trace in windows: the first is shown at once, the others follow, and what is new later is taken in. */
import { ApiProblem, answer, api, type Schemas } from "@/api/client";
import { SpanCollection } from "./spans";
import { EMPTY, type Structure, structureOf } from "./structure";

export type Trace = Schemas["TraceModel"];
export type Assessment = Schemas["AssessmentModel"];
export type TraceWindow = Schemas["TraceStructure"];
export type ReadWindow = (traceId: string, offset: number, signal: AbortSignal) => Promise<TraceWindow>;

export interface LoadedTrace {
  readonly trace: Trace | null;
  /** What is thought of the trace and its spans, as it was read at a time. */
  readonly assessments: Assessment[];
  readonly readTimeMs: number;
  readonly structure: Structure;
  /** Unix time that starts are counted from. */
  readonly startUnixNs: number;
  /** Null before the first window. */
  readonly totalSpans: number | null;
  readonly isLoading: boolean;
  /** Why reading stopped; what was read stays. */
  readonly problem: unknown;
  /** Whether there is no such trace, or no longer. */
  readonly isGone: boolean;
}

const WINDOW_SPANS = 10_000;

const readWindow: ReadWindow = (traceId, offset, signal) =>
  answer(
    api.GET("/api/v1/traces/{trace_id}", {
      params: { path: { trace_id: traceId }, query: { offset, limit: WINDOW_SPANS } },
      signal,
    }),
  );

const NOTHING: LoadedTrace = {
  trace: null,
  assessments: [],
  readTimeMs: 0,
  structure: EMPTY,
  startUnixNs: 0,
  totalSpans: null,
  isLoading: true,
  problem: null,
  isGone: false,
};

/** Whether more of a trace may come: spans may outlast the root, with which its state is settled. */
export function goesOn({ trace, structure }: LoadedTrace): boolean {
  return trace?.state === "IN_PROGRESS" || structure.running > 0;
}

export class TraceLoading {
  private readonly spans = new SpanCollection();
  private readonly listeners = new Set<() => void>();
  private loaded = NOTHING;
  private reading: AbortController | null = null;
  /** Where the next window begins; null once all have been read. */
  private nextOffset: number | null = 0;
  private isNewsWaiting = false;
  private readingMs = 0;

  constructor(
    readonly traceId: string,
    private readonly read: ReadWindow = readWindow,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): LoadedTrace => this.loaded;

  /** How long to wait between two readings, so that a huge trace that runs is not read all the time. */
  get pauseMs(): number {
    return Math.max(1_000, 5 * this.readingMs);
  }

  /** Go on reading where it stopped. */
  async start(): Promise<void> {
    if (this.reading !== null || this.nextOffset === null) return;
    const reading = new AbortController();
    this.reading = reading;
    this.change({ isLoading: true, problem: null });
    const startMs = performance.now();
    try {
      await this.readOn(this.nextOffset, reading.signal);
      this.readingMs = performance.now() - startMs;
    } catch (error) {
      if (reading.signal.aborted) return;
      const isGone = error instanceof ApiProblem && error.status === 404;
      this.change({ problem: isGone ? null : error, isGone });
    }
    if (this.reading !== reading) return;
    this.reading = null;
    this.change({ isLoading: false });
    if (this.isNewsWaiting) void this.refresh();
  }

  /** Read everything again, and keep showing what there is meanwhile. */
  async refresh(): Promise<void> {
    this.isNewsWaiting = this.reading !== null;
    if (this.isNewsWaiting) return;
    this.nextOffset = 0;
    await this.start();
  }

  stop(): void {
    this.reading?.abort();
    this.reading = null;
  }

  setTrace(trace: Trace): void {
    this.change({ trace });
  }

  setGone(): void {
    this.stop();
    this.change({ isGone: true, isLoading: false });
  }

  private async readOn(offset: number, signal: AbortSignal): Promise<void> {
    let window = await this.read(this.traceId, offset, signal);
    for (;;) {
      if (signal.aborted) return;
      this.nextOffset = window.next_offset;
      const coming = window.next_offset === null ? null : this.read(this.traceId, window.next_offset, signal);
      coming?.catch(() => {}); // it is awaited below
      this.take(window);
      if (coming === null) return;
      window = await coming;
    }
  }

  private take(window: TraceWindow): void {
    this.spans.put(window.spans, window.start_ns);
    const isFirstReading = this.loaded.totalSpans === null || this.loaded.structure.count < this.loaded.totalSpans;
    const isLinked = isFirstReading || window.next_offset === null;
    this.change({
      trace: window.trace,
      assessments: window.assessments,
      readTimeMs: Date.now(),
      totalSpans: Math.max(window.total_spans, this.spans.count),
      startUnixNs: this.spans.startUnixNs,
      isGone: false,
      ...(isLinked ? { structure: structureOf(this.spans) } : {}),
    });
  }

  private change(change: Partial<LoadedTrace>): void {
    this.loaded = { ...this.loaded, ...change };
    for (const listener of this.listeners) listener();
  }
}

const KEPT = 4;
const kept = new Map<string, TraceLoading>();

/** The reading of a trace; those of the last few are kept, so that going back shows them at once. */
export function loadingOf(traceId: string): TraceLoading {
  const known = kept.get(traceId) ?? new TraceLoading(traceId);
  kept.delete(traceId);
  kept.set(traceId, known);
  for (const [oldest] of kept) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return known;
}
