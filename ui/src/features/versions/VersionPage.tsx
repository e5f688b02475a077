import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { List } from "lucide-react";
import type { ListView } from "@/address/view";
import { filterProblemOf } from "@/api/client";
import { Problem, SkeletonRows } from "@/components/States";
import { FilterToolbar } from "@/filter/FilterToolbar";
import { andFilter } from "@/filter/terms";
import { useSteadyNow } from "@/filter/useNow";
import { StepCharts } from "@/subjects/StepCharts";
import { SubjectHeader } from "@/subjects/SubjectHeader";
import { text } from "@/text";
import { parseRange } from "@/time/range";
import { CompareWith } from "./CompareWith";
import { DeleteVersion } from "./DeleteVersion";
import { type FoundVersion, figuresQuery, versionQuery } from "./queries";
import { VersionDetails } from "./VersionDetails";
import { VersionFigures } from "./VersionFigures";

const FROM = "/experiments/$experimentId/versions/$versionId";

export function VersionPage() {
  const { experimentId, versionId } = useParams({ from: FROM });
  const { data: found, error, refetch } = useQuery(versionQuery(experimentId, versionId));
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (found === undefined) return <SkeletonRows rows={10} />;
  return <FoundVersionPage key={versionId} found={found} />;
}

function FoundVersionPage({ found }: { found: FoundVersion }) {
  const { experimentId, versionId } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const nowMs = useSteadyNow();
  const range = parseRange(view.t, nowMs);
  // What people wrote stands first, so that the position of a mistake is theirs.
  const q = andFilter(view.q ?? "", found.filter);
  const figures = useQuery(figuresQuery(experimentId, q, range, false));
  const filterProblem = filterProblemOf(figures.error);
  const { version } = found;
  const name = version?.name ?? versionId;
  const change = (next: Partial<ListView>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <>
      <SubjectHeader experimentId={experimentId} kind="versions" view={view} name={name}>
        <div className="flex-1" />
        <Link
          to="/experiments/$experimentId/traces"
          params={{ experimentId }}
          search={{ q, t: view.t }}
          className="link mr-2 inline-flex items-center gap-1.5"
        >
          <List size={14} aria-hidden />
          {text.nav.traces}
        </Link>
        <CompareWith experimentId={experimentId} ownKey={version?.version_id ?? versionId} view={view} />
        {version && <DeleteVersion version={version} />}
      </SubjectHeader>
      <div className="min-h-0 flex-1 overflow-auto">
        <FilterToolbar experimentId={experimentId} problem={filterProblem} />
        <div className="space-y-6 px-4 pb-8">
          {filterProblem === null && (
            <>
              <VersionFigures experimentId={experimentId} q={q} t={view.t} query={figures} />
              <StepCharts
                experimentId={experimentId}
                filter={q}
                range={range}
                nowMs={nowMs}
                onTime={(t) => change({ t })}
              />
            </>
          )}
          {version === null ? (
            <p className="max-w-2xl text-muted">{text.versions.onlyNamed(name)}</p>
          ) : (
            <VersionDetails version={version} />
          )}
        </div>
      </div>
    </>
  );
}
