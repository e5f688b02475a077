/** The latest sessions and traces of a user, with a way to all. */
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Problem, SkeletonRows } from "@/components/States";
import { Status } from "@/components/Status";
import { count, duration, usd } from "@/format/numbers";
import { TimeCell } from "@/subjects/TimeCell";
import { CELL_LINK } from "@/subjects/totals";
import { text } from "@/text";
import { LATEST, latestSessionsQuery, latestTracesQuery } from "./queries";

interface LatestProps {
  experimentId: string;
  /** With the time. */
  filter: string;
  /** Without it. */
  q: string;
  t: string | undefined;
  nowMs: number;
}

export function LatestSessions({ experimentId, filter, q, t, nowMs }: LatestProps) {
  const query = useQuery(latestSessionsQuery(experimentId, filter));
  const words = text.subjects.columns;
  const all = (
    <Link to="/experiments/$experimentId/sessions" params={{ experimentId }} search={{ q, t }} className="link">
      {text.users.allSessions}
    </Link>
  );
  return (
    <Section title={text.nav.sessions} all={all} query={query} size={query.data?.rows.length}>
      <Head
        labels={[text.users.columns.session, text.users.columns.began]}
        ends={[text.users.columns.turns, words.errors, words.cost, words.last]}
      />
      <tbody>
        {query.data?.rows.map((one) => (
          <tr key={one.session} className={ROW}>
            <td className="max-w-48 truncate pr-3 font-mono text-sm">
              <Link
                to="/experiments/$experimentId/sessions/$session"
                params={{ experimentId, session: one.session }}
                className={CELL_LINK}
              >
                {one.session}
              </Link>
            </td>
            <td className="max-w-0 truncate pr-3" title={one.first_request ?? undefined}>
              {one.first_request}
            </td>
            <td className={END}>{count(one.totals.traces)}</td>
            <td className={`${END} ${one.totals.errors > 0 ? "text-error" : "text-faint"}`}>
              {count(one.totals.errors)}
            </td>
            <td className={END}>{usd(one.totals.cost_usd)}</td>
            <td className={END}>
              <TimeCell ms={one.totals.last_time_ms} nowMs={nowMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </Section>
  );
}

export function LatestTraces({ experimentId, filter, q, t, nowMs }: LatestProps) {
  const query = useQuery(latestTracesQuery(experimentId, filter));
  const words = text.subjects.columns;
  const all = (
    <Link to="/experiments/$experimentId/traces" params={{ experimentId }} search={{ q, t }} className="link">
      {text.users.allTraces}
    </Link>
  );
  return (
    <Section title={text.nav.traces} all={all} query={query} size={query.data?.traces.length}>
      <Head
        labels={[text.users.columns.trace, text.users.columns.request]}
        ends={[words.duration, words.tokens, words.cost, text.users.columns.time]}
      />
      <tbody>
        {query.data?.traces.map((one) => (
          <tr key={one.trace_id} className={ROW}>
            <td className="max-w-64 truncate pr-3">
              <span className="inline-flex max-w-full items-center gap-1.5 align-middle">
                <Status state={one.state} />
                <Link
                  to="/experiments/$experimentId/traces/$traceId"
                  params={{ experimentId, traceId: one.trace_id }}
                  search={{ q, t }}
                  className="link truncate"
                >
                  {one.name ?? one.trace_id}
                </Link>
              </span>
            </td>
            <td className="max-w-0 truncate pr-3" title={one.request_preview ?? undefined}>
              {one.request_preview}
            </td>
            <td className={END}>{duration(one.duration_ms)}</td>
            <td className={END}>{count(one.usage?.total_tokens)}</td>
            <td className={END}>{usd(one.cost?.total_usd)}</td>
            <td className={END}>
              <TimeCell ms={one.request_time_ms} nowMs={nowMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </Section>
  );
}

const ROW = "h-8 border-line border-b";
const END = "whitespace-nowrap pl-4 text-right";

function Head({ labels, ends }: { labels: [string, string]; ends: string[] }) {
  return (
    <thead>
      <tr className="border-line border-b text-left text-faint text-sm">
        <th className="min-w-56 font-normal">{labels[0]}</th>
        <th className="w-full font-normal">{labels[1]}</th>
        {ends.map((label) => (
          <th key={label} className={`${END} font-normal`}>
            {label}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface SectionProps {
  title: string;
  all: ReactNode;
  query: UseQueryResult<unknown>;
  size: number | undefined;
  children: ReactNode;
}

function Section({ title, all, query, size, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <div className="mb-1 flex items-baseline gap-3">
        <h2 className="font-semibold">{title}</h2>
        {size === LATEST && <span className="text-faint text-sm">{text.users.latest(LATEST)}</span>}
        {all}
      </div>
      {query.error ? (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      ) : size === undefined ? (
        <SkeletonRows rows={4} />
      ) : size === 0 ? (
        <p className="text-faint">{text.users.noneInTime}</p>
      ) : (
        <table className="w-full">{children}</table>
      )}
    </section>
  );
}
