/** The trace as it was sent (OTLP) and as MLflow has it, in JSON. */
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { Problem, SkeletonRows } from "@/components/States";
import { JsonView } from "@/payload/JsonView";
import { text } from "@/text";
import { mlflowAddress, otlpAddress, rawQuery } from "../queries";
import { useScene } from "../scene";

/** Traces with more spans are shown on request only: their JSON may have hundreds of megabytes. */
const MAX_SHOWN_SPANS = 5_000;
type Dialect = "otlp" | "mlflow";

export function RawView() {
  const { traceId, structure } = useScene();
  const [dialect, setDialect] = useState<Dialect>("otlp");
  const [asked, setAsked] = useState(false);
  const address = dialect === "otlp" ? otlpAddress(traceId) : mlflowAddress(traceId);
  const isShown = asked || structure.count <= MAX_SHOWN_SPANS;
  return (
    <section aria-label={text.trace.tabs.raw} className="flex h-full min-h-0 flex-col">
      <div className="flex h-9 shrink-0 items-center gap-1 border-line border-b px-2">
        {(["otlp", "mlflow"] as const).map((one) => (
          <Button key={one} look="quiet" pressed={dialect === one} onClick={() => setDialect(one)}>
            {text.trace.dialects[one]}
          </Button>
        ))}
        <a
          href={address}
          download={`${traceId}.${dialect}.json`}
          className="link ml-auto inline-flex items-center gap-1.5 px-2"
        >
          <Download size={14} aria-hidden />
          {text.trace.download}
        </a>
      </div>
      {isShown ? (
        <RawJson key={address} address={address} />
      ) : (
        <div className="flex flex-col items-start gap-3 p-4">
          <p className="text-muted">{text.trace.rawIsLarge(text.count.spans(structure.count))}</p>
          <Button onClick={() => setAsked(true)}>{text.trace.showAnyway}</Button>
        </div>
      )}
    </section>
  );
}

function RawJson({ address }: { address: string }) {
  const { view } = useScene();
  const { data, error, refetch, isPending } = useQuery(rawQuery(address));
  if (isPending) return <SkeletonRows rows={14} rowHeightPx={24} />;
  if (error || data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  return <JsonView value={data} label={text.trace.tabs.raw} isFilling find={view.find} />;
}
