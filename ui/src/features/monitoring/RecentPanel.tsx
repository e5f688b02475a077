import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { carried } from "@/address/view";
import type { Schemas } from "@/api/client";
import { Status } from "@/components/Status";
import { andFilter } from "@/filter/terms";
import { duration } from "@/format/numbers";
import { moment } from "@/format/time";
import { text } from "@/text";
import { Panel } from "./Panel";
import { recentQuery } from "./queries";
import { type Board, tracesLink } from "./view";

const words = text.monitoring;
const ROW_PX = 44;

/** What people asked last, and what they were answered. */
export function RecentPanel({ board, limit, more }: { board: Board; limit: number; more?: LinkProps }) {
  const { startMs, endMs } = board.period;
  const filter = andFilter(board.q, `timestamp >= ${startMs} AND timestamp < ${endMs}`);
  const query = useQuery(recentQuery(board, filter, limit));
  return (
    <Panel
      title={words.recent}
      query={query}
      heightPx={limit * ROW_PX}
      isWide
      more={more ?? tracesLink(board)}
      nothing={({ traces }) => (traces.length === 0 ? words.nothing.traces : null)}
    >
      {({ traces }) => (
        <ul aria-label={words.recent}>
          {traces.map((trace) => (
            <Turn key={trace.trace_id} board={board} trace={trace} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Turn({ board, trace }: { board: Board; trace: Schemas["TraceModel"] }) {
  return (
    <li>
      <Link
        to="/experiments/$experimentId/traces/$traceId"
        params={{ experimentId: board.experimentId, traceId: trace.trace_id }}
        search={carried({ q: board.q, t: board.t })}
        style={{ height: ROW_PX }}
        className="flex items-center gap-3 rounded px-1 no-underline hover:bg-bg-hover"
      >
        <Status state={trace.state} />
        <span className="min-w-0 flex-1">
          <span className="block truncate">{trace.request_preview ?? trace.name}</span>
          <span className="block truncate text-muted">
            {trace.response_preview ?? (trace.state === "IN_PROGRESS" ? text.state.IN_PROGRESS : words.noAnswer)}
          </span>
        </span>
        <span className="w-16 shrink-0 text-right text-muted">{duration(trace.duration_ms)}</span>
        <span className="w-28 shrink-0 text-right text-muted">{moment(trace.request_time_ms, board.period.endMs)}</span>
      </Link>
    </li>
  );
}
