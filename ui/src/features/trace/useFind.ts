/** What is found in a trace: names at once, then what the server finds in payloads. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { type FoundSpan, findQuery } from "./queries";
import type { Structure } from "./structure/structure";

export interface Found {
  readonly text: string;
  /** By span; null where nothing is looked for. */
  readonly isFound: Uint8Array | null;
  /** Spans in the order of the outline. */
  readonly matches: readonly number[];
  /** Where in a span the text stands, as far as the server said. */
  readonly whereOf: ReadonlyMap<string, FoundSpan["where"]>;
  readonly isSearching: boolean;
  readonly problem: unknown;
  readonly retry: () => void;
}

export function useFind(traceId: string, structure: Structure, text: string): Found {
  const query = useInfiniteQuery(findQuery(traceId, text));
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const whereOf = useMemo(
    () => new Map((query.data?.pages ?? []).flatMap((page) => page.spans.map((span) => [span.span_id, span.where]))),
    [query.data],
  );
  const found = useMemo(() => matchesOf(structure, text, whereOf.keys()), [structure, text, whereOf]);
  return {
    text,
    ...found,
    whereOf,
    isSearching: text !== "" && (isFetching || hasNextPage),
    problem: query.error,
    retry: () => void (query.data === undefined ? query.refetch() : fetchNextPage()),
  };
}

/** Join spans whose name holds the text with those that the server named. */
export function matchesOf(structure: Structure, text: string, spanIds: Iterable<string>) {
  if (text === "") return { isFound: null, matches: [] };
  const isFound = new Uint8Array(structure.count);
  const wanted = text.toLowerCase();
  const isNameFound = new Map<string, boolean>();
  for (let span = 0; span < structure.count; span++) {
    const name = structure.names[span] as string;
    let holds = isNameFound.get(name);
    if (holds === undefined) {
      holds = name.toLowerCase().includes(wanted);
      isNameFound.set(name, holds);
    }
    if (holds) isFound[span] = 1;
  }
  for (const id of spanIds) {
    const span = structure.placeOf(id);
    if (span !== undefined) isFound[span] = 1;
  }
  const matches: number[] = [];
  for (const span of structure.order) if (isFound[span] === 1) matches.push(span);
  return { isFound, matches };
}
