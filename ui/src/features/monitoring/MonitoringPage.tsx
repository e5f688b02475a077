import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiProblem, filterProblemOf } from "@/api/client";
import { Button } from "@/components/Button";
import { PageHeader } from "@/components/PageHeader";
import { EmptyState, Problem } from "@/components/States";
import { FilterToolbar } from "@/filter/FilterToolbar";
import { advanceNow, useSteadyNow } from "@/filter/useNow";
import { moment } from "@/format/time";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import { parseRange } from "@/time/range";
import { BOARDS, BoardPanels, isBoard } from "./Boards";
import { KeyNumbers } from "./KeyNumbers";
import { isGrowing, isOpen, periodBefore, periodOf, refreshMs } from "./period";
import { newestQuery, oldestQuery, type Scope, stepsQuery, versionStepsQuery, versionsBeforeQuery } from "./queries";
import { firstSeen } from "./rows";
import { type Board, boardLink } from "./view";

void import("@/charts/Plot"); // while the data is on its way

const ROUTE = "/experiments/$experimentId/monitoring";
const words = text.monitoring;

export function MonitoringPage() {
  const { experimentId } = useParams({ from: ROUTE });
  const { q = "", t } = useSearch({ from: ROUTE });
  const scope: Scope = { experimentId, q };
  const oldest = useQuery({ ...oldestQuery(scope), enabled: isOpen(t) });
  const problem = filterProblemOf(oldest.error);
  return (
    <>
      <Head />
      {isOpen(t) && oldest.data === undefined ? (
        <>
          <FilterToolbar experimentId={experimentId} problem={problem} />
          {oldest.error && problem === null && <Problem error={oldest.error} onRetry={() => void oldest.refetch()} />}
        </>
      ) : (
        <Monitored scope={scope} firstMs={oldest.data?.traces[0]?.request_time_ms ?? null} />
      )}
    </>
  );
}

function Head() {
  const { experimentId } = useParams({ from: ROUTE });
  const { before } = useSearch({ from: ROUTE });
  const navigate = useNavigate({ from: ROUTE });
  return (
    <PageHeader title={text.nav.monitoring}>
      <nav aria-label={words.boardsLabel} className="flex min-w-0 flex-wrap gap-0.5">
        {BOARDS.map((name) => (
          <Link
            key={name}
            {...boardLink({ experimentId }, name)}
            activeOptions={{ exact: true }}
            className="rounded px-2 py-1 text-muted no-underline hover:bg-bg-hover hover:text-ink aria-[current=page]:bg-bg-selected aria-[current=page]:text-ink"
          >
            {words.boards[name]}
          </Link>
        ))}
      </nav>
      <label className="ml-auto flex items-center gap-1.5 whitespace-nowrap text-muted">
        <input
          type="checkbox"
          checked={before === "1"}
          onChange={(event) => {
            const isOn = event.target.checked;
            void navigate({ search: (old) => ({ ...old, before: isOn ? "1" : undefined }), replace: true });
          }}
        />
        {words.compare}
      </label>
    </PageHeader>
  );
}

function Monitored({ scope, firstMs }: { scope: Scope; firstMs: number | null }) {
  const { t, board: name, before: shown, differs, group } = useSearch({ from: ROUTE });
  const period = periodOf(t, useSteadyNow(), firstMs);
  const before = periodBefore(period);
  useRefresh(refreshMs(period), isGrowing(t));
  const steps = useQuery(stepsQuery(scope, period));
  const versions = useQuery(versionStepsQuery(scope, period)).data?.rows ?? [];
  const versionsBefore = useQuery(versionsBeforeQuery(scope, period)).data?.rows ?? versions;
  const board: Board = {
    ...scope,
    t,
    period,
    before,
    withBefore: shown === "1",
    markers: firstSeen(versions, versionsBefore, "version"),
    chosen: chosenTime(differs),
  };
  const problem = steps.error instanceof ApiProblem ? steps.error : null;
  const isWrong = problem?.status === 400;
  const isEmpty = steps.data !== undefined && !steps.isPlaceholderData && steps.data.rows.length === 0;
  return (
    <>
      <FilterToolbar experimentId={scope.experimentId} problem={problem} />
      {isWrong && problem.position === null && <Problem error={problem} />}
      {!isWrong && isEmpty && <Empty board={board} />}
      {!isWrong && !isEmpty && (
        <div className="min-h-0 flex-1 overflow-auto px-4 pb-6">
          <div className="flex flex-col gap-3">
            <KeyNumbers board={board} />
            <BoardPanels name={isBoard(name) ? name : "overview"} board={board} group={group} />
            <p className="text-faint text-sm">{words.hint}</p>
          </div>
        </div>
      )}
    </>
  );
}

function chosenTime(differs: string | undefined) {
  const { startMs, endMs } = parseRange(differs ?? "all", 0);
  return startMs !== null && endMs !== null ? { startMs, endMs } : null;
}

/** Let the time go on while somebody looks, and read all again on `r`. */
function useRefresh(everyMs: number, isGrowing: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!isGrowing) return;
    const timer = setInterval(() => document.visibilityState === "visible" && advanceNow(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isGrowing]);
  useShortcut("refresh", () => {
    advanceNow();
    void client.invalidateQueries({
      predicate: ({ queryKey }) => ["figures", "differences"].includes(String(queryKey[0])),
    });
  });
}

function Empty({ board }: { board: Board }) {
  const navigate = useNavigate({ from: ROUTE });
  const newest = useQuery(newestQuery(board));
  const [trace] = newest.data?.traces ?? [];
  return (
    <EmptyState
      title={words.emptyTitle}
      actions={
        <>
          {trace && (
            <Button look="primary" onClick={() => void navigate({ search: (old) => ({ ...old, t: "all" }) })}>
              {words.widen}
            </Button>
          )}
          {board.q !== "" && (
            <Button onClick={() => void navigate({ search: (old) => ({ ...old, q: undefined }) })}>
              {words.dropFilter}
            </Button>
          )}
        </>
      }
    >
      {trace && words.emptyNewest(moment(trace.request_time_ms, board.period.endMs))}
      {newest.data && !trace && words.emptyNone}
    </EmptyState>
  );
}
