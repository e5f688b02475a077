import { Link, useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { GitCompareArrows } from "lucide-react";
import { useMemo, useState } from "react";
import { carried, type ListView } from "@/address/view";
import { filterProblemOf, type Schemas } from "@/api/client";
import { Button } from "@/components/Button";
import { CodeLines } from "@/components/CodeLines";
import { PageHeader } from "@/components/PageHeader";
import { EmptyState, Problem } from "@/components/States";
import { FilterToolbar } from "@/filter/FilterToolbar";
import { andFilter } from "@/filter/terms";
import { useSteadyNow } from "@/filter/useNow";
import { useShortcut } from "@/keys/shortcuts";
import { ColumnMenu } from "@/table/ColumnMenu";
import { DataTable } from "@/table/DataTable";
import { parseSort } from "@/table/sort";
import { text } from "@/text";
import { DEFAULT_SORT, versionColumns } from "./columns";
import type { AllVersions } from "./queries";
import { inOrder, sorted, unnamed, type VersionRow } from "./rows";
import { useVersionRows } from "./useVersionRows";

const FROM = "/experiments/$experimentId/versions";

/** Versions, and what their traces of the page's time and filter come to. */
export function VersionsPage() {
  const { experimentId } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const router = useRouter();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { all, figures, rows, shown, columns } = useVersionTable(experimentId, view);
  const change = (next: Partial<ListView>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const filterProblem = filterProblemOf(figures.error);
  const problem = all.error ?? (filterProblem === null ? figures.error : null);
  const retry = () => {
    void all.refetch();
    void figures.refetch();
  };
  return (
    <>
      <PageHeader title={text.nav.versions}>
        <CompareTwo experimentId={experimentId} view={view} chosen={rows.filter((row) => selected.has(row.key))} />
      </PageHeader>
      <FilterToolbar
        experimentId={experimentId}
        problem={filterProblem}
        actions={<ColumnMenu columns={columns} layout={view.cols} onLayout={(cols) => change({ cols })} />}
      />
      {problem && <Problem error={problem} onRetry={retry} />}
      <Notes experimentId={experimentId} view={view} all={all.data} figures={figures.data} />
      <DataTable
        label={text.nav.versions}
        rows={shown}
        columns={columns}
        rowKey={rowKey}
        sort={view.sort ?? DEFAULT_SORT}
        onSort={(sort) => change({ sort })}
        layout={view.cols}
        onLayout={(cols) => change({ cols })}
        rowHref={({ key }) =>
          router.buildLocation({
            to: `${FROM}/$versionId`,
            params: { experimentId, versionId: key },
            search: carried(view),
          }).href
        }
        selected={selected}
        onSelect={setSelected}
        isLoading={all.isPending || figures.isPending}
        isStale={figures.isPlaceholderData}
        empty={all.isSuccess && <NoVersions />}
      />
    </>
  );
}

/** The rows and columns of the list, and what they are made of. */
function useVersionTable(experimentId: string, { q = "", t, sort = DEFAULT_SORT }: ListView) {
  const nowMs = useSteadyNow();
  const { all, figures, rows } = useVersionRows(experimentId, q, t);
  const columns = useMemo(() => versionColumns({ experimentId, q, t, nowMs, rows }), [experimentId, q, t, nowMs, rows]);
  const shown = useMemo(() => {
    const order = parseSort(sort);
    const value = columns.find((column) => column.id === order?.id)?.value;
    return value ? sorted(rows, value, order?.isDescending ?? false) : rows;
  }, [rows, columns, sort]);
  return { all, figures, rows, shown, columns };
}

interface CompareTwoProps {
  experimentId: string;
  view: ListView;
  chosen: readonly VersionRow[];
}

function CompareTwo({ experimentId, view, chosen }: CompareTwoProps) {
  const navigate = useNavigate();
  const [first, second, third] = chosen;
  const compare =
    first && second && !third
      ? () => {
          const [a, b] = inOrder(first, second);
          void navigate({
            to: "/experiments/$experimentId/versions/compare",
            params: { experimentId },
            search: { ...carried(view), a: a.key, b: b.key },
          });
        }
      : null;
  useShortcut("compare", compare);
  return (
    <>
      <div className="flex-1" />
      <span className="text-muted" role="status">
        {chosen.length > 0 && compare === null && text.versions.chooseTwo(chosen.length)}
      </span>
      <Button
        disabled={compare === null}
        look={compare ? "primary" : "plain"}
        icon={<GitCompareArrows size={14} aria-hidden />}
        onClick={() => compare?.()}
      >
        {text.versions.compareTwo}
      </Button>
    </>
  );
}

const rowKey = (row: VersionRow) => row.key;

interface NotesProps {
  experimentId: string;
  view: ListView;
  all: AllVersions | undefined;
  figures: Schemas["TraceFiguresAnswer"] | undefined;
}

/** What is left out of the list, and how to see it. */
function Notes({ experimentId, view, all, figures }: NotesProps) {
  const without = unnamed(figures?.rows ?? []);
  return (
    <div className="flex flex-wrap gap-x-6 px-4 pb-1 text-muted text-sm empty:hidden">
      {all && !all.isWhole && <span>{text.versions.newestOnly(all.versions.length)}</span>}
      {figures && !figures.is_complete && <span>{text.versions.largestOnly}</span>}
      {without !== null && (
        <span>
          <Link
            to="/experiments/$experimentId/traces"
            params={{ experimentId }}
            search={{ q: andFilter("version IS NULL", view.q ?? ""), t: view.t }}
            className="link"
          >
            {text.count.traces(without.traces)}
          </Link>{" "}
          {text.versions.nameNone(without.traces)}
        </span>
      )}
    </div>
  );
}

const CODE = {
  trilha: 'import trilha\ntrilha.set_active_model(name="support-v1.0.1")',
  mlflow: 'import mlflow\nmlflow.set_active_model(name="support-v1.0.1")',
};

function NoVersions() {
  return (
    <EmptyState title={text.versions.none}>
      <p className="mb-3">{text.versions.howTo}</p>
      <div className="space-y-3">
        {Object.entries(CODE).map(([library, code]) => (
          <CodeLines key={library} title={library} code={code} />
        ))}
        <CodeLines title={text.versions.byEnvironment} code="export MLFLOW_ACTIVE_MODEL_ID=support-v1.0.1" />
      </div>
    </EmptyState>
  );
}
