import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { TraceView } from "@/address/view";
import { RowScroll } from "./rowScroll";
import { hasMessages, type Scene, TABS, type Tab } from "./scene";
import { goesOn, type LoadedTrace, type Trace, type TraceLoading } from "./structure/loading";
import { type Choice, isFiltered, revealed, rowsOf } from "./structure/rows";
import type { Structure } from "./structure/structure";
import { useFind } from "./useFind";
import { useTicking } from "./useTrace";

const FROM = "/experiments/$experimentId/traces/$traceId";

/** Put the page's view together from the address, the trace and what is folded. */
export function useNewScene(experimentId: string, loading: TraceLoading, loaded: LoadedTrace, trace: Trace): Scene {
  const { structure } = loaded;
  const view = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const setView = useCallback(
    (change: Partial<TraceView>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }),
    [navigate],
  );
  const isRunning = goesOn(loaded);
  const nowMs = useTicking(isRunning);
  const nowNs = isRunning ? nowMs * 1e6 - loaded.startUnixNs : structure.lastNs;
  const [collapsed, setCollapsed] = useState<ReadonlySet<number>>(new Set());
  const [minShare, setMinShare] = useState(0);
  const [scroll] = useState(() => new RowScroll());
  const tab = tabOf(view.tab, structure);
  const selected = view.span === undefined ? null : (structure.placeOf(view.span) ?? null);
  const selectedId = selected === null ? null : (view.span ?? null);
  const types = useMemo(() => new Set(view.types?.split(",") ?? []), [view.types]);
  const choice = useMemo<Choice>(
    () => ({
      collapsed,
      types,
      onlyErrors: view.errors === "1",
      minDurationNs: tab === "timeline" ? minShare * (structure.lastNs - structure.firstNs) : 0,
      selected,
    }),
    [collapsed, types, view.errors, tab, minShare, structure, selected],
  );
  const rows = useRows(structure, choice, nowNs);
  const select = useCallback(
    (span: number) => {
      const id = structure.ids[span];
      if (id === undefined) return;
      setCollapsed((old) => revealed(structure, old, span));
      setView({ span: id });
    },
    [structure, setView],
  );
  const found = useFind(loading.traceId, structure, view.find ?? "");
  const row = selected === null ? -1 : (rows.rowOf[selected] ?? -1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that move by themselves do not scroll to the chosen one
  useEffect(() => {
    if (row >= 0) scroll.show(row);
  }, [selected, row >= 0, scroll]);
  return {
    ...{ experimentId, traceId: loading.traceId, trace, loading, loaded, structure, nowNs, nowMs, view, setView, tab },
    ...{ choice, rows, setCollapsed, minShare, setMinShare, selected, selectedId, select, found, scroll },
  };
}

function tabOf(text: string | undefined, structure: Structure): Tab {
  return TABS.find((tab) => tab === text) ?? (hasMessages(structure) ? "messages" : "timeline");
}

/** Rows change with the selection only where a filter would hide it, and with the time only where short spans are hidden. */
function useRows(structure: Structure, choice: Choice, nowNs: number) {
  const time = choice.minDurationNs > 0 ? nowNs : 0;
  const { collapsed, types, onlyErrors, minDurationNs } = choice;
  const selected = isFiltered(choice) ? choice.selected : null;
  return useMemo(
    () => rowsOf(structure, { collapsed, types, onlyErrors, minDurationNs, selected }, time),
    [structure, collapsed, types, onlyErrors, minDurationNs, selected, time],
  );
}
