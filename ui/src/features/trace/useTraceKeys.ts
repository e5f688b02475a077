import { useShortcut } from "@/keys/shortcuts";
import type { Scene } from "./scene";
import { levelCollapsed, levelExpanded, mostExpensive, nextSpan, slowestChild, toggled } from "./structure/rows";
import { ERROR } from "./structure/spans";
import { childrenIn } from "./structure/structure";

/** The keys that walk the outline, whatever view stands beside it. */
export function useTraceKeys(scene: Scene): void {
  const { structure, rows, choice, selected, select, setCollapsed, setView, nowNs } = scene;
  const go = (span: number | null | undefined) => {
    if (span !== null && span !== undefined && span >= 0) select(span);
  };
  const step = (by: number) => {
    const row = selected === null ? -1 : (rows.rowOf[selected] ?? -1);
    go(rows.spans[Math.min(Math.max(row + by, 0), rows.spans.length - 1)]);
  };
  useShortcut("nextSpan", () => step(1));
  useShortcut("previousSpan", () => step(-1));
  useShortcut("collapse", () => {
    if (selected === null) return;
    const isOpen = (structure.childCount[selected] as number) > 0 && !choice.collapsed.has(selected);
    if (isOpen) setCollapsed(toggled(choice.collapsed, selected));
    else go(structure.parent[selected]);
  });
  useShortcut("expand", () => {
    if (selected === null) return;
    if (choice.collapsed.has(selected)) setCollapsed(toggled(choice.collapsed, selected));
    else go(childrenIn(structure, selected)[0]);
  });
  useShortcut("collapseLevel", () => setCollapsed(levelCollapsed(structure, choice.collapsed, rows)));
  useShortcut("expandLevel", () => setCollapsed(levelExpanded(structure, choice.collapsed, rows)));
  useShortcut("parent", () => go(selected === null ? null : structure.parent[selected]));
  useShortcut("nextError", () => go(nextSpan(structure, selected, (span) => structure.status[span] === ERROR)));
  useShortcut("mostExpensive", () => go(mostExpensive(structure)));
  useShortcut("slowestChild", () => go(selected === null ? null : slowestChild(structure, selected, nowNs)));
  useShortcut("messages", () => setView({ tab: "messages" }));
  useShortcut("timeline", () => setView({ tab: "timeline" }));
  useShortcut("table", () => setView({ tab: "table" }));
  useShortcut("raw", () => setView({ tab: "raw" }));
}
