import { useEffect, useRef, useState } from "react";
import type { Schemas } from "@/api/client";

export type Listening = "connecting" | "listening" | "lost";

/** Hear of every trace of an experiment that is new or changed from now on. */
export function useArrivals(experimentId: string, onTrace: (trace: Schemas["TraceModel"]) => void): Listening {
  const [state, setState] = useState<Listening>("connecting");
  const latest = useRef(onTrace);
  latest.current = onTrace;
  useEffect(() => {
    const source = new EventSource(`/api/v1/traces/live?experiment_id=${encodeURIComponent(experimentId)}`);
    source.addEventListener("open", () => setState("listening"));
    source.addEventListener("error", () => setState("lost"));
    source.addEventListener("trace", (event) => latest.current(JSON.parse(event.data)));
    return () => source.close();
  }, [experimentId]);
  return state;
}
