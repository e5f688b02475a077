import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, UserRound } from "lucide-react";
import { type ReactNode, useEffect, useId, useState } from "react";
import { FeedbackValue } from "@/components/FeedbackMarks";
import { SpanTypeIcon } from "@/components/SpanType";
import { Problem, SkeletonRows } from "@/components/States";
import { Status } from "@/components/Status";
import { useSteadyNow } from "@/filter/useNow";
import { count, duration, usd } from "@/format/numbers";
import { fullMoment, moment } from "@/format/time";
import { ValueView } from "@/payload/ValueView";
import { text } from "@/text";
import { ofSession } from "./columns";
import { turnDetailsQuery, turnRootQuery } from "./queries";
import { idleWords, isPause, type Placed, toolsUsed } from "./turns";

interface TurnCardProps {
  experimentId: string;
  session: string;
  placed: Placed;
  /** Of the whole conversation; -1 where it is not known. */
  size: number;
  isChosen: boolean;
  onChoose: (traceId: string) => void;
}

/** The trace of a turn. Next and previous there walk the session in its order. */
export function traceOfTurn(experimentId: string, session: string, traceId: string) {
  return {
    to: "/experiments/$experimentId/traces/$traceId" as const,
    params: { experimentId, traceId },
    search: { q: ofSession(session), t: "all", sort: "start" },
  };
}

export function TurnCard({ experimentId, session, placed, size, isChosen, onChoose }: TurnCardProps) {
  const { turn, number, idleMs } = placed;
  const [isFull, setFull] = useState(false);
  const titleId = useId();
  const idle = idleWords(idleMs);
  const nowMs = useSteadyNow();
  return (
    <>
      {idle !== null && <Gap words={idle} isPause={isPause(idleMs)} />}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: j and k choose turns */}
      <article
        aria-labelledby={titleId}
        aria-posinset={number}
        aria-setsize={size}
        aria-current={isChosen || undefined}
        onClick={(event) => {
          if (!(event.target as Element).closest("a, button")) onChoose(turn.trace_id);
        }}
        className="grid grid-cols-[104px_minmax(0,1fr)_210px] gap-4 border-line border-b border-l-2 border-l-transparent px-4 py-2.5 aria-[current=true]:border-l-accent aria-[current=true]:bg-bg-hover"
      >
        <header className="text-sm">
          <h2 id={titleId} className="text-muted">
            {text.sessions.turn(number)}
          </h2>
          <time className="text-faint" title={fullMoment(turn.request_time_ms)}>
            {moment(turn.request_time_ms, nowMs)}
          </time>
        </header>
        <div className="min-w-0 max-w-4xl space-y-1.5">
          {isFull ? (
            <FullTurn traceId={turn.trace_id} />
          ) : (
            <>
              <Said
                who={text.sessions.request}
                icon={<UserRound size={14} aria-hidden />}
                words={turn.request_preview}
              />
              <Said
                who={text.sessions.response}
                icon={<Bot size={14} aria-hidden />}
                words={turn.response_preview}
                isError={turn.state === "ERROR"}
              />
            </>
          )}
          <div className="flex min-h-5 flex-wrap items-center gap-x-4 gap-y-1 pl-6">
            <button
              type="button"
              aria-expanded={isFull}
              onClick={() => setFull(!isFull)}
              className="text-accent text-sm hover:underline"
            >
              {isFull ? text.sessions.previewOnly : text.sessions.fullText}
            </button>
            <TurnDetails traceId={turn.trace_id} />
          </div>
        </div>
        <TurnFacts placed={placed}>
          <Link {...traceOfTurn(experimentId, session, turn.trace_id)} className="link">
            {text.sessions.openTrace}
          </Link>
        </TurnFacts>
      </article>
    </>
  );
}

function Gap({ words, isPause }: { words: string; isPause: boolean }) {
  return (
    <div
      className={`flex items-center gap-3 border-line border-b px-4 text-faint text-sm ${isPause ? "bg-bg-sunken py-1.5" : "py-0.5"}`}
    >
      <span className="pl-[118px]">{words}</span>
    </div>
  );
}

interface SaidProps {
  who: string;
  icon: ReactNode;
  words: string | null;
  isError?: boolean;
}

function Said({ who, icon, words, isError = false }: SaidProps) {
  return (
    <div className="flex gap-2.5">
      <span role="img" aria-label={who} title={who} className="mt-0.5 shrink-0 text-faint">
        {icon}
      </span>
      <p className={`line-clamp-6 min-w-0 whitespace-pre-wrap break-words ${isError ? "text-error" : ""}`}>
        {words || (
          <span className="text-faint">{isError ? text.sessions.failedSilently : text.sessions.nothingSaid}</span>
        )}
      </p>
    </div>
  );
}

function TurnFacts({ placed, children }: { placed: Placed; children: ReactNode }) {
  const { turn, tokens, costUsd } = placed;
  const inOut = text.sessions.inOut(count(turn.usage?.input_tokens), count(turn.usage?.output_tokens));
  const sum = text.sessions.upToHere(count(tokens), usd(costUsd));
  return (
    <div className="grid grid-cols-[auto_1fr_1fr] content-start justify-items-end gap-x-3 text-sm">
      <Status state={turn.state} />
      <span className="col-span-2">{duration(turn.duration_ms)}</span>
      <span className="justify-self-start text-faint">{text.sessions.thisTurn}</span>
      <span title={inOut}>{count(turn.usage?.total_tokens)}</span>
      <span title={text.subjects.columns.cost}>{usd(turn.cost?.total_usd)}</span>
      <span className="justify-self-start text-faint" title={sum}>
        {text.sessions.sum}
      </span>
      <span className="text-muted">{count(tokens)}</span>
      <span className="text-muted">{usd(costUsd)}</span>
      <span className="col-span-3">{children}</span>
    </div>
  );
}

/** A turn must stay in sight for so long before its details are read. */
const GLANCE_MS = 150;

/** Tools and feedback of a turn, once somebody looks at it. */
function TurnDetails({ traceId }: { traceId: string }) {
  const [isLookedAt, setLookedAt] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLookedAt(true), GLANCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const { data } = useQuery({ ...turnDetailsQuery(traceId), enabled: isLookedAt });
  if (data === undefined) return null;
  return (
    <>
      {toolsUsed(data.spans).map(([name, times]) => (
        <span key={name} className="inline-flex items-center gap-1 text-sm">
          <SpanTypeIcon type="TOOL" size={12} />
          {name}
          {times > 1 && <span className="text-faint">×{times}</span>}
        </span>
      ))}
      {data.next_offset !== null && <span className="text-faint text-sm">{text.sessions.moreSpans}</span>}
      {data.assessments
        .filter((one) => one.valid && one.kind === "feedback")
        .map((one) => (
          <FeedbackValue key={one.assessment_id} name={one.name} value={one.error_code ?? one.value} />
        ))}
    </>
  );
}

/** What was asked and answered, in full. */
function FullTurn({ traceId }: { traceId: string }) {
  const { data: root, error, refetch } = useQuery(turnRootQuery(traceId));
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (root === undefined) return <SkeletonRows rows={2} />;
  if (root === null) return <p className="text-faint">{text.sessions.noRoot}</p>;
  return (
    <>
      <Value label={text.sessions.request} value={root.inputs} />
      <Value label={text.sessions.response} value={root.outputs} />
    </>
  );
}

function Value({ label, value }: { label: string; value: unknown }) {
  return (
    <section aria-label={label}>
      <h3 className="text-faint text-sm">{label}</h3>
      <ValueView value={value} />
    </section>
  );
}
