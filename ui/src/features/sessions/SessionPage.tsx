import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo } from "react";
import { JOINED, readAll } from "@/api/pages";
import { Problem, SkeletonRows } from "@/components/States";
import { useShortcut } from "@/keys/shortcuts";
import { NotThere } from "@/subjects/NotThere";
import { turnsQuery } from "./queries";
import { SessionHead } from "./SessionHead";
import { TurnList } from "./TurnList";
import { type Placed, placed } from "./turns";

const FROM = "/experiments/$experimentId/sessions/$session";

type TurnPages = ReturnType<typeof useTurns>;

const useTurns = (experimentId: string, session: string) => useInfiniteQuery(turnsQuery(experimentId, session));

/** A conversation, turn after turn. */
export function SessionPage() {
  const { experimentId, session } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const query = useTurns(experimentId, session);
  const turns = useMemo(() => placed(query.data?.pages.flatMap((page) => page.turns) ?? []), [query.data]);
  useReadUntil(query, turns, view.turn);
  useShortcut("refresh", () => void query.refetch());
  const choose = useCallback(
    (turn: string) => navigate({ search: (old) => ({ ...old, turn }), replace: true, resetScroll: false }),
    [navigate],
  );
  const more = useCallback(() => void query.fetchNextPage(JOINED), [query.fetchNextPage]);
  // Totals grow while a session goes on: the newest page tells them best.
  const found = query.data?.pages.at(-1)?.session;
  if (found === undefined) {
    return query.isError ? (
      <NotThere
        experimentId={experimentId}
        kind="sessions"
        name={session}
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    ) : (
      <SkeletonRows rows={8} rowHeightPx={110} />
    );
  }
  return (
    <>
      <SessionHead
        session={found}
        onReadAll={async () => {
          const pages = await readAll(query);
          return pages && placed(pages.flatMap((page) => page.turns));
        }}
        onLast={async () => {
          const last = (await readAll(query))?.at(-1)?.turns.at(-1);
          if (last) choose(last.trace_id);
        }}
        view={view}
      />
      {query.isError && (
        <Problem error={query.error} onRetry={query.isFetchNextPageError ? more : () => void query.refetch()} />
      )}
      <TurnList
        key={session}
        experimentId={experimentId}
        session={found}
        turns={turns}
        chosen={view.turn ?? null}
        onChoose={choose}
        hasMore={query.hasNextPage && !query.isError}
        isLoading={query.isFetchingNextPage}
        onMore={more}
      />
    </>
  );
}

/** Read on until the turn of the address is there. */
function useReadUntil(query: TurnPages, turns: readonly Placed[], traceId: string | undefined) {
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  const isMissing = traceId !== undefined && !turns.some(({ turn }) => turn.trace_id === traceId);
  const goesOn = isMissing && hasNextPage && !isFetching && !isError;
  useEffect(() => {
    if (goesOn) void fetchNextPage(JOINED);
  }, [goesOn, fetchNextPage]);
}
