import { useState } from "react";

/** Fewer rows than this are a short page. */
const FEW = 20;
/** So many short pages in a row are read before somebody must ask for more. */
const MOST_SHORT = 20;

/** Who asks for a page that is on its way waits for it. */
export const JOINED = { cancelRefetch: false };

interface Pages<P> {
  readonly data: { readonly pages: P[] } | undefined;
  readonly hasNextPage: boolean;
  readonly isError: boolean;
  readonly fetchNextPage: (options: typeof JOINED) => Promise<Pages<P>>;
}

/** Read on to the last page; gives all, or null where one could not be read. */
export async function readAll<P>(query: Pages<P>): Promise<P[] | null> {
  let state = query;
  while (state.hasNextPage) {
    state = await state.fetchNextPage(JOINED);
    if (state.isError) return null;
  }
  return state.data?.pages ?? null;
}

/** How many pages at the end brought few rows. */
export function shortRun(sizes: readonly number[]): number {
  return sizes.length - 1 - sizes.findLastIndex((size) => size >= FEW);
}

/**
 * Say when to stop reading pages that bring little: with a filter a page may be short, or empty, and yet more follow.
 *
 * `goOn` is for those who want to read further.
 */
export function usePatience(sizes: readonly number[]): { isSpent: boolean; goOn: () => void } {
  const [most, setMost] = useState(MOST_SHORT);
  const run = shortRun(sizes);
  return { isSpent: run >= most, goOn: () => setMost(run + MOST_SHORT) };
}
