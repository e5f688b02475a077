/** A list of sessions or of users, found by the filter and the time of the page. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useCallback, useMemo } from "react";
import type { ListView } from "@/address/view";
import { filterProblemOf } from "@/api/client";
import { JOINED, usePatience } from "@/api/pages";
import { Button } from "@/components/Button";
import { PageHeader } from "@/components/PageHeader";
import { Problem } from "@/components/States";
import { FilterToolbar } from "@/filter/FilterToolbar";
import { listFilter } from "@/filter/neighbours";
import { useSteadyNow } from "@/filter/useNow";
import { ColumnMenu } from "@/table/ColumnMenu";
import { type Column, DataTable } from "@/table/DataTable";
import { text } from "@/text";
import { NothingFound } from "./NothingFound";
import { DEFAULT_SORT } from "./order";
import { latestQuery, listQuery, type Subject, type SubjectKind } from "./queries";

interface SubjectListProps<R extends Subject> {
  kind: SubjectKind<R>;
  experimentId: string;
  view: ListView;
  columnsOf: (nowMs: number) => Column<R>[];
  hrefOf: (row: R) => string;
  /** What to write to get one, by library. */
  code: Record<string, string>;
}

export function SubjectList<R extends Subject>(props: SubjectListProps<R>) {
  const { kind, experimentId, view, columnsOf, hrefOf, code } = props;
  const title = text.nav[kind.name];
  const navigate = useNavigate();
  const nowMs = useSteadyNow();
  const query = useInfiniteQuery(listQuery(kind, experimentId, listFilter(view, nowMs), view.sort));
  const pages = query.data?.pages ?? [];
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  const columns = useMemo(() => columnsOf(nowMs), [columnsOf, nowMs]);
  const patience = usePatience(pages.map((page) => page.rows.length));
  const hasStopped = query.hasNextPage && patience.isSpent;
  const { fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(JOINED), [fetchNextPage]);
  const filterProblem = filterProblemOf(query.error);
  const change = (next: Partial<ListView>) =>
    void navigate({ to: ".", search: (old: object) => ({ ...old, ...next }), replace: true });
  const setLayout = (cols: string | undefined) => change({ cols });
  return (
    <>
      <PageHeader title={title} />
      <FilterToolbar
        experimentId={experimentId}
        problem={filterProblem}
        actions={<ColumnMenu columns={columns} layout={view.cols} onLayout={setLayout} />}
      />
      {!pages.every((page) => page.is_complete) && <Note words={text.subjects.incomplete} />}
      {query.isError && filterProblem === null && <Problem error={query.error} onRetry={() => void query.refetch()} />}
      <DataTable
        label={title}
        rows={rows}
        columns={columns}
        rowKey={kind.keyOf}
        sort={view.sort ?? DEFAULT_SORT}
        onSort={(sort) => change({ sort })}
        layout={view.cols}
        onLayout={setLayout}
        rowHref={hrefOf}
        hasMore={query.hasNextPage && !query.isError && !hasStopped}
        onMore={more}
        isLoading={query.isFetching && !query.isPlaceholderData}
        isStale={query.isPlaceholderData}
        empty={
          query.isSuccess && !query.hasNextPage && <None {...{ kind, experimentId, view, code }} onView={change} />
        }
      />
      {hasStopped && (
        <Note words={text.subjects.stopped}>
          <Button onClick={patience.goOn}>{text.subjects.lookFurther}</Button>
        </Note>
      )}
    </>
  );
}

interface NoneProps<R extends Subject> extends Pick<SubjectListProps<R>, "kind" | "experimentId" | "view" | "code"> {
  onView: (view: Partial<ListView>) => void;
}

function None<R extends Subject>({ kind, experimentId, ...shown }: NoneProps<R>) {
  const { data, error } = useQuery(latestQuery(kind, experimentId, "", 1));
  const newestMs = data === undefined ? undefined : (data.rows[0]?.totals.last_time_ms ?? null);
  return <NothingFound newestMs={newestMs} error={error} words={text[kind.name]} {...shown} />;
}

function Note({ words, children }: { words: string; children?: ReactNode }) {
  return (
    <div role="status" className="flex items-center gap-3 border-line border-b bg-bg-sunken px-4 py-1.5 text-muted">
      <span>{words}</span>
      {children}
    </div>
  );
}
