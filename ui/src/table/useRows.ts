/** The row that keys act on, and which rows are selected. */
import { useRouter } from "@tanstack/react-router";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useShortcut } from "@/keys/shortcuts";
import type { RowEvents } from "./BodyRow";
import { between, withAll, withToggled } from "./selection";

interface RowsOptions<R> {
  rows: readonly R[];
  rowKey: (row: R) => string;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: Set<string>) => void;
  onOpen?: (row: R) => void;
  rowHref?: (row: R) => string | null;
  onActive?: (row: R | null) => void;
  renderGroup?: (row: R) => unknown;
  scrollTo: (index: number) => void;
}

const NONE: ReadonlySet<string> = new Set();

export function useRows<R>(options: RowsOptions<R>) {
  const { rows, rowKey, selected = NONE, onSelect } = options;
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const latest = useRef(options);
  latest.current = options;
  const anchor = useRef<string | null>(null);
  const indexHint = useRef(0);

  const { history } = useRouter();
  const open = useCallback(
    (row: R) => {
      const { onOpen, rowHref } = latest.current;
      const href = rowHref?.(row) ?? null;
      if (onOpen) onOpen(row);
      else if (href !== null) history.push(href);
    },
    [history],
  );

  const indexOf = useCallback((key: string | null): number => {
    if (key === null) return -1;
    const { rows, rowKey } = latest.current;
    const hinted = rows[indexHint.current];
    if (hinted === undefined || rowKey(hinted) !== key) {
      indexHint.current = Math.max(
        0,
        rows.findIndex((row) => rowKey(row) === key),
      );
    }
    const found = rows[indexHint.current];
    return found !== undefined && rowKey(found) === key ? indexHint.current : -1;
  }, []);

  const activate = useCallback(
    (key: string | null) => {
      setActiveKey(key);
      const { rows, onActive } = latest.current;
      onActive?.(rows[indexOf(key)] ?? null);
    },
    [indexOf],
  );

  const events = useMemo<RowEvents>(() => {
    const rowOf = (key: string) => latest.current.rows[indexOf(key)];
    return {
      open: (key) => {
        const row = rowOf(key);
        if (row !== undefined) open(row);
      },
      focus: activate,
      check: (key, isRange) => {
        const { rows, selected = NONE, onSelect } = latest.current;
        const [from, to] = [indexOf(anchor.current), indexOf(key)];
        const range = isRange && from >= 0 ? between(rows, from, to) : null;
        onSelect?.(range ? withAll(selected, keysOf(latest.current, range)) : withToggled(selected, key));
        anchor.current = key;
      },
    };
  }, [activate, indexOf, open]);

  const focusSoon = useFocus();
  const step = (by: number) => {
    if (rows.length === 0) return;
    const from = indexOf(activeKey);
    const to = from < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, from + by));
    const row = rows[to];
    if (row === undefined) return;
    options.scrollTo(to);
    activate(rowKey(row));
    focusSoon(rowKey(row));
  };
  const isOn = rows.length > 0;
  const active = rows[indexOf(activeKey)];
  const isSelectable = active !== undefined && (options.renderGroup?.(active) ?? null) === null;
  useShortcut("nextRow", isOn ? () => step(1) : null);
  useShortcut("previousRow", isOn ? () => step(-1) : null);
  useShortcut("openRow", active === undefined ? null : () => open(active));
  const check = activeKey !== null && onSelect && isSelectable ? activeKey : null;
  useShortcut("select", check === null ? null : () => events.check(check, false));
  useShortcut("selectRange", check === null ? null : () => events.check(check, true));

  // biome-ignore lint/correctness/useExhaustiveDependencies: what makes keys out of rows does not change
  const keys = useMemo(() => (onSelect ? keysOf(options, rows) : []), [rows, onSelect === undefined]);
  const chosen = keys.reduce((sum, key) => sum + (selected.has(key) ? 1 : 0), 0);
  const checked: "all" | "some" | "none" = chosen === 0 ? "none" : chosen === keys.length ? "all" : "some";
  const first = rows[0];
  return {
    activeKey,
    /** One row can be reached by Tab: the active one, or the first. */
    tabStopKey: active !== undefined ? activeKey : first === undefined ? null : rowKey(first),
    events,
    checked,
    checkAll: () => onSelect?.(checked === "all" ? new Set() : withAll(selected, keys)),
    onKeyDown: walkCells,
  };
}

/** The keys of the rows that have a checkbox. */
function keysOf<R>({ rowKey, renderGroup }: RowsOptions<R>, rows: readonly R[]): string[] {
  return (renderGroup ? rows.filter((row) => (renderGroup(row) ?? null) === null) : rows).map(rowKey);
}

/** Focus a row once it is drawn. */
function useFocus() {
  const wanted = useRef<string | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    const row = document.querySelector<HTMLElement>(`[data-row="${CSS.escape(wanted.current)}"]`);
    if (row === null) return;
    wanted.current = null;
    if (!row.contains(document.activeElement)) row.focus({ preventScroll: true });
  });
  return (key: string) => {
    wanted.current = key;
  };
}

/** Left and right walk from the row into its cells and back. */
function walkCells(event: KeyboardEvent<HTMLElement>) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>("[role=row]");
  if (row === null || target.matches("input, select, textarea")) return;
  const stops = [row, ...row.querySelectorAll<HTMLElement>("[data-column]")];
  const at = stops.indexOf(target.closest<HTMLElement>("[data-column]") ?? row);
  const next = stops[at + (event.key === "ArrowRight" ? 1 : -1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}
