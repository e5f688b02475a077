/** The list itself, with what is selected, looked at and pointed at. */
import { useRouter } from "@tanstack/react-router";
import { Rows2, Rows3, Rows4 } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import type { ListView } from "@/address/view";
import type { ApiProblem } from "@/api/client";
import { IconButton } from "@/components/Button";
import { Problem } from "@/components/States";
import { listFilter } from "@/filter/neighbours";
import { withTerm } from "@/filter/terms";
import { useShortcut } from "@/keys/shortcuts";
import { ColumnMenu } from "@/table/ColumnMenu";
import { DataTable } from "@/table/DataTable";
import { placesOf, writeLayout } from "@/table/layout";
import { ROW_LINES, type RowLines, rowHeightPx, useRowLines, writeRowLines } from "@/table/rowLines";
import { text } from "@/text";
import { parseRange } from "@/time/range";
import { AddColumn } from "./AddColumn";
import { traceColumns } from "./columns";
import { ExportMenu } from "./ExportMenu";
import { ListBar } from "./ListBar";
import type { Trace } from "./live";
import { SelectionBar } from "./SelectionBar";
import type { TraceList } from "./useTraceList";
import { ValueMenu } from "./ValueMenu";
import { valueItems } from "./valueItems";

const Peek = lazy(() => import("./Peek").then((module) => ({ default: module.Peek })));
const NoMatch = lazy(() => import("@/filter/NoMatch").then((module) => ({ default: module.NoMatch })));

interface TraceTableProps {
  experimentId: string;
  view: ListView;
  onView: (view: Partial<ListView>) => void;
  list: TraceList;
  bar: Parameters<typeof ListBar>[0];
  traceHref: (trace: Trace) => string;
  nowMs: number;
  problem: ApiProblem | null;
}

export function TraceTable(props: TraceTableProps) {
  const { experimentId, view, onView, list, traceHref, nowMs } = props;
  const { rows } = list;
  const columns = useColumns(props);
  const hasRows = rows.length > 0;
  useEffect(() => {
    if (hasRows) performance.mark("trilha:rows"); // how long a page takes until then is tested
  }, [hasRows]);
  const lines = useRowLines(view.rows, (rows) => onView({ rows }));
  const selection = useSelection(rows);
  const { history } = useRouter();
  const open = useCallback((trace: Trace) => history.push(traceHref(trace)), [history, traceHref]);
  const [active, setActive] = useState<Trace | null>(null);
  const [isPeeking, setPeeking] = useState(false);
  useShortcut("peek", active === null ? null : () => setPeeking(!isPeeking));
  const [menu, setMenu] = useState<{ trace: Trace; columnId: string; at: { xPx: number; yPx: number } } | null>(null);
  const exported = {
    experimentId,
    q: view.q ?? "",
    ...parseRange(view.t, nowMs),
    ids: selection.isOn && !selection.isAll ? selection.selected : null,
  };
  const { error } = list.list;
  return (
    <>
      {selection.isOn ? (
        <SelectionBar
          experimentId={experimentId}
          ids={selection.isAll ? null : selection.selected}
          filter={() => listFilter(view, Date.now())}
          total={props.bar.total}
          canSelectAll={!selection.isAll && (list.list.hasNextPage || selection.selected.size < rows.length)}
          onSelectAll={selection.selectAll}
          onClear={selection.clear}
        >
          <ExportMenu {...exported} />
        </SelectionBar>
      ) : (
        <ListBar {...props.bar}>
          <LinesButton lines={lines} onLines={(rows) => onView({ rows })} />
          <ColumnMenu columns={columns} layout={view.cols} onLayout={(cols) => onView({ cols })}>
            <AddColumn
              experimentId={experimentId}
              onAdd={(id) => {
                const places = placesOf(columns, view.cols);
                if (!places.some((one) => one.id === id))
                  onView({ cols: writeLayout([...places, { id, widthPx: null }]) });
              }}
            />
          </ColumnMenu>
          <ExportMenu {...exported} />
        </ListBar>
      )}
      <div className="flex min-h-0 flex-1 border-line border-t">
        {error && rows.length === 0 ? (
          <ListProblem error={error} isFilter={props.problem !== null} onRetry={() => void list.list.refetch()} />
        ) : (
          <DataTable
            label={text.traces.list}
            rows={rows}
            columns={columns}
            rowKey={traceId}
            listKey={`${view.q}\n${view.t}`}
            rowHeightPx={rowHeightPx(lines)}
            sort={view.sort ?? "-start"}
            onSort={(sort) => onView({ sort: sort === "-start" ? undefined : sort })}
            layout={view.cols}
            onLayout={(cols) => onView({ cols })}
            onOpen={open}
            rowHref={traceHref}
            selected={selection.selected}
            onSelect={selection.select}
            hasMore={list.list.hasNextPage}
            onMore={list.more}
            isLoading={list.list.isPending || list.list.isFetchingNextPage}
            isStale={list.list.isPlaceholderData}
            onActive={setActive}
            onCellMenu={(trace, columnId, at) => setMenu({ trace, columnId, at })}
            onHover={list.setHovered}
            onAtTop={list.setAtTop}
            empty={
              <Suspense>
                <NoMatch experimentId={experimentId} q={view.q ?? ""} t={view.t} onChange={onView} />
              </Suspense>
            }
          />
        )}
        <Suspense>
          {isPeeking && active && (
            <Peek
              trace={rows.find((one) => one.trace_id === active.trace_id) ?? active}
              onOpen={() => open(active)}
              onClose={() => setPeeking(false)}
            />
          )}
        </Suspense>
      </div>
      {menu && (
        <ValueMenu at={menu.at} items={valueItems({ ...menu, columns, view, onView })} onClose={() => setMenu(null)} />
      )}
    </>
  );
}

