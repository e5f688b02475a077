/** Follow what arrives, and keep rows still where somebody points at them. */
import { useEffect, useRef, useState } from "react";
import { listenToTraces, type StreamState } from "@/api/live";
import { searchTraces } from "@/api/traces";
import { type ListedView, type ListPage, listFilter, orderOf } from "@/filter/neighbours";
import { andFilter, quoted } from "@/filter/terms";
import { type Arrivals, type News, NO_ARRIVALS, released, type Trace, withNews } from "./live";

export type LiveState = "off" | StreamState;

interface LiveOptions {
  experimentId: string;
  view: ListedView;
  isOn: boolean;
  /** Rows stay where they are: the pointer rests on them, or the top is out of sight. */
  isHeld: boolean;
  pages: readonly ListPage[];
  /** Read the list anew. */
  onStale: () => void;
}

/** News are gathered for so long, so that a burst is one question. */
const GATHER_MS = 250;
const IDS_AT_ONCE = 100;

export function useLive(options: LiveOptions) {
  const { experimentId, view, isOn, isHeld, pages } = options;
  const [arrivals, setArrivals] = useState<Arrivals>(NO_ARRIVALS);
  const latest = useRef(options);
  latest.current = options;
  const isStill = isHeld || orderOf(view.sort) !== null; // in another order nobody knows where a new trace stands
  const first = pages[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: a first page that was read anew has what arrived before
  useEffect(() => setArrivals(NO_ARRIVALS), [first]);
  useEffect(() => {
    if (!isStill) setArrivals(released);
  }, [isStill]);

  const { q, t } = view;
  const state = useStream(experimentId, isOn, `${q}\n${t}`, async (traces, deleted, signal) => {
    const asked = latest.current;
    const news = await matching(asked.experimentId, asked.view, traces, deleted, signal);
    const { pages, isHeld, view } = latest.current;
    const listed = new Set(pages.flatMap((page) => page.traces.map((one) => one.trace_id)));
    setArrivals((old) => withNews(old, news, listed, isHeld || orderOf(view.sort) !== null));
  });
  const { isCut } = arrivals;
  useEffect(() => {
    if (isCut && !isStill) latest.current.onStale();
  }, [isCut, isStill]);
  const [isBehind, setBehind] = useState(false);
  const before = useRef<LiveState>("off");
  // What arrived before the stream was there is in nobody's news. After a break the stream goes on where it was.
  useEffect(() => {
    if (state === "connected" && before.current === "connecting") setBehind(true);
    before.current = state;
  }, [state]);
  useEffect(() => {
    if (!isBehind || isHeld) return;
    setBehind(false);
    latest.current.onStale();
  }, [isBehind, isHeld]);
  const release = () => (isCut || orderOf(view.sort) !== null ? options.onStale() : setArrivals(released));
  return { arrivals, state, release };
}

type OnNews = (traces: Trace[], deleted: string[], signal: AbortSignal) => Promise<void>;

/** Listen to the stream, and hand on what it says a piece at a time. */
function useStream(experimentId: string, isOn: boolean, meaning: string, onNews: OnNews): LiveState {
  const [state, setState] = useState<LiveState>("off");
  const latest = useRef(onNews);
  latest.current = onNews;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another meaning asks other questions of what is on its way
  useEffect(() => {
    if (!isOn) {
      setState("off");
      return;
    }
    const ended = new AbortController();
    const gathered = new Map<string, Trace | null>();
    let timer: number | undefined;
    let isAsking = false;
    const flushSoon = () => {
      timer ??= window.setTimeout(flush, GATHER_MS); // not later with each that comes, or a steady stream is never shown
    };
    const flush = async () => {
      timer = undefined;
      if (isAsking) return;
      const [traces, deleted]: [Trace[], string[]] = [[], []];
      for (const [id, trace] of gathered) trace === null ? deleted.push(id) : traces.push(trace);
      gathered.clear();
      isAsking = true;
      try {
        await latest.current(traces, deleted, ended.signal);
      } catch {
        // what was not told now is in the list when it is read again
      }
      isAsking = false;
      if (!ended.signal.aborted && gathered.size > 0) flushSoon();
    };
    const gather = (id: string, trace: Trace | null) => {
      gathered.set(id, trace);
      flushSoon();
    };
    const end = listenToTraces(experimentId, {
      onState: setState,
      onTrace: (trace) => gather(trace.trace_id, trace),
      onDeletion: (id) => gather(id, null),
    });
    return () => {
      ended.abort();
      clearTimeout(timer);
      end();
    };
  }, [experimentId, isOn, meaning]);
  return state;
}

/** Which of the traces the list would have. Without a filter that is plain; else the server is asked. */
async function matching(
  experimentId: string,
  view: ListedView,
  traces: Trace[],
  deleted: string[],
  signal: AbortSignal,
): Promise<News> {
  const filter = listFilter(view, Date.now());
  if (filter === "") return { matching: traces, notMatching: deleted };
  const ids = traces.map((one) => one.trace_id);
  const found: Trace[] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const some = ids.slice(at, at + IDS_AT_ONCE).map(quoted);
    const among = andFilter(filter, `request_id IN (${some.join(", ")})`);
    found.push(...(await searchTraces(experimentId, { filter: among, most: IDS_AT_ONCE }, signal)).traces);
  }
  const isFound = new Set(found.map((one) => one.trace_id));
  return { matching: found, notMatching: [...deleted, ...ids.filter((id) => !isFound.has(id))] };
}
