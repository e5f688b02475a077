/** What is in a span: what it was given and gave, its errors, its attributes, what it cost and what is thought of it. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Problem, SkeletonRows } from "@/components/States";
import { useShortcut } from "@/keys/shortcuts";
import { prepareWorker } from "@/payload/largeValue";
import { text as words } from "@/text";
import { useScene } from "../scene";
import { ErrorCards } from "./ErrorCards";
import { PartTabs } from "./PartTabs";
import { errorsOf, partsOf, shownPart } from "./parts";
import { type LoadedSpan, spanQuery } from "./queries";
import { SpanHead } from "./SpanHead";
import { SpanPart } from "./SpanPart";
import { TraceSummary } from "./TraceSummary";
import { useAssessments } from "./useAssessing";
import { usePart } from "./usePart";

export function SpanInspector() {
  const { selectedId } = useScene();
  useEffect(prepareWorker, []);
  if (selectedId === null) return <TraceSummary />;
  return <OneSpan key={selectedId} spanId={selectedId} />;
}

function OneSpan({ spanId }: { spanId: string }) {
  const { traceId } = useScene();
  const { data, error, isPending, refetch } = useQuery(spanQuery(traceId, spanId));
  if (isPending) return <SkeletonRows rows={10} />;
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === null || data === undefined) return <p className="p-4 text-muted">{words.inspector.noSpan}</p>;
  return <Loaded loaded={data} />;
}

function Loaded({ loaded }: { loaded: LoadedSpan }) {
  const { experimentId } = useScene();
  const { span } = loaded;
  const assessments = useAssessments(span.span_id);
  const [wanted, setPart] = usePart();
  const [isAdding, setAdding] = useState(false);
  const parts = partsOf(span, assessments.filter(({ valid }) => valid).length);
  const part = shownPart(parts, wanted);
  const errors = errorsOf(span);
  useShortcut("assess", () => {
    setPart("assessments");
    setAdding(true);
  });
  return (
    <section aria-label={words.inspector.span} className="flex h-full min-h-0 flex-col">
      <SpanHead span={span} experimentId={experimentId} />
      <PartTabs parts={parts} part={part} onChoose={setPart} />
      <div className="flex min-h-0 flex-1 flex-col overflow-auto p-3">
        {errors.length > 0 && <ErrorCards errors={errors} isError={span.status === "ERROR"} />}
        <SpanPart
          loaded={loaded}
          part={part}
          wanted={wanted}
          onPart={setPart}
          experimentId={experimentId}
          isAdding={isAdding}
          onAdding={setAdding}
        />
      </div>
    </section>
  );
}
