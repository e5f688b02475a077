import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { ListPage } from "@/filter/neighbours";
import type { Change } from "./bulk";
import type { Trace } from "./live";

/** Do to the traces that are loaded what was done to them on the server, so that the rows need not be read again. */
export function changeLoaded(
  client: QueryClient,
  experimentId: string,
  ids: ReadonlySet<string>,
  change: Change,
): void {
  client.setQueriesData<InfiniteData<ListPage>>({ queryKey: ["traces", experimentId] }, (old) =>
    old === undefined
      ? old
      : { ...old, pages: old.pages.map((page) => ({ ...page, traces: changed(page.traces, ids, change) })) },
  );
  for (const key of ["figures", "facets", "fields", "values", "any trace", "oldest", "first traces"]) {
    void client.invalidateQueries({ queryKey: [key] });
  }
}

export function changed(traces: readonly Trace[], ids: ReadonlySet<string>, change: Change): readonly Trace[] {
  if (!traces.some((one) => ids.has(one.trace_id))) return traces;
  if (change.kind === "delete") return traces.filter((one) => !ids.has(one.trace_id));
  return traces.map((one) => (ids.has(one.trace_id) ? { ...one, tags: tagged(one.tags, change) } : one));
}

function tagged(tags: Trace["tags"], { key, value }: { key: string; value: string | null }): Trace["tags"] {
  const { [key]: _, ...others } = tags;
  return value === null ? others : { ...others, [key]: value };
}
