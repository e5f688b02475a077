import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import type { CompareView } from "@/address/view";
import { Button } from "@/components/Button";
import { EmptyState, Problem, SkeletonRows } from "@/components/States";
import { useSteadyNow } from "@/filter/useNow";
import { SubjectHeader } from "@/subjects/SubjectHeader";
import { text } from "@/text";
import { parseRange } from "@/time/range";
import { ComparedSides } from "./ComparedSides";
import { SidePicker } from "./SidePicker";
import { sideOf } from "./sides";
import { useVersionRows } from "./useVersionRows";

const FROM = "/experiments/$experimentId/versions/compare";

/** Two versions side by side: A is what is known, B what is in doubt. */
export function CompareVersionsPage() {
  const { experimentId } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const nowMs = useSteadyNow();
  const { all, rows } = useVersionRows(experimentId, "", view.t);
  const change = (next: CompareView) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const [a, b] = [sideOf(rows, view.a), sideOf(rows, view.b)];
  const words = text.versions;
  return (
    <>
      <SubjectHeader experimentId={experimentId} kind="versions" view={view} name={words.compareTitle} />
      <div className="flex flex-wrap items-center gap-2 px-4 pt-2">
        <SidePicker letter="A" label={words.sideA} rows={rows} chosen={a} onChoose={(key) => change({ a: key })} />
        <Button
          look="quiet"
          disabled={a === null || b === null}
          icon={<ArrowLeftRight size={14} aria-hidden />}
          onClick={() => change({ a: view.b, b: view.a })}
        >
          {words.swap}
        </Button>
        <SidePicker letter="B" label={words.sideB} rows={rows} chosen={b} onChoose={(key) => change({ b: key })} />
      </div>
      {all.error ? (
        <Problem error={all.error} onRetry={() => void all.refetch()} />
      ) : all.isPending ? (
        <SkeletonRows rows={10} />
      ) : a === null || b === null ? (
        <EmptyState title={words.chooseSides}>{words.chooseSidesHow}</EmptyState>
      ) : a.filter === b.filter ? (
        <EmptyState title={words.sameSides}>{words.chooseSidesHow}</EmptyState>
      ) : (
        <ComparedSides
          experimentId={experimentId}
          a={a}
          b={b}
          q={view.q ?? ""}
          t={view.t}
          range={parseRange(view.t, nowMs)}
        />
      )}
    </>
  );
}