const traceId = (trace: Trace) => trace.trace_id;

function useColumns({ experimentId, view, nowMs, onView }: TraceTableProps) {
  const { q, t, cols } = view;
  return useMemo(
    () =>
      traceColumns({
        experimentId,
        view: { q, t, cols },
        nowMs,
        onInclude: (field, value) => onView({ q: withTerm(q ?? "", field, value) }),
      }),
    [experimentId, q, t, cols, nowMs, onView],
  );
}

/** What is selected: some rows, or all that match, also those that are not loaded. */
function useSelection(rows: readonly Trace[]) {
  const [some, setSome] = useState<ReadonlySet<string>>(new Set());
  const [isAll, setAll] = useState(false);
  const selected = useMemo(() => (isAll ? new Set(rows.map(traceId)) : some), [isAll, rows, some]);
  const select = useCallback((next: Set<string>) => {
    setAll(false);
    setSome(next);
  }, []);
  const selectAll = () => setAll(rows.length > 0);
  useShortcut("selectAll", selectAll);
  return { selected, isAll, isOn: selected.size > 0, select, selectAll, clear: () => select(new Set()) };
}

function ListProblem({ error, isFilter, onRetry }: { error: Error; isFilter: boolean; onRetry: () => void }) {
  if (isFilter) return <p className="p-4 text-muted">{text.traces.badFilter}</p>;
  return (
    <div className="flex-1">
      <Problem error={error} onRetry={onRetry} />
    </div>
  );
}

const LINE_ICONS = { 1: Rows4, 2: Rows3, 6: Rows2 } as const;

function LinesButton({ lines, onLines }: { lines: RowLines; onLines: (rows: string | undefined) => void }) {
  const Icon = LINE_ICONS[lines];
  const next = ROW_LINES[(ROW_LINES.indexOf(lines) + 1) % ROW_LINES.length] ?? 1;
  return (
    <IconButton label={`${text.table.lines}: ${lines}`} onClick={() => onLines(writeRowLines(next))}>
      <Icon size={14} />
    </IconButton>
  );
}
