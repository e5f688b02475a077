import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { stubWorker } from "@/payload/worker.testing";
import { type Scene, SceneContext } from "../scene";
import { windowOf } from "../structure/forest.testing";
import { type Assessment, type Trace, TraceLoading, type TraceWindow } from "../structure/loading";
import { TraceSummary } from "./TraceSummary";

const TRACE = { trace_id: "t", state: "OK", cost: null, usage: null, tags: {}, metadata: {} } as unknown as Trace;
const USEFUL = {
  ...{ assessment_id: "a", trace_id: "t", span_id: null, name: "useful", kind: "feedback", value: true, valid: true },
  ...{ rationale: null, error_message: null, overrides: null, source_type: "HUMAN", create_time_ms: 1 },
} as Assessment;
const WINDOW: TraceWindow = {
  ...{ trace: TRACE, assessments: [USEFUL], start_ns: 0, total_spans: 1, offset: 0, next_offset: null },
  spans: windowOf([{ id: "root", startNs: 0 }]),
};

stubWorker(() => [{ span_id: "root", inputs: "Where is my parcel?", outputs: "In Porto." }]);
const fetched = vi.spyOn(globalThis, "fetch");

test("what came with the spans of a trace is not asked for again", async () => {
  const loading = new TraceLoading("t", async () => WINDOW);
  await loading.start();
  const loaded = loading.snapshot();
  const { structure } = loaded;
  const scene = { experimentId: "0", traceId: "t", trace: TRACE, loading, loaded, structure } as unknown as Scene;
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { staleTime: 10_000 } } })}>
      <SceneContext value={scene}>
        <TraceSummary />
      </SceneContext>
    </QueryClientProvider>,
  );

  expect(await screen.findByText("Where is my parcel?")).toBeTruthy();
  expect(screen.getByText("In Porto.")).toBeTruthy();
  expect(screen.getByRole("heading", { name: "useful" })).toBeTruthy();
  expect(fetched).not.toHaveBeenCalled();
});
