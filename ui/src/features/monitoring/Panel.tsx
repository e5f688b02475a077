import type { UseQueryResult } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { Problem } from "@/components/States";
import { text } from "@/text";

interface PanelProps<D> {
  title: string;
  query: UseQueryResult<D>;
  /** Of the content, so that nothing jumps when it comes. */
  heightPx: number;
  /** What is said where there is nothing; null draws it all the same. */
  nothing?: (data: D) => string | null;
  /** Stands beside the title. */
  aside?: ReactNode;
  /** The board that tells more. */
  more?: LinkProps;
  isWide?: boolean;
  children: (data: D) => ReactNode;
}

/** A question and its answer, which is on its way, has failed, is nothing, or is there. */
export function Panel<D>({ title, query, heightPx, nothing, aside, more, isWide, children }: PanelProps<D>) {
  const titleId = useId();
  const { data, error } = query;
  const words = data === undefined ? null : (nothing?.(data) ?? null);
  return (
    <section
      aria-labelledby={titleId}
      aria-busy={query.isFetching}
      className={`min-w-0 rounded-md border border-line bg-bg-raised px-3 pt-1.5 pb-2 ${isWide ? "lg:col-span-2" : ""}`}
    >
      <header className="flex h-8 items-center gap-3">
        <h2 id={titleId} className="min-w-0 truncate font-semibold">
          {title}
        </h2>
        <span className="min-w-0 flex-1 truncate text-muted">{aside}</span>
        {more && (
          <Link {...more} className="link text-sm" aria-label={`${text.monitoring.more}: ${title}`}>
            {text.monitoring.more}
          </Link>
        )}
      </header>
      <div style={{ minHeight: heightPx }} className={query.isPlaceholderData ? "opacity-70" : ""}>
        {error !== null && data === undefined && <Problem error={error} onRetry={() => void query.refetch()} />}
        {data === undefined && error === null && (
          <div
            role="status"
            aria-label={text.app.loading}
            className="animate-pulse rounded bg-bg-hover opacity-60"
            style={{ height: heightPx }}
          />
        )}
        {words !== null && <p className="py-3 text-muted">{words}</p>}
        {data !== undefined && words === null && children(data)}
      </div>
    </section>
  );
}
