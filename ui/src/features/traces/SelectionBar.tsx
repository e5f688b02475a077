/** What can be done with the selected traces. It stands where the list's bar stood, so that nothing moves. */
import { Tag, Trash2, X } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import type { BulkTarget } from "./BulkDialog";

const BulkDialog = lazy(() => import("./BulkDialog"));

interface SelectionBarProps extends BulkTarget {
  /** Whether there is more than what is selected. */
  canSelectAll: boolean;
  onSelectAll: () => void;
  onClear: () => void;
  children?: ReactNode;
}

export function SelectionBar(props: SelectionBarProps) {
  const { ids, total, canSelectAll, onSelectAll, onClear } = props;
  const [asked, setAsked] = useState<"tag" | "delete" | null>(null);
  useShortcut("tag", () => setAsked("tag"));
  useShortcut("back", asked === null ? onClear : null);
  return (
    <div className="flex h-9 shrink-0 items-center gap-1.5 bg-bg-selected px-4">
      <span className="font-medium" aria-live="polite">
        {ids !== null
          ? text.traces.selected(ids.size)
          : total === null
            ? text.traces.allSelected
            : text.traces.selected(total)}
      </span>
      {canSelectAll && (
        <Button look="quiet" className="text-accent" onClick={onSelectAll}>
          {text.traces.selectAllMatching}
        </Button>
      )}
      <div className="flex-1" />
      <Button icon={<Tag size={14} aria-hidden />} onClick={() => setAsked("tag")}>
        {text.traces.tag}
      </Button>
      <Button look="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setAsked("delete")}>
        {text.traces.delete}
      </Button>
      {props.children}
      <IconButton label={text.traces.clear} onClick={onClear}>
        <X size={15} />
      </IconButton>
      <Suspense>
        {asked !== null && (
          <BulkDialog
            {...props}
            kind={asked}
            onClose={() => setAsked(null)}
            onDone={asked === "delete" ? onClear : undefined}
          />
        )}
      </Suspense>
    </div>
  );
}
