/** What arrives while a list is looked at, without moving what somebody points at. */
import type { Schemas } from "@/api/client";

export type Trace = Schemas["TraceModel"];

/** What happened since the pages of the list were read. */
export interface Arrivals {
  /** New traces that are shown. */
  readonly shown: readonly Trace[];
  /** New traces that wait until nothing can move under the pointer. */
  readonly waiting: readonly Trace[];
  /** Newer states of traces of the list. */
  readonly changed: ReadonlyMap<string, Trace>;
  /** Traces that were deleted, or no longer match. */
  readonly gone: ReadonlySet<string>;
  /** The same, as long as rows are held still. */
  readonly leaving: ReadonlySet<string>;
  /** More waited than is kept: the list is to be read anew. */
  readonly isCut: boolean;
}

export const NO_ARRIVALS: Arrivals = {
  shown: [],
  waiting: [],
  changed: new Map(),
  gone: new Set(),
  leaving: new Set(),
  isCut: false,
};

/** More new traces than this are not kept, but read anew. */
const MOST_ARRIVALS = 1000;

/** What the stream said, once the server told which of the traces match. */
export interface News {
  readonly matching: readonly Trace[];
  /** Changed traces that do not match, and deleted ones. */
  readonly notMatching: readonly string[];
}

/**
 * Take in news. Traces of the list are renewed where they stand; new ones come in, or wait while rows are held still.
 * `listed` are the ids of the pages.
 */
export function withNews(old: Arrivals, news: News, listed: ReadonlySet<string>, isHeld: boolean): Arrivals {
  const changed = new Map(old.changed);
  const [gone, leaving] = [new Set(old.gone), new Set(old.leaving)];
  const shown = new Map(old.shown.map((one) => [one.trace_id, one]));
  const waiting = new Map(old.waiting.map((one) => [one.trace_id, one]));
  for (const trace of news.matching) {
    const id = trace.trace_id;
    leaving.delete(id);
    if (shown.has(id)) shown.set(id, newer(shown.get(id), trace));
    else if (listed.has(id)) {
      changed.set(id, newer(changed.get(id), trace));
      gone.delete(id);
    } else waiting.set(id, newer(waiting.get(id), trace));
  }
  for (const id of news.notMatching) {
    waiting.delete(id);
    if (shown.has(id) || listed.has(id)) leaving.add(id);
  }
  const isCut = old.isCut || waiting.size + shown.size > MOST_ARRIVALS;
  const next = {
    shown: [...shown.values()],
    waiting: [...waiting.values()].slice(0, MOST_ARRIVALS),
    changed,
    gone,
    leaving,
    isCut,
  };
  return isHeld ? next : released(next);
}

/** Show what waits, and let go what left. */
export function released(old: Arrivals): Arrivals {
  if (old.waiting.length === 0 && old.leaving.size === 0) return old;
  const stays = (one: Trace) => !old.leaving.has(one.trace_id);
  return {
    ...old,
    shown: [...old.waiting, ...old.shown].filter(stays),
    waiting: [],
    gone: new Set([...old.gone, ...old.leaving]),
    leaving: new Set(),
  };
}

/**
 * The rows of the list, newest first: pages with what arrived. What is older than the last loaded row comes with its own
 * page, unless there is none.
 */
export function liveRows(pages: readonly Trace[], arrivals: Arrivals, hasMore: boolean): readonly Trace[] {
  if (arrivals === NO_ARRIVALS) return pages;
  const listed = new Set(pages.map((one) => one.trace_id));
  const kept = pages
    .filter((one) => !arrivals.gone.has(one.trace_id))
    .map((one) => newer(one, arrivals.changed.get(one.trace_id) ?? one));
  const last = pages.at(-1);
  const added = arrivals.shown.filter(
    (one) =>
      !listed.has(one.trace_id) && !(hasMore && last !== undefined && one.request_time_ms < last.request_time_ms),
  );
  if (added.length === 0) return kept;
  added.sort((a, b) => b.request_time_ms - a.request_time_ms);
  const rows: Trace[] = [];
  let next = 0;
  for (const row of kept) {
    for (let one = added[next]; one && one.request_time_ms >= row.request_time_ms; one = added[++next]) rows.push(one);
    rows.push(row);
  }
  return [...rows, ...added.slice(next)];
}

/** Of two states of a trace that which came later. */
function newer(a: Trace | undefined, b: Trace): Trace {
  return a !== undefined && a.change > b.change ? a : b;
}
