/** A trace without a chat: what its root was given and what it gave. */
import { useQuery } from "@tanstack/react-query";
import { Problem, SkeletonRows } from "@/components/States";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import { spanQuery, traceQuery } from "../inspector/queries";

export function NoConversation({ traceId }: { traceId: string }) {
  const head = useQuery(traceQuery(traceId));
  const rootId = head.data?.spans.id[0] ?? "";
  const root = useQuery({ ...spanQuery(traceId, rootId), enabled: rootId !== "" });
  const error = head.error ?? root.error;
  if (error !== null) return <Problem error={error} onRetry={() => void (head.error ? head : root).refetch()} />;
  if (head.isPending || (rootId !== "" && root.isPending)) return <SkeletonRows rows={6} />;
  const span = root.data?.span;
  return (
    <div className="h-full space-y-4 overflow-auto p-3">
      <p className="text-muted">{words.messages.none}</p>
      <Side title={words.inspector.input} value={span?.inputs ?? head.data?.trace.request_preview} />
      <Side title={words.inspector.output} value={span?.outputs ?? head.data?.trace.response_preview} />
    </div>
  );
}

function Side({ title, value }: { title: string; value: unknown }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1 font-medium text-muted">{title}</h3>
      {value == null ? (
        <p className="text-faint">{words.inspector.nothing}</p>
      ) : (
        <ValueView value={value} label={title} />
      )}
    </section>
  );
}
