/** The rows of a view that are in sight, wherever the view is. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { LargeValue, localSource, remoteSource, type Source } from "./largeValue";
import { type RowWindow, Viewer } from "./viewer";

/** A source for a value; the worker forgets its view when it is no longer shown. */
export function useSource(value: unknown, form: "json" | "text"): Source {
  const [opened, setOpened] = useState<{ value: LargeValue; form: string; source: Source } | null>(null);
  const local = useMemo(() => (value instanceof LargeValue ? null : localSource(new Viewer(value))), [value]);
  useEffect(() => {
    if (!(value instanceof LargeValue)) return;
    const { source, close } = remoteSource(value, form);
    setOpened({ value, form, source });
    return close;
  }, [value, form]);
  return local ?? (opened !== null && opened.value === value && opened.form === form ? opened.source : NOTHING_YET);
}

const NOTHING_YET: Source = { call: () => new Promise(() => {}) };

export interface Shown extends RowWindow {
  readonly from: number;
}

interface Tree {
  shown: Shown | null;
  problem: Error | null;
  /** Do something that changes the rows, then read them again. */
  act: (change: (source: Source) => unknown) => Promise<void>;
}

export function useTree(source: Source, from: number, to: number, columns: number): Tree {
  const [shown, setShown] = useState<(Shown & { source: Source }) | null>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  const [revision, setRevision] = useState(0);
  const latest = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each change the rows are read again
  useLayoutEffect(() => {
    const turn = ++latest.current;
    const take = (window: RowWindow) => turn === latest.current && setShown({ ...window, from, source });
    const wrapped = source.call("setColumns", columns);
    if (wrapped instanceof Promise) wrapped.catch(() => {}); // the window tells what failed
    const reply = source.call("window", from, to);
    if (reply instanceof Promise) reply.then(take, setProblem);
    else take(reply);
  }, [source, from, to, columns, revision]);
  const act = useCallback(
    async (change: (source: Source) => unknown) => {
      try {
        const changed = change(source);
        if (changed instanceof Promise) await changed;
        setRevision((old) => old + 1);
      } catch (error) {
        setProblem(error instanceof Error ? error : new Error(String(error)));
      }
    },
    [source],
  );
  return { shown: shown?.source === source ? shown : null, problem, act };
}
