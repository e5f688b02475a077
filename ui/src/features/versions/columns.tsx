import { Link } from "@tanstack/react-router";
import { andFilter } from "@/filter/terms";
import { count, duration, measured, percent, shortCount, usd } from "@/format/numbers";
import { TimeCell } from "@/subjects/TimeCell";
import { CELL_LINK } from "@/subjects/totals";
import type { Column } from "@/table/DataTable";
import { text } from "@/text";
import { valueAt } from "./difference";
import { GitCommit } from "./GitCommit";
import { gitState } from "./git";
import { ofVersion } from "./queries";
import { meanCost, type Sortable, type VersionRow } from "./rows";
import { VersionStatus } from "./VersionStatus";

/** A column, and what it is ordered by. */
interface VersionColumn extends Column<VersionRow> {
  value?: (row: VersionRow) => Sortable;
}

interface ColumnsAsked {
  experimentId: string;
  /** Filter and time of the figures, which their links keep. */
  q: string;
  t: string | undefined;
  nowMs: number;
  rows: readonly VersionRow[];
}

export const DEFAULT_SORT = "-created";

export function versionColumns(asked: ColumnsAsked): VersionColumn[] {
  return [...ownColumns(asked.nowMs), ...figureColumns(asked), ...keyedColumns(asked.rows)].map((column) => ({
    ...column,
    sortable: column.value !== undefined,
  }));
}

function ownColumns(nowMs: number): VersionColumn[] {
  const words = text.versions.columns;
  return [
    {
      id: "name",
      header: words.name,
      widthPx: 270,
      isFixed: true,
      grows: true,
      value: (row) => row.name,
      cell: (row) => (
        <span className="text-accent" title={row.name}>
          {row.name}
        </span>
      ),
    },
    {
      id: "status",
      header: words.status,
      widthPx: 96,
      value: (row) => row.version?.status,
      cell: (row) => <VersionStatus status={row.version?.status ?? null} />,
    },
    {
      id: "created",
      header: words.created,
      widthPx: 124,
      align: "end",
      value: (row) => row.version?.create_time_ms,
      cell: ({ version }) => (version === null ? NONE : <TimeCell ms={version.create_time_ms} nowMs={nowMs} />),
    },
    {
      id: "commit",
      header: words.commit,
      widthPx: 222,
      value: ({ version }) => (version === null ? null : gitState(version.tags)?.commit),
      cell: ({ version }) => {
        const git = version === null ? null : gitState(version.tags);
        return git === null ? NONE : <GitCommit git={git} />;
      },
    },
    {
      id: "kind",
      header: words.kind,
      widthPx: 90,
      isOptional: true,
      value: (row) => row.version?.kind,
      cell: (row) => row.version?.kind ?? NONE,
    },
    {
      id: "id",
      header: words.id,
      widthPx: 290,
      isOptional: true,
      value: (row) => row.version?.version_id,
      cell: ({ version }) =>
        version === null ? NONE : <code className="font-mono text-sm">{version.version_id}</code>,
    },
  ];
}

const NONE = <span className="text-faint">–</span>;

function figureColumns({ experimentId, q, t }: ColumnsAsked): VersionColumn[] {
  const words = text.versions.columns;
  const percentile = (name: string) => (row: VersionRow) => row.figures?.duration_ms.percentiles[name];
  const traces = (row: VersionRow, what: string, failed: boolean) => (
    <Link
      to="/experiments/$experimentId/traces"
      params={{ experimentId }}
      search={{ q: andFilter(andFilter(ofVersion(row.name), failed ? "status = 'ERROR'" : ""), q), t }}
      title={row.namesakes > 1 ? text.versions.sharedName(row.namesakes) : undefined}
      className={failed ? "relative z-10 text-error hover:underline" : CELL_LINK}
    >
      {what}
    </Link>
  );
  const column = (
    id: string,
    header: string,
    widthPx: number,
    value: (row: VersionRow) => number | null | undefined,
    cell: VersionColumn["cell"],
  ): VersionColumn => ({ id, header, widthPx, align: "end", value, cell });
  return [
    column(
      "traces",
      words.traces,
      74,
      (row) => row.figures?.traces ?? 0,
      (row) => (row.figures ? traces(row, count(row.figures.traces), false) : <span className="text-faint">0</span>),
    ),
    column(
      "errors",
      words.errors,
      68,
      (row) => row.figures?.errors ?? 0,
      (row) =>
        row.figures?.errors ? traces(row, count(row.figures.errors), true) : <span className="text-faint">0</span>,
    ),
    column(
      "error-rate",
      words.errorRate,
      88,
      (row) => row.figures?.error_rate,
      (row) => percent(row.figures?.error_rate),
    ),
    column("p50", "p50", 76, percentile("p50"), (row) => duration(percentile("p50")(row))),
    column("p95", "p95", 76, percentile("p95"), (row) => duration(percentile("p95")(row))),
    column(
      "tokens",
      words.tokens,
      78,
      (row) => row.figures?.tokens?.total_tokens,
      (row) => shortCount(row.figures?.tokens?.total_tokens),
    ),
    column(
      "cost",
      words.cost,
      86,
      (row) => row.figures?.cost_usd,
      (row) => usd(row.figures?.cost_usd),
    ),
    column(
      "mean-cost",
      words.meanCost,
      100,
      (row) => meanCost(row.figures),
      (row) => usd(meanCost(row.figures)),
    ),
  ];
}

/** So many metrics are shown without being chosen. */
const METRICS_SHOWN = 2;

/** A column for each metric, parameter and tag that any version has. */
function keyedColumns(rows: readonly VersionRow[]): VersionColumn[] {
  const versions = rows.flatMap(({ version }) => (version === null ? [] : [version]));
  const metrics = new Set(versions.flatMap((one) => one.metrics.map(metricKey)));
  const keys = (part: "params" | "tags") => [...new Set(versions.flatMap((one) => Object.keys(one[part])))].sort();
  return [
    ...[...metrics].sort().map((key, index): VersionColumn => {
      const value = ({ version }: VersionRow) => version?.metrics.find((one) => metricKey(one) === key)?.value;
      return {
        id: `metrics.${escaped(key)}`,
        header: key,
        widthPx: 120,
        align: "end",
        isOptional: index >= METRICS_SHOWN,
        value,
        cell: (row) => measured(value(row)),
      };
    }),
    ...(["params", "tags"] as const).flatMap((part) =>
      keys(part).map((key): VersionColumn => {
        const value = ({ version }: VersionRow) => (version === null ? null : valueAt(version[part], key));
        return {
          id: `${part}.${escaped(key)}`,
          header: key,
          hint: text.versions[part],
          widthPx: 140,
          isOptional: true,
          value,
          cell: (row) => <span title={value(row) ?? undefined}>{value(row) ?? NONE}</span>,
        };
      }),
    ),
  ];
}

/** A metric by its key, and by what it was measured on. */
function metricKey({ key, dataset_name }: { key: string; dataset_name: string | null }): string {
  return dataset_name === null ? key : `${key} (${dataset_name})`;
}

/** As an address can hold it. */
const escaped = (key: string) => (/^[\w.-]+$/.test(key) ? key : `\`${key.replaceAll("`", "")}\``);
