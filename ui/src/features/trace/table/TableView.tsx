/** All spans as a table, or what they come to by name or type. */
import { useMemo } from "react";
import { Button } from "@/components/Button";
import { text } from "@/text";
import { useScene } from "../scene";
import { selfTimes } from "../structure/structure";
import { SpanTable } from "./SpanTable";
import { StatisticsTable } from "./StatisticsTable";
import type { GroupBy } from "./statistics";

const MODES: readonly (GroupBy | undefined)[] = [undefined, "name", "type"];

export function TableView() {
  const { structure, nowNs, view, setView, rows } = useScene();
  const self = useMemo(() => selfTimes(structure, nowNs), [structure, nowNs]);
  const by = view.by === "name" || view.by === "type" ? view.by : undefined;
  // Folds are the outline's; its filter holds here too.
  const spans = useMemo(
    () => (rows.isMatch === null ? structure.order : structure.order.filter((span) => rows.isMatch?.[span] === 1)),
    [structure, rows.isMatch],
  );
  return (
    <section aria-label={text.trace.tabs.table} className="flex h-full min-h-0 flex-col">
      <div className="flex h-9 shrink-0 items-center gap-1 border-line border-b px-2">
        {MODES.map((mode) => (
          <Button
            key={mode ?? "spans"}
            look="quiet"
            pressed={mode === by}
            onClick={() => setView({ by: mode, order: undefined })}
          >
            {mode === undefined ? text.trace.tableSpans : text.trace.tableBy[mode]}
          </Button>
        ))}
        <span className="ml-auto pr-2 text-muted text-sm">{text.trace.shownOf(spans.length, structure.count)}</span>
      </div>
      {by === undefined ? (
        <SpanTable spans={spans} self={self} />
      ) : (
        <StatisticsTable spans={spans} self={self} by={by} />
      )}
    </section>
  );
}
