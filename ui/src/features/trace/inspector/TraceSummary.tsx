/** A trace as a whole, where no span is chosen. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Problem, SkeletonRows } from "@/components/States";
import { shownText } from "@/payload/shownText";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import { AssessmentsPanel } from "./AssessmentsPanel";
import { spanQuery, traceQuery } from "./queries";
import { TraceBill } from "./TraceCost";

export function TraceSummary({ traceId, experimentId }: { traceId: string; experimentId: string }) {
  const { data, error, refetch } = useQuery(traceQuery(traceId));
  const rootId = data?.spans.parent[0] === null ? (data.spans.id[0] ?? "") : "";
  const root = useQuery({ ...spanQuery(traceId, rootId), enabled: rootId !== "" });
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined || (rootId !== "" && root.isPending)) return <SkeletonRows rows={10} />;
  const { trace } = data;
  const request = root.data?.span.inputs ?? trace.request_preview;
  const response = root.data?.span.outputs ?? trace.response_preview;
  return (
    <section aria-label={words.inspector.trace} className="h-full space-y-4 overflow-auto p-3">
      <Part title={words.inspector.request}>
        <ValueOrNone value={request} />
      </Part>
      <Part title={words.inspector.response}>
        <ValueOrNone value={response} />
      </Part>
      <Part title={words.inspector.parts.assessments}>
        <AssessmentsPanel traceId={traceId} experimentId={experimentId} />
      </Part>
      {(trace.usage !== null || trace.cost !== null) && (
        <Part title={words.inspector.cost.title}>
          <TraceBill traceId={traceId} />
        </Part>
      )}
      <Pairs title={words.inspector.tags} pairs={trace.tags} />
      <Pairs title={words.inspector.metadata} pairs={trace.metadata} />
    </section>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1 font-medium text-muted">{title}</h3>
      {children}
    </section>
  );
}

function ValueOrNone({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <p className="text-faint">{words.inspector.nothing}</p>;
  return <ValueView value={value} />;
}

function Pairs({ title, pairs }: { title: string; pairs: Record<string, string> }) {
  const entries = Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return null;
  return (
    <Part title={title}>
      <dl className="rounded-md border border-line">
        {entries.map(([key, value]) => (
          <div key={key} className="flex gap-2 border-line px-2 py-1 not-first:border-t">
            <dt className="w-2/5 shrink-0 break-words font-mono text-muted text-sm">{shownText(key)}</dt>
            <dd className="min-w-0 flex-1 font-mono text-sm">
              <ValueView value={value} label={key} />
            </dd>
          </div>
        ))}
      </dl>
    </Part>
  );
}
