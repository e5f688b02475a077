import { Bot, Braces, Check, Pencil, Trash2, UserRound, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { age, fullMoment } from "@/format/time";
import { PlainText } from "@/payload/PlainText";
import { shownText } from "@/payload/shownText";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import { writtenValue } from "./assessments";
import type { Assessment } from "./queries";
import { isKept } from "./useAssessing";

const SOURCES = { HUMAN: UserRound, LLM_JUDGE: Bot, CODE: Braces };

interface AssessmentCardProps {
  assessment: Assessment;
  before: readonly Assessment[];
  onOverride: () => void;
  onDelete: () => void;
}

export function AssessmentCard({ assessment, before, onOverride, onDelete }: AssessmentCardProps) {
  const [isAsked, setAsked] = useState(false);
  const { name, kind, rationale, error_message: problem } = assessment;
  return (
    <article className="rounded-md border border-line px-3 py-1.5">
      <header className="flex min-h-7 items-center gap-2">
        <h4 className={`min-w-0 break-words font-medium ${assessment.valid ? "" : "line-through"}`}>
          {shownText(name)}
        </h4>
        {kind === "expectation" && (
          <span className="text-faint text-sm">{words.inspector.assessments.kinds.expectation}</span>
        )}
        <span className="ml-auto flex shrink-0">
          <IconButton
            label={words.inspector.assessments.overrideOf(name)}
            disabled={!isKept(assessment)}
            onClick={onOverride}
          >
            <Pencil size={13} aria-hidden />
          </IconButton>
          <IconButton
            label={words.inspector.assessments.deleteOf(name)}
            disabled={!isKept(assessment)}
            onClick={() => setAsked(true)}
          >
            <Trash2 size={13} aria-hidden />
          </IconButton>
        </span>
      </header>
      <Value assessment={assessment} />
      {problem !== null && (
        <div className="text-error">
          <PlainText text={[assessment.error_code, problem].filter(Boolean).join(": ")} />
        </div>
      )}
      {rationale && (
        <div className="text-muted">
          <PlainText text={rationale} />
        </div>
      )}
      <SourceLine assessment={assessment} />
      {before.map((each) => (
        <div key={each.assessment_id} className="mt-1 border-line border-l-2 pl-2 text-faint">
          <s>{shownText(writtenValue(each.value).slice(0, 200))}</s>
          <SourceLine assessment={each} />
        </div>
      ))}
      {isAsked && (
        <div className="mt-2 flex items-center gap-2">
          <span className="flex-1">{words.inspector.assessments.sureToDelete}</span>
          <Button onClick={() => setAsked(false)}>{words.app.cancel}</Button>
          <Button look="danger" onClick={onDelete}>
            {words.inspector.assessments.delete}
          </Button>
        </div>
      )}
    </article>
  );
}

function Value({ assessment }: { assessment: Assessment }) {
  const { value, error_message: problem } = assessment;
  if (value === null && problem !== null) return null;
  if (typeof value === "boolean") {
    const Icon = value ? Check : X;
    return (
      <div className="flex items-center gap-1 font-medium">
        <Icon size={14} aria-hidden />
        {value ? words.inspector.assessments.yes : words.inspector.assessments.no}
      </div>
    );
  }
  return (
    <div className={typeof value === "number" ? "font-medium" : ""}>
      <ValueView value={value} label={assessment.name} />
    </div>
  );
}

/** Who said it, and when. */
function SourceLine({ assessment }: { assessment: Assessment }) {
  const { source_type: type, source_id: id, create_time_ms: timeMs } = assessment;
  const Icon = SOURCES[type as keyof typeof SOURCES] ?? UserRound;
  const sources: Record<string, string> = words.inspector.assessments.sources;
  return (
    <div className="flex min-w-0 items-center gap-1.5 text-faint text-sm">
      <Icon size={13} className="shrink-0" aria-hidden />
      <span className="min-w-0 truncate">
        {sources[type] ?? type}
        {id ? ` · ${shownText(id)}` : ""} · <time title={fullMoment(timeMs)}>{age(timeMs, Date.now())}</time>
      </span>
    </div>
  );
}
