import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { carried } from "@/address/view";
import { IconButton } from "@/components/Button";
import { copy } from "@/components/clipboard";
import { fieldName, withTerm } from "@/filter/terms";
import { count, duration, shortCount } from "@/format/numbers";
import { fullMoment, moment } from "@/format/time";
import { text } from "@/text";
import { TraceCost } from "../inspector/TraceCost";
import { useScene } from "../scene";
import { TagEditor } from "./TagEditor";

/** The facts of a trace, each a link to what it names. */
export function Facts() {
  const { trace, nowMs, view, setView, experimentId, loaded } = useScene();
  const runningMs = Math.max(0, nowMs - trace.request_time_ms);
  const within = { experimentId };
  return (
    <dl className="mt-0.5 flex flex-wrap items-center gap-x-4 gap-y-0.5 pl-8 text-sm">
      <Fact name={text.trace.start}>
        <span title={fullMoment(trace.request_time_ms)}>{moment(trace.request_time_ms, Date.now())}</span>
      </Fact>
      <Fact name={text.trace.duration}>
        <Show onShow={() => setView({ tab: "timeline" })}>
          {trace.state === "IN_PROGRESS" ? text.trace.runningFor(duration(runningMs)) : duration(trace.duration_ms)}
        </Show>
      </Fact>
      <Fact name={text.trace.spans}>
        <Show onShow={() => setView({ tab: "table", by: undefined })}>{count(loaded.totalSpans)}</Show>
      </Fact>
      {trace.usage && (
        <Fact name={text.trace.tokens}>
          <Show
            title={text.trace.tokensInOut(count(trace.usage.input_tokens), count(trace.usage.output_tokens))}
            onShow={() => setView({ tab: "table", by: undefined, order: "-tokens" })}
          >
            {shortCount(trace.usage.total_tokens)}
          </Show>
        </Fact>
      )}
      {(trace.cost || trace.usage) && (
        <Fact name={text.trace.cost}>
          <TraceCost />
        </Fact>
      )}
      {trace.session && (
        <Fact name={text.trace.session}>
          <Link
            to="/experiments/$experimentId/sessions/$session"
            params={{ ...within, session: trace.session }}
            search={{ ...carried(view), turn: trace.trace_id }}
            className="link block max-w-48 truncate"
          >
            {trace.session}
          </Link>
        </Fact>
      )}
      {trace.user && (
        <Fact name={text.trace.user}>
          <Link
            to="/experiments/$experimentId/users/$user"
            params={{ ...within, user: trace.user }}
            search={carried(view)}
            className="link block max-w-48 truncate"
          >
            {trace.user}
          </Link>
        </Fact>
      )}
      {trace.version && (
        <Fact name={text.trace.version}>
          <Version />
        </Fact>
      )}
      <Fact name={text.trace.id}>
        <code className="max-w-40 truncate font-mono text-xs" title={trace.trace_id}>
          {trace.trace_id}
        </code>
        <IconButton label={text.trace.copyId} className="!size-5" onClick={() => void copy(trace.trace_id)}>
          <Copy size={12} />
        </IconButton>
      </Fact>
      <Tags />
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="inline-flex items-center gap-1.5">
      <dt className="text-faint">{name}</dt>
      <dd className="inline-flex items-center">{children}</dd>
    </div>
  );
}

/** A figure that shows what it counts. */
function Show({ title, onShow, children }: { title?: string; onShow: () => void; children: ReactNode }) {
  return (
    <button type="button" title={title} onClick={onShow} className="link">
      {children}
    </button>
  );
}

function Version() {
  const { trace, experimentId, view } = useScene();
  const name = trace.version_name ?? trace.version ?? "";
  if (trace.version_id !== null)
    return (
      <Link
        to="/experiments/$experimentId/versions/$versionId"
        params={{ experimentId, versionId: trace.version_id }}
        search={carried(view)}
        className="link block max-w-56 truncate"
      >
        {name}
      </Link>
    );
  return <Filtered field="version" value={trace.version ?? ""} shown={name} />;
}

function Tags() {
  const { trace } = useScene();
  const tags = Object.entries(trace.tags).filter(([key]) => !key.startsWith("mlflow."));
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-1">
      <dt className="sr-only">{text.trace.tags}</dt>
      <dd className="flex min-w-0 flex-wrap items-center gap-1">
        {tags.map(([key, value]) => (
          <span
            key={key}
            className="inline-flex max-w-64 items-center rounded border border-line px-1.5 text-xs"
            title={`${key}: ${value}`}
          >
            <Filtered field={fieldName("tags", key)} value={value} shown={value === "" ? key : `${key}: ${value}`} />
          </span>
        ))}
        <TagEditor />
      </dd>
    </div>
  );
}

/** A value that leads to all traces that have it. */
function Filtered({ field, value, shown }: { field: string; value: string; shown: string }) {
  const { experimentId, view } = useScene();
  return (
    <Link
      to="/experiments/$experimentId/traces"
      params={{ experimentId }}
      search={{ ...carried(view), q: withTerm("", field, value) }}
      className="link block max-w-56 truncate"
    >
      {shown}
    </Link>
  );
}
