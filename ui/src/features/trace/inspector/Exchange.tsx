import { useQuery } from "@tanstack/react-query";
import { Problem, SkeletonRows } from "@/components/States";
import { useScene } from "../scene";
import { spanQuery } from "./queries";
import { Section, ValueOrNone } from "./Section";

interface ExchangeProps {
  request: string;
  response: string;
}

/** What a trace was asked and what it gave, under these titles: its first span's input and output, else what lists show. */
export function Exchange({ request, response }: ExchangeProps) {
  const { traceId, trace, structure } = useScene();
  const spanId = structure.ids[structure.order[0] ?? -1] ?? "";
  const { data, error, isLoading, refetch } = useQuery({ ...spanQuery(traceId, spanId), enabled: spanId !== "" });
  if (isLoading) return <SkeletonRows rows={6} />;
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <Section title={request}>
        <ValueOrNone value={data?.span.inputs ?? trace.request_preview} label={request} />
      </Section>
      <Section title={response}>
        <ValueOrNone value={data?.span.outputs ?? trace.response_preview} label={response} />
      </Section>
    </>
  );
}
