/** The stream of an experiment's traces, as the server tells it. */
import type { Schemas } from "./client";

const COME_BACK_MS = 3000;

export type StreamState = "connecting" | "connected" | "reconnecting";

export interface TraceListener {
  onState: (state: StreamState) => void;
  /** Hears of each trace that is new or changed. */
  onTrace: (trace: Schemas["TraceModel"]) => void;
  onDeletion?: (traceId: string) => void;
}

/** Listen from now on; after a break the stream goes on where it was. Gives what ends it. */
export function listenToTraces(experimentId: string, listener: TraceListener): () => void {
  let since = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource;
  const told = (event: MessageEvent<string>) => {
    since = event.lastEventId;
    return JSON.parse(event.data);
  };
  const connect = () => {
    const from = since === "" ? "" : `&since=${since}`;
    source = new EventSource(`/api/v1/traces/live?experiment_id=${encodeURIComponent(experimentId)}${from}`);
    source.addEventListener("open", () => listener.onState("connected"));
    source.addEventListener("error", () => {
      listener.onState("reconnecting");
      // The browser comes back by itself, but not from an answer that is no stream.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, COME_BACK_MS);
    });
    source.addEventListener("trace", (event) => listener.onTrace(told(event)));
    source.addEventListener("deletion", (event) => listener.onDeletion?.(told(event).trace_id));
  };
  listener.onState("connecting");
  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
