/** The trace of a page, as it is read and as it goes on. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { listenToTraces } from "@/api/live";
import { type LoadedTrace, loadingOf, type TraceLoading } from "./structure/loading";

/** Read a trace while the page shows it. */
export function useTrace(traceId: string): [TraceLoading, LoadedTrace] {
  const loading = loadingOf(traceId);
  const loaded = useSyncExternalStore(loading.subscribe, loading.snapshot);
  useEffect(() => {
    const before = loading.snapshot();
    // One that was shown before may have gone on since.
    if (before.trace === null || before.isGone || before.structure.count < (before.totalSpans ?? 0))
      void loading.start();
    else void loading.refresh();
    return () => loading.stop();
  }, [loading]);
  return [loading, loaded];
}

/** Gives what reads again all that is shown of a trace. */
export function useRefresh(loading: TraceLoading): () => void {
  const client = useQueryClient();
  return useCallback(() => {
    void loading.refresh();
    void client.invalidateQueries({ queryKey: ["trace", loading.traceId] });
  }, [loading, client]);
}

/** Follow a running trace. */
export function useNews(loading: TraceLoading, experimentId: string, isOn: boolean): void {
  const refresh = useRefresh(loading);
  useEffect(() => {
    if (!isOn) return;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let lastMs = 0;
    const read = () => {
      waiting = undefined;
      lastMs = Date.now();
      refresh();
    };
    const stop = listenToTraces(experimentId, {
      // What came between the reading and the stream; also after an interruption.
      onState: (state) => state === "connected" && read(),
      onTrace: ({ trace_id }) => {
        if (trace_id === loading.traceId)
          waiting ??= setTimeout(read, Math.max(0, lastMs + loading.pauseMs - Date.now()));
      },
      onDeletion: (traceId) => traceId === loading.traceId && loading.setGone(),
    });
    return () => {
      clearTimeout(waiting);
      stop();
    };
  }, [loading, experimentId, isOn, refresh]);
}

/** The time in milliseconds, once a second while `isOn`. */
export function useTicking(isOn: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    if (!isOn) return;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isOn]);
  return nowMs;
}
