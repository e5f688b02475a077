/** A list of sessions or of users, found by the filter and the time of the page. */
import { type ReactNode, useCallback } from "react";
import type { ListView } from "@/address/view";
import { ApiProblem } from "@/api/client";
import { usePatience } from "@/api/pages";
import { Button } from "@/components/Button";
import { PageHeader } from "@/components/PageHeader";
import { Problem } from "@/components/States";
import { FilterToolbar } from "@/filter/FilterToolbar";
import { ColumnMenu } from "@/table/ColumnMenu";
import { type Column, DataTable } from "@/table/DataTable";
import { text } from "@/text";
import { DEFAULT_SORT } from "./order";

/** One page after the other. */
interface PagedQuery {
  error: unknown;
  isError: boolean;
  isSuccess: boolean;
  isFetching: boolean;
  isPlaceholderData: boolean;
  hasNextPage: boolean;
  fetchNextPage: (options: { cancelRefetch: boolean }) => unknown;
  refetch: () => unknown;
}

interface SubjectListProps<R> {
  title: string;
  experimentId: string;
  view: ListView;
  onView: (view: Partial<ListView>) => void;
  query: PagedQuery;
  rows: readonly R[];
  /** How many rows each page brought. */
  pageSizes: readonly number[];
  isComplete: boolean;
  columns: readonly Column<R>[];
  rowKey: (row: R) => string;
  hrefOf: (row: R) => string;
  onOpen: (row: R) => void;
  /** Stands in place of no rows. */
  empty: ReactNode;
}

export function SubjectList<R>(props: SubjectListProps<R>) {
  const { title, experimentId, view, onView, query, rows, columns } = props;
  const patience = usePatience(props.pageSizes);
  const hasStopped = query.hasNextPage && patience.isSpent;
  const { fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const filterProblem = query.error instanceof ApiProblem && query.error.position !== null ? query.error : null;
  const setLayout = (cols: string | undefined) => onView({ cols });
  return (
    <>
      <PageHeader title={title} />
      <FilterToolbar
        experimentId={experimentId}
        problem={filterProblem}
        actions={<ColumnMenu columns={columns} layout={view.cols} onLayout={setLayout} />}
      />
      {!props.isComplete && <Note words={text.subjects.incomplete} />}
      {query.isError && filterProblem === null && <Problem error={query.error} onRetry={() => void query.refetch()} />}
      <DataTable
        label={title}
        rows={rows}
        columns={columns}
        rowKey={props.rowKey}
        sort={view.sort ?? DEFAULT_SORT}
        onSort={(sort) => onView({ sort })}
        layout={view.cols}
        onLayout={setLayout}
        rowHref={props.hrefOf}
        onOpen={props.onOpen}
        hasMore={query.hasNextPage && !query.isError && !hasStopped}
        onMore={more}
        isLoading={query.isFetching && !query.isPlaceholderData}
        isStale={query.isPlaceholderData}
        empty={query.isSuccess && !query.hasNextPage && props.empty}
      />
      {hasStopped && (
        <Note words={text.subjects.stopped}>
          <Button onClick={patience.goOn}>{text.subjects.lookFurther}</Button>
        </Note>
      )}
    </>
  );
}

function Note({ words, children }: { words: string; children?: ReactNode }) {
  return (
    <div role="status" className="flex items-center gap-3 border-line border-b bg-bg-sunken px-4 py-1.5 text-muted">
      <span>{words}</span>
      {children}
    </div>
  );
}
