/** The rows of the list, as they are shown: pages, and what arrived since. */
import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { ListView } from "@/address/view";
import { searchTraces } from "@/api/traces";
import { type ListPage, listFilter, listKey, orderOf } from "@/filter/neighbours";
import { andFilter } from "@/filter/terms";
import { advanceNow } from "@/filter/useNow";
import { parseRange } from "@/time/range";
import { liveRows, type Trace } from "./live";
import { tracesQuery } from "./queries";
import { useLive } from "./useLive";

const LOOK_EVERY_MS = 20_000;
/** While the list is followed, the strip and the facets come after it so often. */
const STRIP_EVERY_MS = 15_000;
const MOST_FRESH = 100;

export function useTraceList(experimentId: string, view: ListView) {
  const client = useQueryClient();
  const list = useInfiniteQuery(tracesQuery(experimentId, view));
  const [isHovered, setHovered] = useState(false);
  const [isAtTop, setAtTop] = useState(true);
  const pages = useMemo(() => list.data?.pages ?? [], [list.data]);
  const refresh = useCallback(async () => {
    advanceNow();
    const key = listKey(experimentId, view);
    // Only the first page is asked for again: the others follow from it when they come into sight.
    client.setQueryData<InfiniteData<ListPage>>(
      key,
      (old) => old && { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) },
    );
    await client.refetchQueries({ queryKey: key, exact: true });
    for (const one of ["figures", "facets", "any trace"]) void client.invalidateQueries({ queryKey: [one] });
  }, [client, experimentId, view]);
  const isLive = view.live === "1" && parseRange(view.t, 0).endMs === null;
  const live = useLive({
    experimentId,
    view,
    isOn: isLive && list.isSuccess,
    isHeld: isHovered || !isAtTop,
    pages,
    onStale: refresh,
  });
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(advanceNow, STRIP_EVERY_MS);
    return () => clearInterval(timer);
  }, [isLive]);
  const loaded = useMemo(() => pages.flatMap((page) => page.traces), [pages]);
  const rows = useMemo(
    () => liveRows(loaded, live.arrivals, list.hasNextPage),
    [loaded, live.arrivals, list.hasNextPage],
  );
  const fresh = useFresh(experimentId, view, loaded, !isLive && list.isSuccess && !list.isPlaceholderData);
  const waiting = isLive ? live.arrivals.waiting.length : fresh;
  const { fetchNextPage, isFetching } = list;
  const more = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [fetchNextPage, isFetching]);
  return {
    rows,
    list,
    more,
    refresh,
    live: live.state,
    waiting: { count: waiting, isMore: isLive ? live.arrivals.isCut : waiting >= MOST_FRESH },
    showWaiting: isLive ? live.release : refresh,
    setHovered,
    setAtTop,
  };
}

export type TraceList = ReturnType<typeof useTraceList>;

/** How many newer traces there are, counted now and then; 0 where it is not known. Only the newest are looked at. */
function useFresh(experimentId: string, view: ListView, loaded: readonly Trace[], isOn: boolean): number {
  const newestMs = loaded[0]?.request_time_ms;
  const isAsked = isOn && newestMs !== undefined && orderOf(view.sort) === null && parseRange(view.t, 0).endMs === null;
  const { data = 0 } = useQuery({
    queryKey: ["fresh traces", ...listKey(experimentId, view), newestMs],
    queryFn: async ({ signal }) => {
      const filter = andFilter(listFilter(view, Date.now()), `timestamp > ${newestMs}`);
      return (await searchTraces(experimentId, { filter, most: MOST_FRESH }, signal)).traces.length;
    },
    enabled: isAsked,
    initialData: 0,
    staleTime: LOOK_EVERY_MS,
    refetchInterval: LOOK_EVERY_MS,
    gcTime: 0,
  });
  return isAsked ? data : 0;
}
