/** One change of many traces, a page after the other. */
import { ApiProblem, answer, api, type Schemas } from "@/api/client";
import { searchTraces } from "@/api/traces";

const PAGE_IDS = 500;
const AT_ONCE = 4;

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

/** Do something with each id, a few at once. What fails is counted, and the others go on. */
export async function forEachId(
  pages: AsyncIterable<string[]> | Iterable<string[]>,
  act: (id: string) => Promise<void>,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const outcome: Outcome = { changed: [], failed: 0, why: "" };
  for await (const ids of pages) {
    let next = 0;
    const work = async () => {
      while (next < ids.length && !signal.aborted) {
        const id = ids[next++] ?? "";
        try {
          await act(id);
          outcome.changed.push(id);
        } catch (error) {
          if (signal.aborted) return;
          outcome.failed += 1;
          outcome.why ||= error instanceof Error ? error.message : String(error);
        }
        onProgress(outcome.changed.length + outcome.failed);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (signal.aborted) break;
  }
  return outcome;
}

/** Change one trace. One that is gone already is as if it had been deleted. */
export async function changeTrace(trace_id: string, change: Change, signal: AbortSignal): Promise<void> {
  const params = { path: { trace_id } };
  if (change.kind === "tag") {
    const body = { tags: { [change.key]: change.value } };
    await answer(api.PATCH("/api/v1/traces/{trace_id}/tags", { params, body, signal }));
    return;
  }
  try {
    await answer(api.DELETE("/api/v1/traces/{trace_id}", { params, signal }));
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 404)) throw error;
  }
}
