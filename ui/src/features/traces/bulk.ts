/** One change of many traces, a page after the other. */
import { answer, api, type Schemas } from "@/api/client";
import { searchTraces } from "@/api/traces";

const PAGE_IDS = 500;
/** In one request: so that somebody sees it go on, and others need not wait. */
const PART_IDS = 100;

export type Change = { kind: "tag"; key: string; value: string | null } | { kind: "delete" };

export interface Outcome {
  changed: string[];
  failed: number;
  /** Why the first one failed. */
  why: string;
}

/** The ids of all traces that match, page by page. Pages go on where they were whatever is changed meanwhile. */
export async function* matchingIds(
  experimentId: string,
  filter: string,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  let pageToken: string | null = null;
  do {
    const page: Schemas["TracePageModel"] = await searchTraces(
      experimentId,
      { filter, most: PAGE_IDS, pageToken },
      signal,
    );
    yield page.traces.map((one) => one.trace_id);
    pageToken = page.next_page_token;
  } while (pageToken !== null);
}

/** Do something with ids, some at a time. What fails is counted, and the others go on. */
export async function forEachPart(
  pages: AsyncIterable<string[]> | Iterable<string[]>,
  act: (ids: string[]) => Promise<string[]>,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const outcome: Outcome = { changed: [], failed: 0, why: "" };
  for await (const ids of pages) {
    for (let from = 0; from < ids.length; from += PART_IDS) {
      if (signal.aborted) return outcome;
      const part = ids.slice(from, from + PART_IDS);
      try {
        outcome.changed.push(...(await act(part)));
      } catch (error) {
        if (signal.aborted) return outcome;
        outcome.failed += part.length;
        outcome.why ||= error instanceof Error ? error.message : String(error);
      }
      onProgress(outcome.changed.length + outcome.failed);
    }
  }
  return outcome;
}

/** Change some traces, and say which. Those that are gone are as if they had been changed. */
export async function changeTraces(trace_ids: string[], change: Change, signal: AbortSignal): Promise<string[]> {
  if (change.kind === "tag") {
    const body = { trace_ids, tags: { [change.key]: change.value } };
    await answer(api.POST("/api/v1/traces/tags", { body, signal }));
  } else {
    await answer(api.POST("/api/v1/traces/delete", { body: { trace_ids }, signal }));
  }
  return trace_ids;
}
