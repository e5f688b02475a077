/** What is registered of a version: what it is, its parameters, tags and metrics. */
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "@/components/Button";
import { copy } from "@/components/clipboard";
import { quoted } from "@/filter/terms";
import { measured } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import { text } from "@/text";
import { GitCommit } from "./GitCommit";
import { gitState } from "./git";
import type { Version } from "./queries";
import { TagTable } from "./TagTable";
import { useVersionEdit } from "./useVersionEdit";
import { VersionStatus } from "./VersionStatus";

export function VersionDetails({ version }: { version: Version }) {
  return (
    <div className="grid gap-x-10 gap-y-6 lg:grid-cols-2">
      <Part title={text.versions.details}>
        <Facts version={version} />
      </Part>
      <Part title={text.versions.params}>
        <Params params={version.params} />
      </Part>
      <Part title={text.versions.tags}>
        <TagTable version={version} />
      </Part>
      <Part title={text.versions.metricsTitle}>
        <Metrics version={version} />
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="mb-1 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

const STATUSES = ["PENDING", "READY", "FAILED"] as const;

function Facts({ version }: { version: Version }) {
  const edit = useVersionEdit(version);
  const git = gitState(version.tags);
  const words = text.versions.columns;
  return (
    <dl className="grid grid-cols-[120px_1fr] gap-y-1 [&>dt]:text-muted">
      <dt>{words.status}</dt>
      <dd className="flex items-center gap-3">
        <VersionStatus status={version.status} />
        <select
          aria-label={text.versions.setStatus}
          value={version.status}
          disabled={edit.isPending}
          onChange={(event) => edit.mutate({ status: event.target.value as (typeof STATUSES)[number] })}
          className="h-6 rounded border border-line px-1 text-sm"
        >
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {text.versions.statuses[status]}
            </option>
          ))}
        </select>
      </dd>
      {git && (
        <>
          <dt>{words.commit}</dt>
          <dd className="min-w-0 break-all">
            <GitCommit git={git} isFull />
          </dd>
        </>
      )}
      <dt>{words.id}</dt>
      <dd className="flex items-center gap-1">
        <code className="break-all font-mono text-sm">{version.version_id}</code>
        <IconButton label={text.app.copy} className="size-5" onClick={() => void copy(version.version_id)}>
          <Copy size={12} />
        </IconButton>
      </dd>
      <dt>{words.kind}</dt>
      <dd>{version.kind ?? <span className="text-faint">{text.app.none}</span>}</dd>
      <dt>{words.created}</dt>
      <dd>{fullMoment(version.create_time_ms)}</dd>
      <dt>{words.updated}</dt>
      <dd>{fullMoment(version.update_time_ms)}</dd>
      {version.source_run_id && (
        <>
          <dt>{text.versions.sourceRun}</dt>
          <dd>
            <RunLink experimentId={version.experiment_id} runId={version.source_run_id} />
          </dd>
        </>
      )}
    </dl>
  );
}

/** A run, by the traces that were made in it. */
function RunLink({ experimentId, runId }: { experimentId: string; runId: string }) {
  return (
    <Link
      to="/experiments/$experimentId/traces"
      params={{ experimentId }}
      search={{ q: `run_id = ${quoted(runId)}`, t: "all" }}
      title={text.versions.tracesOfRun}
      className="link font-mono text-sm"
    >
      {runId}
    </Link>
  );
}

function Params({ params }: { params: Version["params"] }) {
  const entries = Object.entries(params);
  if (entries.length === 0) return <p className="text-faint">{text.app.none}</p>;
  return (
    <table className="w-full">
      <tbody>
        {entries.map(([key, value]) => (
          <tr key={key} className="border-line border-b align-top">
            <th scope="row" className="w-44 max-w-44 break-words py-1 pr-3 text-left font-normal text-muted">
              {key}
            </th>
            <td className="whitespace-pre-wrap break-words py-1">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Metrics({ version }: { version: Version }) {
  if (version.metrics.length === 0) return <p className="text-faint">{text.versions.noMetrics}</p>;
  const words = text.versions.metricColumns;
  return (
    <table className="w-full">
      <thead>
        <tr className="border-line border-b text-left text-faint text-sm [&>th]:font-normal">
          <th>{words.metric}</th>
          <th className="text-right">{words.value}</th>
          <th className="pl-4">{words.dataset}</th>
          <th className="pl-4">{words.run}</th>
        </tr>
      </thead>
      <tbody>
        {version.metrics.map((one) => (
          <tr key={`${one.key} ${one.dataset_name} ${one.dataset_digest}`} className="border-line border-b">
            <td className="py-1">{one.key}</td>
            <td className="text-right" title={fullMoment(one.time_ms)}>
              {measured(one.value)}
            </td>
            <td className="pl-4" title={one.dataset_digest ?? undefined}>
              {one.dataset_name ?? <span className="text-faint">–</span>}
            </td>
            <td className="max-w-40 truncate pl-4">
              <RunLink experimentId={version.experiment_id} runId={one.run_id} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
