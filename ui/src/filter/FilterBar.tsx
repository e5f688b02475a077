import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CircleAlert, CircleHelp, ListFilter, X } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { ApiProblem } from "@/api/client";
import { IconButton } from "@/components/Button";
import { Popover } from "@/components/Popover";
import { useShortcut } from "@/keys/shortcuts";
import { text as words } from "@/text";
import { freeText, loneTraceId, offsetOf } from "./expected";
import { FilterField } from "./FilterField";
import { FilterHelp } from "./FilterHelp";
import { rememberFilter } from "./history";
import { type FilterProblem, parseFilter } from "./parse";
import { countQuery } from "./queries";
import { containsText } from "./terms";
import { tokensOf } from "./tokens";

interface FilterBarProps {
  experimentId: string;
  /** The filter that is applied. */
  value: string;
  onChange: (q: string) => void;
  /** What the server said of the filter that is applied. */
  problem?: ApiProblem | null;
}

/** The filter as text: highlighted, completed, and checked while it is typed. ↵ applies, Escape goes back. */
export function FilterBar({ experimentId, value, onChange, problem = null }: FilterBarProps) {
  const [draft, setDraft] = useState(value);
  const [isFocused, setFocused] = useState(false);
  const [isRefused, setRefused] = useState(false);
  const focus = useRef<(() => void) | null>(null);
  const problemId = useId();
  const apply = useApply(onChange);
  const change = (text: string) => {
    setDraft(text);
    setRefused(false);
  };
  useEffect(() => {
    setDraft(value);
    setRefused(false);
  }, [value]);
  useShortcut("filter", () => focus.current?.());
  const problems = useProblems(experimentId, draft, value, problem);
  // What stands at the end is not wrong yet while somebody types on.
  const isJudged = isRefused || !isFocused || (problem !== null && draft === value);
  const shown = problems.find(({ to }) => isJudged || to < draft.length);
  return (
    <div className="relative min-w-64 flex-1">
      <div
        className={`flex h-7 items-center rounded border bg-bg pr-0.5 pl-2 focus-within:border-accent ${shown ? "border-error" : "border-line"}`}
      >
        <ListFilter size={14} className="mr-2 shrink-0 text-faint" aria-hidden />
        <FilterField
          experimentId={experimentId}
          text={draft}
          problems={shown ? problems : NO_PROBLEMS}
          problemId={problemId}
          focus={focus}
          onText={change}
          onApply={(text) => {
            const applied = apply(text);
            if (applied === null) setRefused(true);
            else change(applied);
          }}
          onEscape={() => change(value)}
          onFocus={setFocused}
        />
        {draft.trim() !== value && <span className="px-1.5 text-faint text-xs">{words.filter.unapplied}</span>}
        {(draft !== "" || value !== "") && (
          <IconButton
            label={words.filter.clear}
            className="size-6!"
            onClick={() => {
              change("");
              onChange("");
            }}
          >
            <X size={14} />
          </IconButton>
        )}
        <HelpButton />
      </div>
      <ProblemLine id={problemId} words={shown?.words ?? null} isFloating={isFocused} />
    </div>
  );
}

const NO_PROBLEMS: readonly FilterProblem[] = [];

/** Apply a text; gives what stands in the bar then, null where the text cannot be read. */
function useApply(onChange: (q: string) => void): (text: string) => string | null {
  const navigate = useNavigate();
  return (text) => {
    const traceId = loneTraceId(text);
    if (traceId !== null) {
      void navigate({ to: "/t/$traceId", params: { traceId }, search: {} });
      return text;
    }
    const isWhole = parseFilter(text).problems.length === 0;
    const sought = isWhole ? null : freeText(text);
    if (!isWhole && sought === null) return null;
    const q = sought === null ? text.trim() : containsText(sought);
    rememberFilter(q);
    onChange(q);
    return q;
  };
}

/** What is wrong: in the server's words where it has judged this very text, else in our own. */
function useProblems(
  experimentId: string,
  draft: string,
  value: string,
  problem: ApiProblem | null,
): readonly FilterProblem[] {
  const isRefused = problem !== null && problem.status >= 400 && problem.status < 500;
  // Pages join the filter with others, so that their positions are not those of this text.
  const judged = useQuery({ ...countQuery(experimentId, value, NO_TIME), enabled: isRefused, retry: false }).error;
  const position = judged instanceof ApiProblem ? judged.position : null;
  return useMemo(() => {
    if (isRefused && draft === value) {
      const from = position === null ? 0 : offsetOf(value, position);
      const token = tokensOf(value).find((each) => each.to > from);
      return [{ from, to: position === null ? from : (token?.to ?? from), words: problem?.message ?? "" }];
    }
    if (loneTraceId(draft) !== null || freeText(draft) !== null) return NO_PROBLEMS;
    return parseFilter(draft).problems;
  }, [draft, value, problem, isRefused, position]);
}

/** A millisecond long ago: nothing needs to be read to say whether a filter is right. */
const NO_TIME = { startMs: 0, endMs: 1 };

function HelpButton() {
  return (
    <Popover
      label={words.filter.help.title}
      align="end"
      className="w-[720px]"
      trigger={(properties) => (
        <IconButton label={words.filter.help.title} className="size-6!" {...properties}>
          <CircleHelp size={14} />
        </IconButton>
      )}
    >
      {() => <FilterHelp />}
    </Popover>
  );
}

function ProblemLine({ id, words: said, isFloating }: { id: string; words: string | null; isFloating: boolean }) {
  return (
    <div id={id} role="status">
      {said !== null && (
        <div
          className={`flex items-start gap-1.5 text-error text-sm ${isFloating ? "absolute top-full right-0 z-20 mt-1 max-w-full rounded border border-line-strong bg-bg-raised px-2 py-0.5 shadow-raised" : "pt-1"}`}
        >
          <CircleAlert size={13} className="mt-0.5 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">{said}</span>
        </div>
      )}
    </div>
  );
}
