import { useState } from "react";

/** Fewer rows than this are a short page. */
const FEW = 20;
/** So many short pages in a row are read before somebody must ask for more. */
const MOST_SHORT = 20;

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
