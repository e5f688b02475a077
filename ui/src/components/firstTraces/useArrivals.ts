import { useEffect, useRef, useState } from "react";
import type { Schemas } from "@/api/client";
import { listenToTraces, type StreamState } from "@/api/live";

/** Hear of every trace of an experiment that is new or changed from now on. */
export function useArrivals(experimentId: string, onTrace: (trace: Schemas["TraceModel"]) => void): StreamState {
  const [state, setState] = useState<StreamState>("connecting");
  const latest = useRef(onTrace);
  latest.current = onTrace;
  useEffect(
    () => listenToTraces(experimentId, { onState: setState, onTrace: (trace) => latest.current(trace) }),
    [experimentId],
  );
  return state;
}
