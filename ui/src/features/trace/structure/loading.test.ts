import { describe, expect, it } from "vitest";
import { ApiProblem } from "@/api/client";
import { type Sown, windowOf } from "./forest.testing";
import { goesOn, type ReadWindow, type Trace, TraceLoading } from "./loading";

const spansOf = (count: number): Sown[] =>
  Array.from({ length: count }, (_, n) => ({ id: `s${n}`, parent: n === 0 ? null : "s0", startNs: n }));

/** A server with these spans that gives two at a time. */
function server(spans: () => Sown[]): ReadWindow {
  return async (traceId, offset) => {
    const all = spans();
    return {
      trace: { trace_id: traceId, state: "OK" } as Trace,
      assessments: [],
      start_ns: 0,
      total_spans: all.length,
      offset,
      spans: windowOf(all.slice(offset, offset + 2)),
      next_offset: offset + 2 < all.length ? offset + 2 : null,
    };
  };
}

describe("reading a trace", () => {
  it("shows the first window at once, and all in the end", async () => {
    const loading = new TraceLoading(
      "t",
      server(() => spansOf(5)),
    );
    const counts: number[] = [];
    loading.subscribe(() => counts.push(loading.snapshot().structure.count));
    await loading.start();

    expect([...new Set(counts)]).toEqual([0, 2, 4, 5]);
    expect(loading.snapshot()).toMatchObject({ totalSpans: 5, isLoading: false, problem: null });
  });

  it("keeps what it has when a window fails, and goes on there", async () => {
    const asked: number[] = [];
    let isDown = true;
    const whole = server(() => spansOf(5));
    const loading = new TraceLoading("t", (traceId, offset, signal) => {
      asked.push(offset);
      if (offset === 2 && isDown) return Promise.reject(new ApiProblem(503, "No", ""));
      return whole(traceId, offset, signal);
    });
    await loading.start();
    expect(loading.snapshot()).toMatchObject({ isLoading: false, problem: { status: 503 }, totalSpans: 5 });
    expect(loading.snapshot().structure.count).toBe(2);

    isDown = false;
    await loading.start();
    expect(loading.snapshot()).toMatchObject({ problem: null });
    expect(loading.snapshot().structure.count).toBe(5);
    expect(asked).toEqual([0, 2, 2, 4]);
  });

  it("takes in what is new without showing less meanwhile", async () => {
    let count = 3;
    const loading = new TraceLoading(
      "t",
      server(() => spansOf(count)),
    );
    await loading.start();
    count = 6;
    const counts: number[] = [];
    loading.subscribe(() => counts.push(loading.snapshot().structure.count));
    await loading.refresh();

    expect(counts[0]).toBe(3);
    expect(counts.at(-1)).toBe(6);
    expect([...counts].sort()).toEqual(counts);
  });

  it("reads once more where news came while it was reading", async () => {
    let count = 1;
    const loading = new TraceLoading(
      "t",
      server(() => spansOf(count)),
    );
    const first = loading.start();
    const news = loading.refresh();
    count = 2;
    await Promise.all([first, news]);
    await new Promise((resolve) => setTimeout(resolve));

    expect(loading.snapshot().structure.count).toBe(2);
  });

  it("goes on while a span runs, though the root has ended", async () => {
    const sown = [
      { id: "root", startNs: 0 },
      { id: "late", parent: "root", startNs: 1, durationNs: null as number | null },
    ];
    const loading = new TraceLoading(
      "t",
      server(() => sown),
    );
    await loading.start();
    expect(goesOn(loading.snapshot())).toBe(true);

    sown[1] = { id: "late", parent: "root", startNs: 1, durationNs: 5 };
    await loading.refresh();
    expect(goesOn(loading.snapshot())).toBe(false);
  });

  it("says that there is no such trace", async () => {
    const loading = new TraceLoading("t", () => Promise.reject(new ApiProblem(404, "Not found", "")));
    await loading.start();

    expect(loading.snapshot()).toMatchObject({ isGone: true, problem: null, isLoading: false });
  });
});
