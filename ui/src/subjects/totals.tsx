/** The columns that sessions and users have in common. Totals are of all time, and so are their links. */
import { Link } from "@tanstack/react-router";
import { FeedbackMarks } from "@/components/FeedbackMarks";
import { andFilter } from "@/filter/terms";
import { count, duration, shortCount, usd } from "@/format/numbers";
import type { Column } from "@/table/DataTable";
import { text } from "@/text";
import type { Subject } from "./queries";
import { TimeCell } from "./TimeCell";

/** Above the link that covers the row. */
export const CELL_LINK = "link relative z-10";

const END = { align: "end", sortable: true } as const;

/** A count that leads to the traces of a filter, whenever they were. */
export function TracesLink({ experimentId, q, children, className = CELL_LINK }: TracesLinkProps) {
  return (
    <Link
      to="/experiments/$experimentId/traces"
      params={{ experimentId }}
      search={{ q, t: "all" }}
      className={className}
    >
      {children}
    </Link>
  );
}

interface TracesLinkProps {
  experimentId: string;
  q: string;
  children: React.ReactNode;
  className?: string;
}

/** How many have failed: red only where some have. */
export function ErrorsLink({ experimentId, q, errors }: { experimentId: string; q: string; errors: number }) {
  if (errors === 0) return <span className="text-faint">0</span>;
  return (
    <TracesLink
      experimentId={experimentId}
      q={andFilter(q, "status = 'ERROR'")}
      className="relative z-10 text-error hover:underline"
    >
      {count(errors)}
    </TracesLink>
  );
}

/** `filterOf` finds the traces of one. */
export function countColumns<R extends Subject>(filterOf: (row: R) => string, header: string): Column<R>[] {
  const words = text.subjects.columns;
  return [
    {
      id: "traces",
      header,
      widthPx: 74,
      ...END,
      cell: (row) => (
        <TracesLink experimentId={row.experiment_id} q={filterOf(row)}>
          {count(row.totals.traces)}
        </TracesLink>
      ),
    },
    {
      id: "errors",
      header: words.errors,
      widthPx: 70,
      ...END,
      cell: (row) => <ErrorsLink experimentId={row.experiment_id} q={filterOf(row)} errors={row.totals.errors} />,
    },
  ];
}

export function sumColumns<R extends Subject>(durationIsOptional: boolean): Column<R>[] {
  const words = text.subjects.columns;
  return [
    {
      id: "duration",
      header: words.duration,
      hint: words.durationHint,
      widthPx: 88,
      ...END,
      isOptional: durationIsOptional,
      cell: (row) => duration(row.totals.duration_ms),
    },
    { id: "tokens", header: words.tokens, widthPx: 80, ...END, cell: (row) => shortCount(row.totals.total_tokens) },
    { id: "cost", header: words.cost, widthPx: 90, ...END, cell: (row) => usd(row.totals.cost_usd) },
  ];
}

export function timeColumns<R extends Subject>(nowMs: number): Column<R>[] {
  const words = text.subjects.columns;
  return [
    {
      id: "first",
      header: words.first,
      widthPx: 130,
      ...END,
      isOptional: true,
      cell: (row) => <TimeCell ms={row.totals.first_time_ms} nowMs={nowMs} />,
    },
    {
      id: "last",
      header: words.last,
      widthPx: 130,
      ...END,
      cell: (row) => <TimeCell ms={row.totals.last_time_ms} nowMs={nowMs} />,
    },
  ];
}

export function feedbackColumn<R extends Subject>(): Column<R> {
  return {
    id: "feedback",
    header: text.subjects.columns.feedback,
    widthPx: 300,
    cell: (row) => <FeedbackMarks feedback={row.feedback} />,
  };
}
