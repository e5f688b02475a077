/** Outline, view and inspector; side by side where there is room, else one below the other. */
import { CatchBoundary, type ErrorComponentProps } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";
import { Group, type Layout, Panel, Separator } from "react-resizable-panels";
import { Problem, SkeletonRows } from "@/components/States";
import { keep, kept } from "@/settings/kept";
import { text } from "@/text";
import { Outline } from "./outline/Outline";
import { useScene } from "./scene";
import { TimelineView } from "./timeline/TimelineView";

const SpanInspector = lazy(() =>
  import("./inspector/SpanInspector").then((module) => ({ default: module.SpanInspector })),
);
const MessagesView = lazy(() => import("./messages/MessagesView").then((module) => ({ default: module.MessagesView })));
const TableView = lazy(() => import("./table/TableView").then((module) => ({ default: module.TableView })));
const RawView = lazy(() => import("./raw/RawView").then((module) => ({ default: module.RawView })));

const NARROW = "(max-width: 900px)";

export function Panes() {
  const isNarrow = useSyncExternalStore(onNarrow, () => matchMedia(NARROW).matches);
  const key = `trilha.trace.panes.${isNarrow ? "narrow" : "wide"}`;
  return (
    <Group
      key={key}
      orientation={isNarrow ? "vertical" : "horizontal"}
      defaultLayout={layoutOf(kept(key))}
      onLayoutChanged={(layout, { isUserInteraction }) => isUserInteraction && keep(key, JSON.stringify(layout))}
      className="min-h-0 flex-1"
    >
      <Panel id="outline" defaultSize={isNarrow ? "34" : "27"} minSize={isNarrow ? 150 : 180}>
        <Outline />
      </Panel>
      <Handle isNarrow={isNarrow} label={text.trace.resizeOutline} />
      <Panel id="view" defaultSize={isNarrow ? "33" : "43"} minSize={isNarrow ? 150 : 260}>
        <View />
      </Panel>
      <Handle isNarrow={isNarrow} label={text.trace.resizeInspector} />
      <Panel id="inspector" defaultSize={isNarrow ? "33" : "30"} minSize={isNarrow ? 120 : 220}>
        <Inspector />
      </Panel>
    </Group>
  );
}

function Handle({ isNarrow, label }: { isNarrow: boolean; label: string }) {
  return (
    <Separator
      aria-label={label}
      className={`shrink-0 bg-line hover:bg-accent focus-visible:bg-accent data-[separator=active]:bg-accent ${isNarrow ? "h-px" : "w-px"}`}
    />
  );
}

function View() {
  const { tab, traceId, structure, selectedId, select, found } = useScene();
  const onSelect = (id: string) => {
    const span = structure.placeOf(id);
    if (span !== undefined) select(span);
  };
  return (
    <div role="tabpanel" id="trace-view" aria-labelledby={`tab-${tab}`} className="h-full min-h-0">
      <Pane id={tab}>
        {tab === "messages" && (
          <MessagesView traceId={traceId} selectedSpanId={selectedId} onSelect={onSelect} find={found.text} />
        )}
        {tab === "timeline" && <TimelineView />}
        {tab === "table" && <TableView />}
        {tab === "raw" && <RawView />}
      </Pane>
    </div>
  );
}

function Inspector() {
  const { selectedId } = useScene();
  return (
    <Pane id={selectedId ?? ""}>
      <SpanInspector />
    </Pane>
  );
}

/** What fails in one pane leaves the others as they are. */
function Pane({ id, children }: { id: string; children: ReactNode }) {
  return (
    <CatchBoundary getResetKey={() => id} errorComponent={PaneFailed}>
      <Suspense fallback={<SkeletonRows rows={10} />}>{children}</Suspense>
    </CatchBoundary>
  );
}

function PaneFailed({ error, reset }: ErrorComponentProps) {
  return <Problem error={error} onRetry={reset} />;
}

function onNarrow(listener: () => void): () => void {
  const query = matchMedia(NARROW);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

function layoutOf(written: string | null): Layout | undefined {
  try {
    const layout: unknown = JSON.parse(written ?? "null");
    const isOne =
      typeof layout === "object" && layout !== null && ["outline", "view", "inspector"].every((id) => id in layout);
    return isOne ? (layout as Layout) : undefined;
  } catch {
    return undefined;
  }
}
