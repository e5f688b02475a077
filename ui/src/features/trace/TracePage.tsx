/** One trace: what it is, its spans, and the chosen one. */
import { Link, Navigate, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { EmptyState, Problem, SkeletonRows } from "@/components/States";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import { TraceHeader } from "./header/TraceHeader";
import { Panes } from "./Panes";
import { listOf, SceneContext, useScene } from "./scene";
import { goesOn, type LoadedTrace, type Trace, type TraceLoading } from "./structure/loading";
import { Tabs } from "./Tabs";
import { useNewScene } from "./useScene";
import { useNews, useTrace } from "./useTrace";
import { useTraceKeys } from "./useTraceKeys";

const FROM = "/experiments/$experimentId/traces/$traceId";

export function TracePage() {
  const { experimentId, traceId } = useParams({ from: FROM });
  const search = useSearch({ from: FROM });
  const [loading, loaded] = useTrace(traceId);
  const { trace, isGone, problem } = loaded;
  useNews(loading, experimentId, goesOn(loaded) && !isGone);
  useBack(experimentId);
  if (isGone) return <Gone experimentId={experimentId} />;
  if (trace === null)
    return problem === null ? <Waiting /> : <Problem error={problem} onRetry={() => void loading.start()} />;
  if (trace.experiment_id !== experimentId)
    return <Navigate to={FROM} params={{ experimentId: trace.experiment_id, traceId }} search={search} replace />;
  return <Shown key={traceId} experimentId={experimentId} loading={loading} loaded={loaded} trace={trace} />;
}

interface ShownProps {
  experimentId: string;
  loading: TraceLoading;
  loaded: LoadedTrace;
  trace: Trace;
}

function Shown({ experimentId, loading, loaded, trace }: ShownProps) {
  const scene = useNewScene(experimentId, loading, loaded, trace);
  const isEmpty = loaded.totalSpans === 0;
  return (
    <SceneContext value={scene}>
      <TraceKeys />
      <TraceHeader />
      <Tabs />
      {isEmpty ? <NoSpans trace={trace} /> : <Panes />}
    </SceneContext>
  );
}

/** Stands before the views, so that these may take keys for themselves. */
function TraceKeys() {
  useTraceKeys(useScene());
  return null;
}

/** Escape goes back one layer: out of a field, out of the search, to the list. */
function useBack(experimentId: string): void {
  const view = useSearch({ from: FROM });
  const navigate = useNavigate();
  useShortcut("back", (event) => {
    const target = event.target;
    if (target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable=true]"))
      return target.blur();
    if (view.find) return void navigate({ from: FROM, search: (old) => ({ ...old, find: undefined }), replace: true });
    void navigate({ to: "/experiments/$experimentId/traces", params: { experimentId }, search: listOf(view) });
  });
}

function Gone({ experimentId }: { experimentId: string }) {
  const view = useSearch({ from: FROM });
  return (
    <EmptyState
      title={text.trace.gone}
      actions={
        <Link to="/experiments/$experimentId/traces" params={{ experimentId }} search={listOf(view)} className="link">
          {text.trace.backToList}
        </Link>
      }
    >
      {text.trace.goneHint}
    </EmptyState>
  );
}

function NoSpans({ trace }: { trace: Trace }) {
  return (
    <EmptyState title={text.trace.noSpans}>
      <p className="mb-3">{trace.state === "IN_PROGRESS" ? text.trace.noSpansYet : text.trace.noSpansHint}</p>
      {[trace.request_preview, trace.response_preview].map(
        (preview) =>
          preview && (
            <pre key={preview} className="mb-2 whitespace-pre-wrap break-words font-mono text-sm">
              {preview}
            </pre>
          ),
      )}
    </EmptyState>
  );
}

/** As high as what comes, so that nothing jumps. */
function Waiting() {
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="h-16 shrink-0 border-line border-b" />
      <div className="h-9 shrink-0 border-line border-b" />
      <SkeletonRows rows={16} rowHeightPx={28} />
    </div>
  );
}
