/** Filter and time of a page that shows traces, wired to its address. */
import { useMatch, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ApiProblem } from "@/api/client";
import { FilterBar } from "./FilterBar";
import { SavedViews } from "./SavedViews";
import { TimePicker } from "./TimePicker";
import { advanceNow } from "./useNow";

interface FilterToolbarProps {
  experimentId: string;
  /** What the server said of the filter. */
  problem?: ApiProblem | null;
  /** Stands at the end. */
  actions?: ReactNode;
}

export function FilterToolbar({ experimentId, problem = null, actions }: FilterToolbarProps) {
  const { q = "", t } = useSearch({ strict: false }) as { q?: string; t?: string };
  const navigate = useNavigate();
  const isList = useMatch({ from: "/experiments/$experimentId/traces", shouldThrow: false }) !== undefined;
  const change = (view: { q?: string; t?: string }) => {
    advanceNow();
    void navigate({ to: ".", search: (old: object) => ({ ...old, ...view }) });
  };
  return (
    <div className="flex items-start gap-2 px-4 py-2">
      <FilterBar experimentId={experimentId} value={q} onChange={(next) => change({ q: next })} problem={problem} />
      {isList && <SavedViews experimentId={experimentId} />}
      <TimePicker value={t} onChange={(next) => change({ t: next })} />
      {actions}
    </div>
  );
}
