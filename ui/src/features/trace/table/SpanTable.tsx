import { useMemo } from "react";
import { SpanTypeIcon, spanTypeName } from "@/components/SpanType";
import { Status } from "@/components/Status";
import { count, duration, usd } from "@/format/numbers";
import { shownText } from "@/payload/shownText";
import { type Column, DataTable } from "@/table/DataTable";
import { parseSort } from "@/table/sort";
import { text } from "@/text";
import { durationText } from "../outline/OutlineRow";
import { hrefOf, type Scene, useScene } from "../scene";
import { typeOf } from "../structure/structure";
import { SPAN_ORDERS, sortedSpans } from "./statistics";

const STATUS = ["UNSET", "OK", "ERROR"] as const;

export function SpanTable({ spans, self }: { spans: Int32Array; self: Float64Array }) {
  const scene = useScene();
  const { structure, nowNs, view, setView, selected, select, found } = scene;
  const sort = parseSort(view.order);
  const order = SPAN_ORDERS.find((one) => one === sort?.id) ?? "start";
  const isDescending = sort?.isDescending ?? false;
  const rows = useMemo(
    () => Array.from(sortedSpans(structure, spans, order, isDescending, self, nowNs)),
    [structure, spans, order, isDescending, self, nowNs],
  );
  const columns = useMemo(
    () => columnsOf(structure, self, nowNs, found.isFound, selected),
    [structure, self, nowNs, found.isFound, selected],
  );
  return (
    <DataTable
      label={text.trace.tabs.table}
      rows={rows}
      columns={columns}
      rowKey={(span) => structure.ids[span] as string}
      rowHeightPx={28}
      sort={view.order}
      onSort={(next) => setView({ order: next })}
      onOpen={select}
      rowHref={(span) => hrefOf({ ...view, span: structure.ids[span] })}
      onActive={(span) => span !== null && span !== selected && select(span)}
    />
  );
}

function columnsOf(
  structure: Scene["structure"],
  self: Float64Array,
  nowNs: number,
  isFound: Uint8Array | null,
  selected: number | null,
): Column<number>[] {
  const number = (value: number | undefined, format: (value: number) => string) =>
    value === undefined || Number.isNaN(value) ? "" : format(value);
  const name = (span: number) => (
    <span className={span === selected ? "font-semibold text-accent" : ""}>
      {shownText(structure.names[span] as string)}
    </span>
  );
  return [
    {
      id: "name",
      header: text.trace.span,
      widthPx: 220,
      grows: true,
      isFixed: true,
      sortable: true,
      cell: (span) => (isFound?.[span] === 1 ? <mark>{name(span)}</mark> : name(span)),
    },
    {
      id: "type",
      header: text.trace.type,
      widthPx: 130,
      sortable: true,
      cell: (span) => (
        <span className="inline-flex items-center gap-1.5 align-top">
          <SpanTypeIcon type={typeOf(structure, span)} />
          {spanTypeName(typeOf(structure, span))}
        </span>
      ),
    },
    {
      id: "status",
      header: text.trace.status,
      widthPx: 80,
      sortable: true,
      cell: (span) =>
        structure.status[span] === 0 ? "" : <Status state={STATUS[structure.status[span] as number] ?? ""} />,
    },
    {
      id: "start",
      header: text.trace.start,
      widthPx: 100,
      align: "end",
      sortable: true,
      cell: (span) => duration(((structure.startNs[span] as number) - structure.firstNs) / 1e6),
    },
    {
      id: "duration",
      header: text.trace.duration,
      widthPx: 100,
      align: "end",
      sortable: true,
      cell: (span) => durationText(structure, span, nowNs),
    },
    {
      id: "self",
      header: text.trace.selfTime,
      hint: text.trace.selfTimeHint,
      widthPx: 100,
      align: "end",
      sortable: true,
      cell: (span) => duration((self[span] as number) / 1e6),
    },
    {
      id: "tokens",
      header: text.trace.tokens,
      widthPx: 90,
      align: "end",
      sortable: true,
      cell: (span) => number(structure.tokens[span], count),
    },
    {
      id: "cost",
      header: text.trace.cost,
      widthPx: 100,
      align: "end",
      sortable: true,
      cell: (span) => number(structure.costUsd[span], usd),
    },
    { id: "model", header: text.trace.model, widthPx: 150, cell: (span) => structure.models[span] ?? "" },
  ];
}
