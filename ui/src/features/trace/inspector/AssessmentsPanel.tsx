/** What people, judges and code think of a trace or a span, and the way to say so oneself. */
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { useShortcut } from "@/keys/shortcuts";
import { text as words } from "@/text";
import { useScene } from "../scene";
import { AssessmentCard } from "./AssessmentCard";
import { AssessmentForm } from "./AssessmentForm";
import { judgedOf } from "./assessments";
import type { Assessment } from "./queries";
import { useAssessing, useAssessments } from "./useAssessing";

interface AssessmentsPanelProps {
  /** Null for those of the trace as a whole. */
  spanId: string | null;
  /** Follows a request from outside, such as a key. */
  isAdding?: boolean;
  onAdding?: (isAdding: boolean) => void;
}

/** What the form is open for: something new, or what is to take the place of another, by its id. */
type Writing = { readonly instead: string | null } | null;

export function AssessmentsPanel({ spanId, isAdding, onAdding }: AssessmentsPanelProps) {
  const { traceId, experimentId } = useScene();
  const judged = judgedOf(useAssessments(spanId));
  const { add, remove } = useAssessing(traceId);
  const [own, setOwn] = useState<Writing>(null);
  const writing: Writing = own ?? (isAdding ? { instead: null } : null);
  const write = (next: Writing) => {
    setOwn(next);
    if (next === null) onAdding?.(false);
  };
  useShortcut("assess", () => write({ instead: null }));
  const form = (overridden: Assessment | null) => (
    <AssessmentForm
      key={overridden?.assessment_id ?? "new"}
      experimentId={experimentId}
      overridden={overridden}
      onCancel={() => write(null)}
      onDone={(given) => {
        write(null);
        add({
          ...given,
          span_id: spanId,
          overrides: overridden?.assessment_id ?? null,
          source_type: "HUMAN",
          metadata: {},
        });
      }}
    />
  );
  return (
    <section aria-label={words.inspector.parts.assessments} className="space-y-2">
      {writing !== null && writing.instead === null ? (
        form(null)
      ) : (
        <Button
          icon={<Plus size={14} aria-hidden />}
          onClick={() => write({ instead: null })}
          title={`${words.shortcuts.names.assess} (a)`}
        >
          {words.inspector.assessments.add}
        </Button>
      )}
      {judged.length === 0 && writing === null && (
        <p className="text-muted">
          {spanId === null ? words.inspector.assessments.noneOfTrace : words.inspector.assessments.noneOfSpan}
        </p>
      )}
      {judged.map(({ assessment, before }) =>
        writing?.instead === assessment.assessment_id ? (
          form(assessment)
        ) : (
          <AssessmentCard
            key={assessment.assessment_id}
            assessment={assessment}
            before={before}
            onOverride={() => write({ instead: assessment.assessment_id })}
            onDelete={() => remove(assessment)}
          />
        ),
      )}
    </section>
  );
}
