import { carried, type ListView, writeAddress } from "@/address/view";
import { Status } from "@/components/Status";
import { fieldName } from "@/filter/terms";
import { count, duration, usd } from "@/format/numbers";
import { fullMoment, moment } from "@/format/time";
import type { Column } from "@/table/columns";
import { parseLayout } from "@/table/layout";
import { text } from "@/text";
import { Assessments, CellLink, Duration, Missing, RootAttribute, Tags } from "./cells";
import type { Trace } from "./live";
import { assessmentName, labelKey, spanAttributeKey } from "./values";

const words = text.traces.columns;
export type TraceColumn = Column<Trace>;

interface ColumnsOf {
  experimentId: string;
  view: ListView;
  nowMs: number;
  onInclude: (field: string, value: string) => void;
}

/** All columns: the known ones, and those of fields that the layout names. */
export function traceColumns(options: ColumnsOf): TraceColumn[] {
  const known = knownColumns(options);
  const ids = new Set(known.map((one) => one.id));
  const added = (parseLayout(options.view.cols) ?? []).flatMap(({ id }) => {
    const column = ids.has(id) ? null : fieldColumn(id);
    return column === null ? [] : [column];
  });
  return [...known, ...added];
}

function knownColumns({ experimentId, view, nowMs, onInclude }: ColumnsOf): TraceColumn[] {
  const page = (path: string) =>
    `/experiments/${encodeURIComponent(experimentId)}/${path}${writeAddress({ ...carried(view) })}`;
  const linked = (kind: string, value: string | null, name = value) =>
    value === null ? <Missing /> : <CellLink href={page(`${kind}/${encodeURIComponent(value)}`)}>{name}</CellLink>;
  return [
    {
      id: "status",
      header: words.status,
      widthPx: 58,
      sortable: true,
      cell: (one) => (
        <span className="flex h-5 items-center">
          <Status state={one.state} />
        </span>
      ),
    },
    {
      id: "start",
      header: words.start,
      widthPx: 138,
      sortable: true,
      cell: (one) => <time title={fullMoment(one.request_time_ms)}>{moment(one.request_time_ms, nowMs)}</time>,
    },
    {
      id: "name",
      header: words.name,
      widthPx: 134,
      sortable: true,
      isLink: true,
      cell: (one) => one.name ?? <Unnamed />,
    },
    {
      id: "request",
      header: words.request,
      widthPx: 150,
      grows: true,
      wraps: true,
      cell: (one) => one.request_preview ?? <Missing />,
    },
    {
      id: "response",
      header: words.response,
      widthPx: 150,
      grows: true,
      wraps: true,
      cell: (one) => one.response_preview ?? <Missing />,
    },
    {
      id: "duration",
      header: words.duration,
      widthPx: 82,
      align: "end",
      sortable: true,
      cell: (one) => <Duration trace={one} />,
    },
    {
      id: "tokens",
      header: words.tokens,
      widthPx: 68,
      align: "end",
      sortable: true,
      cell: (one) => count(one.usage?.total_tokens),
    },
    {
      id: "cost",
      header: words.cost,
      widthPx: 94,
      align: "end",
      sortable: true,
      cell: (one) => usd(one.cost?.total_usd),
    },
    { id: "user", header: words.user, widthPx: 104, sortable: true, cell: (one) => linked("users", one.user) },
    {
      id: "session",
      header: words.session,
      widthPx: 150,
      sortable: true,
      isOptional: true,
      cell: (one) => linked("sessions", one.session),
    },
    {
      id: "version",
      header: words.version,
      widthPx: 150,
      sortable: true,
      isOptional: true,
      cell: (one) => linked("versions", one.version_id ?? one.version, one.version_name ?? one.version),
    },
    {
      id: "tags",
      wraps: true,
      header: words.tags,
      widthPx: 240,
      isOptional: true,
      cell: (one) => <Tags trace={one} onTag={(key, value) => onInclude(fieldName("tags", key), value)} />,
    },
    {
      id: "spans",
      header: words.spans,
      widthPx: 64,
      align: "end",
      isOptional: true,
      cell: (one) => count(one.span_count),
    },
    {
      id: "assessments",
      header: words.assessments,
      widthPx: 220,
      isOptional: true,
      hint: text.traces.readForRows,
      cell: (one) => <Assessments trace={one} />,
    },
    {
      id: "id",
      header: words.id,
      widthPx: 260,
      isOptional: true,
      cell: (one) => <span className="font-mono text-sm">{one.trace_id}</span>,
    },
    {
      id: "clientId",
      header: words.clientId,
      widthPx: 180,
      isOptional: true,
      cell: (one) => one.client_request_id ?? <Missing />,
    },
  ];
}

/** The column of a field that is no known column; null for what is none. */
function fieldColumn(id: string): TraceColumn | null {
  const column = { id, widthPx: 150, isOptional: true, wraps: true };
  const label = labelKey(id);
  if (label !== null) {
    return {
      ...column,
      header: label.scope === "tags" ? label.key : id,
      hint: id,
      sortable: true,
      cell: (one) => one[label.scope][label.key] ?? <Missing />,
    };
  }
  const attribute = spanAttributeKey(id);
  if (attribute !== null) {
    return {
      ...column,
      header: attribute,
      hint: `${id}. ${text.traces.rootSpanOnly}`,
      cell: (one) => <RootAttribute trace={one} name={attribute} />,
    };
  }
  const said = assessmentName(id);
  if (said === null) return null;
  return {
    ...column,
    header: said.name,
    hint: `${id}. ${text.traces.readForRows}`,
    cell: (one) => <Assessments trace={one} only={said} />,
  };
}

function Unnamed() {
  return <span className="text-faint">{text.traces.noRequest}</span>;
}

/** A value in words, such as a menu has it. */
export function valueWords(columnId: string, value: string): string {
  if (columnId === "duration") return duration(Number(value));
  if (columnId === "cost") return usd(Number(value));
  if (columnId === "start") return fullMoment(Number(value));
  if (columnId === "tokens" || columnId === "spans") return count(Number(value));
  const flat = value.replace(/\s+/g, " ");
  return flat.length > 40 ? `${flat.slice(0, 39)}…` : flat;
}
