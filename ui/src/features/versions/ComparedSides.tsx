import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { filterProblemOf } from "@/api/client";
import { Problem, SkeletonRows } from "@/components/States";
import { FilterToolbar } from "@/filter/FilterToolbar";
import { text } from "@/text";
import type { TimeRange } from "@/time/range";
import { Comparison } from "./Comparison";
import { DifferenceList } from "./DifferenceList";
import { FailingExamples } from "./FailingExamples";
import { PairTable } from "./PairTable";
import { comparisonQuery, differencesQuery } from "./queries";
import type { Side } from "./sides";

export interface ComparedSidesProps {
  experimentId: string;
  a: Side;
  b: Side;
  /** Filter and time of both. */
  q: string;
  t: string | undefined;
  range: TimeRange;
}

export function ComparedSides(props: ComparedSidesProps) {
  const { experimentId, a, b, q, range } = props;
  const sides = { experimentId, a: a.filter, b: b.filter, filter: q, range };
  const comparison = useQuery(comparisonQuery(sides));
  const differences = useQuery({ ...differencesQuery(sides), enabled: comparison.isSuccess });
  const filterProblem = filterProblemOf(comparison.error);
  const words = text.versions;
  return (
    <>
      <FilterToolbar experimentId={experimentId} problem={filterProblem} />
      <div className="min-h-0 flex-1 space-y-8 overflow-auto px-4 pt-1 pb-10">
        <Part title={words.verdictTitle}>
          {comparison.error && filterProblem === null ? (
            <Problem error={comparison.error} onRetry={() => void comparison.refetch()} />
          ) : comparison.data === undefined ? (
            filterProblem === null && <SkeletonRows rows={8} />
          ) : (
            <Comparison {...props} found={comparison.data} isStale={comparison.isPlaceholderData} />
          )}
        </Part>
        <Part title={words.givenTitle}>
          <PairTable a={a.row.version} b={b.row.version} />
        </Part>
        {comparison.data !== undefined && (
          <>
            <Part title={words.differencesTitle}>
              {differences.error ? (
                <Problem error={differences.error} onRetry={() => void differences.refetch()} />
              ) : differences.data === undefined ? (
                <SkeletonRows rows={6} />
              ) : (
                <DifferenceList {...props} found={differences.data} isStale={differences.isPlaceholderData} />
              )}
            </Part>
            <Part title={words.failuresTitle}>
              <FailingExamples {...props} />
            </Part>
          </>
        )}
      </div>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 font-semibold text-lg">{title}</h2>
      {children}
    </section>
  );
}
