import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listenToTraces } from "./live";
import { FakeStream } from "./live.testing";

const listener = { onState: vi.fn(), onTrace: vi.fn(), onDeletion: vi.fn() };

beforeEach(() => {
  FakeStream.all = [];
  vi.stubGlobal("EventSource", FakeStream);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

test("a stream that broke off is asked for again, from where it was", () => {
  listenToTraces("a b", listener);
  FakeStream.all[0]?.say("trace", { trace_id: "tr-1" }, "17");
  FakeStream.all[0]?.say("deletion", { trace_id: "tr-2" }, "18");
  FakeStream.all[0]?.break();
  vi.runAllTimers();
  expect(listener.onTrace).toHaveBeenCalledWith({ trace_id: "tr-1" });
  expect(listener.onDeletion).toHaveBeenCalledWith("tr-2");
  expect(FakeStream.all.map(({ url }) => url)).toEqual([
    "/api/v1/traces/live?experiment_id=a%20b",
    "/api/v1/traces/live?experiment_id=a%20b&since=18",
  ]);
});

test("nothing is asked for once nobody listens", () => {
  const end = listenToTraces("0", listener);
  FakeStream.all[0]?.break();
  end();
  vi.runAllTimers();
  expect(FakeStream.all).toHaveLength(1);
});
