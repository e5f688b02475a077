/** The traces of an experiment: filter, facets, strip, list. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CatchBoundary, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useCallback } from "react";
import { type ListView, writeAddress } from "@/address/view";
import { filterProblemOf } from "@/api/client";
import { Problem } from "@/components/States";
import { FACETS_KEY, FacetRail } from "@/filter/FacetRail";
import { FilterToolbar } from "@/filter/FilterToolbar";
import { useSteadyNow } from "@/filter/useNow";
import { kept } from "@/settings/kept";
import { text } from "@/text";
import { parseGroup } from "./groups";
import { ListBar } from "./ListBar";
import type { Trace } from "./live";
import { anyTraceQuery } from "./queries";
import { Strip, useStrip } from "./Strip";
import { TraceTable } from "./TraceTable";
import { useTraceList } from "./useTraceList";

const FirstTraces = lazy(() =>
  import("@/components/firstTraces/FirstTraces").then((module) => ({ default: module.FirstTraces })),
);
const GroupTable = lazy(() => import("./GroupTable").then((module) => ({ default: module.GroupTable })));

const FROM = "/experiments/$experimentId/traces";

export function TracesPage() {
  const { experimentId } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const list = useTraceList(experimentId, view);
  const isEmpty = list.list.isSuccess && list.rows.length === 0;
  const anyTrace = useQuery({ ...anyTraceQuery(experimentId), enabled: isEmpty });
  const client = useQueryClient();
  const onArrived = () => {
    void client.invalidateQueries({ queryKey: ["any trace", experimentId] });
    void list.refresh();
  };
  if (isEmpty && anyTrace.data === false) {
    return (
      <div className="min-h-0 flex-1 overflow-auto">
        <Suspense>
          <FirstTraces experimentId={experimentId} onArrived={onArrived} />
        </Suspense>
      </div>
    );
  }
  return <Traces experimentId={experimentId} view={view} list={list} />;
}

interface TracesProps {
  experimentId: string;
  view: ListView;
  list: ReturnType<typeof useTraceList>;
}

function Traces({ experimentId, view, list }: TracesProps) {
  const navigate = useNavigate();
  const nowMs = useSteadyNow();
  const onView = useCallback(
    (next: Partial<ListView>) => {
      const isNarrowing = "q" in next || "t" in next || "group" in next;
      void navigate({ to: ".", search: (old: ListView) => ({ ...old, ...next }), replace: !isNarrowing });
    },
    [navigate],
  );
  const group = parseGroup(view.group);
  // Whatever else is asked comes after the rows.
  const isReady = list.list.isSuccess || list.list.isError;
  const figures = useStrip({ experimentId, view, nowMs, isReady: isReady && !list.list.isError });
  const problem = filterProblemOf(list.list.error);
  const { q, t, sort, cols, rows } = view;
  const traceHref = useCallback(
    (trace: Trace) =>
      `/experiments/${encodeURIComponent(trace.experiment_id)}/traces/${encodeURIComponent(trace.trace_id)}${writeAddress({ q, t, sort, cols, rows })}`,
    [q, t, sort, cols, rows],
  );
  const bar = {
    experimentId,
    view,
    onView,
    total: figures.total,
    loaded: !list.list.isSuccess ? null : group === null ? list.rows.length : figures.total,
    hasMore: group === null && list.list.hasNextPage,
    waiting: list.waiting,
    onWaiting: list.showWaiting,
    onRefresh: () => void list.refresh(),
    live: list.live,
  };
  return (
    <>
      <h1 className="sr-only">{text.traces.title}</h1>
      <FilterToolbar experimentId={experimentId} problem={problem} />
      <div className="flex min-h-0 flex-1 border-line border-t">
        {isReady ? (
          <Apart>
            <FacetRail experimentId={experimentId} q={view.q ?? ""} t={view.t} onChange={(q) => onView({ q })} />
          </Apart>
        ) : (
          <div className={`shrink-0 border-line border-r ${kept(FACETS_KEY) === "closed" ? "w-9" : "w-60"}`} />
        )}
        <div className="flex min-w-0 flex-1 flex-col">
          <Apart>
            <Strip
              figures={figures}
              metric={view.strip}
              onMetric={(strip) => onView({ strip })}
              onTime={(t) => onView({ t })}
            />
          </Apart>
          {group === null ? (
            <TraceTable {...{ experimentId, view, onView, list, bar, traceHref, nowMs, problem }} />
          ) : (
            <>
              <ListBar {...bar} waiting={{ count: 0, isMore: false }} live={null} />
              <GroupTable {...{ experimentId, view, group, nowMs, traceHref }} onSort={(sort) => onView({ sort })} />
            </>
          )}
        </div>
      </div>
    </>
  );
}

/** Where this fails the list goes on. */
function Apart({ children }: { children: ReactNode }) {
  return (
    <CatchBoundary getResetKey={() => "apart"} errorComponent={({ error }) => <Problem error={error} />}>
      {children}
    </CatchBoundary>
  );
}
