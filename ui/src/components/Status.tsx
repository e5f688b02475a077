import { CircleAlert, CircleCheck, CircleDashed, LoaderCircle } from "lucide-react";
import { text } from "@/text";
import { known } from "@/text/known";

/** The state of a trace or the status of a span. Only errors are red. */
export function Status({ state, withText = false }: { state: string; withText?: boolean }) {
  const words = known(text.state, state) ?? state;
  return (
    <span className="inline-flex items-center gap-1.5" title={words}>
      <span role="img" aria-label={words} className="inline-flex">
        {mark(state)}
      </span>
      {withText && <span className={state === "ERROR" ? "text-error" : ""}>{words}</span>}
    </span>
  );
}

function mark(state: string) {
  if (state === "ERROR") return <CircleAlert size={14} className="text-error" aria-hidden />;
  if (state === "OK") return <CircleCheck size={14} className="text-faint" aria-hidden />;
  if (state === "IN_PROGRESS") return <LoaderCircle size={14} className="animate-spin text-muted" aria-hidden />;
  return <CircleDashed size={14} className="text-faint" aria-hidden />;
}
