import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo } from "react";
import { carried } from "@/address/view";
import { ApiProblem, type Schemas } from "@/api/client";
import { EmptyState, Problem, SkeletonRows } from "@/components/States";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import { turnsQuery } from "./queries";
import { SessionHead } from "./SessionHead";
import { TurnList } from "./TurnList";
import { type Placed, placed } from "./turns";

const FROM = "/experiments/$experimentId/sessions/$session";

/** Who asks for a page that is on its way waits for it. */
const JOINED = { cancelRefetch: false };

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
      <NotThere error={query.error} session={session} onRetry={() => void query.refetch()} />
    ) : (
      <SkeletonRows rows={8} rowHeightPx={110} />
    );
  }
  return (
    <>
      <SessionHead
        session={found}
        onReadAll={async () => placed((await readAll(query)).flatMap((page) => page.turns))}
        onLast={async () => {
          const last = (await readAll(query)).at(-1)?.turns.at(-1);
          if (last) choose(last.trace_id);
        }}
        back={carried(view)}
      />
      {query.isError && <Problem error={query.error} onRetry={more} />}
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

function NotThere({ error, session, onRetry }: { error: unknown; session: string; onRetry: () => void }) {
  const { experimentId } = useParams({ from: FROM });
  if (!(error instanceof ApiProblem) || error.status !== 404) return <Problem error={error} onRetry={onRetry} />;
  return (
    <EmptyState
      title={text.sessions.notFound(session)}
      actions={
        <Link to="/experiments/$experimentId/sessions" params={{ experimentId }} search={{ t: "all" }} className="link">
          {text.sessions.toAll}
        </Link>
      }
    />
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

async function readAll(query: TurnPages): Promise<Schemas["SessionTurns"][]> {
  let state: TurnPages = query;
  while (state.hasNextPage && !state.isError) state = await state.fetchNextPage(JOINED);
  return state.data?.pages ?? [];
}
