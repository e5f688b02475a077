import { useMemo } from "react";
import { SpanTypeIcon, spanTypeName } from "@/components/SpanType";
import { count, duration, NONE, usd } from "@/format/numbers";
import { shownText } from "@/payload/shownText";
import { type Column, DataTable } from "@/table/DataTable";
import { parseSort } from "@/table/sort";
import { text } from "@/text";
import { hrefOf, useScene } from "../scene";
import { type Group, type GroupBy, groupsOf } from "./statistics";

const FIGURES: Record<string, (group: Group) => number | null> = {
  count: (group) => group.count,
  errors: (group) => group.errors,
  total: (group) => group.totalNs,
  average: (group) => group.averageNs,
  p95: (group) => group.p95Ns,
  max: (group) => group.maxNs,
  self: (group) => group.selfNs,
  tokens: (group) => group.tokens,
  cost: (group) => group.costUsd,
};
const FIRST_SORT = "-self";

/** A click on a group shows its spans: those of a type, or those of a name as what is looked for. */
export function StatisticsTable({ spans, self, by }: { spans: Int32Array; self: Float64Array; by: GroupBy }) {
  const { structure, nowNs, view, setView } = useScene();
  const sort = view.order ?? FIRST_SORT;
  const groups = useMemo(
    () => sortedGroups(groupsOf(structure, spans, by, self, nowNs), sort),
    [structure, spans, by, self, nowNs, sort],
  );
  const columns = useMemo(() => columnsOf(by), [by]);
  const spansOf = (group: Group) => ({
    ...{ by: undefined, order: "-duration" },
    ...(by === "type" ? { types: group.key } : { find: group.key }),
  });
  return (
    <DataTable
      label={text.trace.tableBy[by]}
      rows={groups}
      columns={columns}
      rowKey={(group) => group.key}
      rowHeightPx={28}
      sort={sort}
      onSort={(next) => setView({ order: next })}
      onOpen={(group) => setView(spansOf(group))}
      rowHref={(group) => hrefOf({ ...view, ...spansOf(group) })}
    />
  );
}

function sortedGroups(groups: Group[], order: string): Group[] {
  const sort = parseSort(order);
  const figure = FIGURES[sort?.id ?? ""];
  const turn = sort?.isDescending ? -1 : 1;
  return groups.sort((a, b) =>
    figure === undefined
      ? turn * a.key.localeCompare(b.key)
      : turn * ((figure(a) ?? -1) - (figure(b) ?? -1)) || a.key.localeCompare(b.key),
  );
}

function columnsOf(by: GroupBy): Column<Group>[] {
  const time = (id: string, header: string, hint?: string): Column<Group> => ({
    ...{ id, header, hint, widthPx: 95, align: "end", sortable: true },
    cell: (group) => duration((FIGURES[id]?.(group) ?? 0) / 1e6),
  });
  return [
    {
      id: "key",
      header: text.trace.tableKey[by],
      widthPx: 200,
      grows: true,
      isFixed: true,
      sortable: true,
      cell: (group) => (
        <span className="inline-flex items-center gap-1.5 align-top">
          {group.type !== null && <SpanTypeIcon type={group.type} />}
          {by === "type" ? spanTypeName(group.key) : shownText(group.key)}
        </span>
      ),
    },
    {
      ...{ id: "count", header: text.trace.spans, widthPx: 80, align: "end", sortable: true },
      cell: (group) => count(group.count),
    },
    {
      ...{ id: "errors", header: text.trace.errors, widthPx: 80, align: "end", sortable: true },
      cell: (group) => <span className={group.errors > 0 ? "text-error" : "text-faint"}>{count(group.errors)}</span>,
    },
    time("total", text.trace.total),
    time("average", text.trace.average),
    time("p95", "p95"),
    time("max", text.trace.longest),
    time("self", text.trace.selfTime, text.trace.selfTimeHint),
    {
      ...{ id: "tokens", header: text.trace.tokens, widthPx: 90, align: "end", sortable: true },
      cell: (group) => (group.tokens === null ? NONE : count(group.tokens)),
    },
    {
      ...{ id: "cost", header: text.trace.cost, widthPx: 90, align: "end", sortable: true },
      cell: (group) => (group.costUsd === null ? NONE : usd(group.costUsd)),
    },
  ];
}
