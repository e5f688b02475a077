import { act, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { FakeStream } from "@/api/live.testing";
import { useLive } from "./useLive";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what arrives without a pause is shown all the same", async () => {
  vi.stubGlobal("EventSource", FakeStream);
  vi.useFakeTimers();
  const { result } = renderHook(() =>
    useLive({ experimentId: "0", view: { t: "all" }, isOn: true, isHeld: false, pages: [], onStale: () => undefined }),
  );
  for (let number = 0; number < 10; number++) {
    FakeStream.all.at(-1)?.say("trace", { trace_id: `tr-${number}`, change: number }, String(number));
    await act(() => vi.advanceTimersByTimeAsync(100));
  }
  expect(result.current.arrivals.shown.length).toBeGreaterThan(5);
});
