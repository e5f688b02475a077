/** What stands in the cells of the list that is more than a text. */
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import type { Schemas } from "@/api/client";
import { FeedbackValue } from "@/components/FeedbackMarks";
import { duration, NONE } from "@/format/numbers";
import { isPlainClick } from "@/keys/clicks";
import { text } from "@/text";
import { headQuery, rootSpanQuery } from "./lazyValues";
import type { Trace } from "./live";

/** A link inside a row, above the row's own. A plain one: many links of the router are slow to draw. */
export function CellLink({ href, children }: { href: string; children: ReactNode }) {
  const { history } = useRouter();
  return (
    <a
      href={href}
      tabIndex={-1}
      className="relative z-10 no-underline hover:text-accent hover:underline"
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        history.push(href);
      }}
    >
      {children}
    </a>
  );
}

export function Missing() {
  return <span className="text-faint">{NONE}</span>;
}

/** A duration, which counts on while the trace runs. */
export function Duration({ trace }: { trace: Trace }) {
  if (trace.duration_ms !== null) return duration(trace.duration_ms);
  return trace.state === "IN_PROGRESS" ? <RunningFor sinceMs={trace.request_time_ms} /> : <Missing />;
}

function RunningFor({ sinceMs }: { sinceMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const wholeSecondsMs = Math.max(0, Math.floor((nowMs - sinceMs) / 1000) * 1000);
  return (
    <span className="text-muted" title={text.traces.runningHint}>
      {wholeSecondsMs < 1000 ? "0 s" : duration(wholeSecondsMs).replace(/\.\d+/, "")}
    </span>
  );
}

/** The tags that people gave; a click on one finds others that have it. */
export function Tags({ trace, onTag }: { trace: Trace; onTag: (key: string, value: string) => void }) {
  const tags = Object.entries(trace.tags).filter(([key]) => !key.startsWith("mlflow."));
  return tags.map(([key, value]) => (
    <button
      key={key}
      type="button"
      tabIndex={-1}
      title={`${key}: ${value}`}
      onClick={() => onTag(key, value)}
      className="relative z-10 mr-1 inline-block max-w-48 truncate rounded border border-line bg-bg px-1.5 align-middle text-sm leading-[18px] hover:border-line-strong"
    >
      <span className="text-muted">{key}</span> {value}
    </button>
  ));
}

/** An attribute of the root span, read when the row is looked at. */
export function RootAttribute({ trace, name }: { trace: Trace; name: string }) {
  const head = useQuery(headQuery(trace));
  const rootId = head.data?.spans.id[head.data.spans.parent.indexOf(null)];
  const root = useQuery(rootSpanQuery(trace, rootId));
  if (head.isPending || (root.isPending && rootId !== undefined)) return <Reading />;
  const value = root.data?.attributes[name];
  if (value === undefined) return <Missing />;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was said of a trace, read when the row is looked at; of one name, or the first few. */
export function Assessments({ trace, only }: { trace: Trace; only?: { kind: string; name: string } }) {
  const head = useQuery(headQuery(trace));
  if (head.isPending) return <Reading />;
  const said = (head.data?.assessments ?? []).filter(
    (one) => one.valid && (only === undefined || (one.name === only.name && one.kind === only.kind)),
  );
  if (said.length === 0) return <Missing />;
  if (only !== undefined) return said.map((one) => shownValue(one)).join(", ");
  return (
    <span className="inline-flex gap-2">
      {said.slice(0, 3).map((one) => (
        <FeedbackValue key={one.assessment_id} name={one.name} value={one.value} />
      ))}
      {said.length > 3 && <span className="text-faint text-sm">+{said.length - 3}</span>}
    </span>
  );
}

function shownValue({ value, error_message }: Schemas["AssessmentModel"]): string {
  if (value === null) return error_message ?? NONE;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function Reading() {
  return <span className="inline-block h-2.5 w-16 animate-pulse rounded bg-bg-hover" />;
}
