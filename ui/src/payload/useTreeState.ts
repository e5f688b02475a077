/** Where somebody is in a tree, and what they look for. */
import { useCallback, useEffect, useLayoutEffect, useState } from "react";
import type { Source } from "./largeValue";
import { scrollTo } from "./scrolling";
import { useFind } from "./useFind";
import type { Viewport } from "./useViewport";

type Act = (change: (source: Source) => unknown) => Promise<void>;

/** The marked row. Going to one scrolls it into sight, once there are as many rows as there will be. */
export function useActiveRow(view: Viewport, total: number) {
  const [active, setActive] = useState<number | null>(null);
  const [goal, setGoal] = useState<{ index: number; total: number } | null>(null);
  const go = (index: number, totalThen: number) => {
    setActive(index);
    setGoal({ index, total: totalThen });
  };
  useLayoutEffect(() => {
    if (goal === null || goal.total !== total) return;
    view.scroll(scrollTo(goal.index, total, view.scrollPx, view.heightPx));
    setGoal(null);
  }, [goal, total, view]);
  return { active, setActive, go };
}

/** What is looked for, how often it was found, and the match that is shown; the first is gone to by itself. */
export function useMatches(source: Source, act: Act, go: (index: number, total: number) => void) {
  const [sought, setSought] = useState("");
  const [match, setMatch] = useState(-1);
  const found = useFind(source, sought);
  const onMatch = async (next: number) => {
    setMatch(next);
    const row = await source.call("reveal", next);
    await act(() => {});
    const { total } = await source.call("window", 0, 0);
    if (row >= 0) go(row, total);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first match is gone to once, when it is found
  useEffect(() => {
    if (match < 0 && (found?.count ?? 0) > 0) void onMatch(0);
  }, [found]);
  const onSeek = useCallback((next: string) => {
    setMatch(-1);
    setSought(next);
  }, []);
  return { sought, onSeek, found, match, onMatch };
}
