import { ChevronsDownUp, ChevronsUpDown, CircleAlert, ListFilter } from "lucide-react";
import { useMemo } from "react";
import { Button, IconButton } from "@/components/Button";
import { Popover } from "@/components/Popover";
import { SpanTypeIcon, spanTypeName } from "@/components/SpanType";
import { count } from "@/format/numbers";
import { text } from "@/text";
import { useScene } from "../scene";
import { levelCollapsed, levelExpanded } from "../structure/rows";
import { ERROR } from "../structure/spans";

/** What the outline shows: types, errors, levels. */
export function OutlineTools() {
  const { structure, rows, choice, setCollapsed, setView } = useScene();
  const errors = useMemo(() => structure.status.reduce((sum, one) => sum + (one === ERROR ? 1 : 0), 0), [structure]);
  return (
    <div className="flex h-9 items-center gap-1 border-line border-b px-2">
      <TypeFilter />
      <Button
        look="quiet"
        pressed={choice.onlyErrors}
        disabled={errors === 0 && !choice.onlyErrors}
        title={text.trace.onlyErrors}
        icon={<CircleAlert size={14} className={errors > 0 ? "text-error" : ""} aria-hidden />}
        onClick={() => setView({ errors: choice.onlyErrors ? undefined : "1" })}
      >
        {text.count.errors(errors)}
      </Button>
      <div className="flex-1" />
      <IconButton
        label={text.shortcuts.names.collapseLevel}
        onClick={() => setCollapsed(levelCollapsed(structure, choice.collapsed, rows))}
      >
        <ChevronsDownUp size={14} />
      </IconButton>
      <IconButton
        label={text.shortcuts.names.expandLevel}
        disabled={choice.collapsed.size === 0}
        onClick={() => setCollapsed(levelExpanded(structure, choice.collapsed, rows))}
      >
        <ChevronsUpDown size={14} />
      </IconButton>
    </div>
  );
}

function TypeFilter() {
  const { structure, choice, setView } = useScene();
  const counts = useMemo(() => {
    const found = new Map(structure.types.map((type) => [type, 0]));
    for (const type of structure.type) {
      const name = structure.types[type] as string;
      found.set(name, (found.get(name) ?? 0) + 1);
    }
    return [...found].sort((a, b) => b[1] - a[1]);
  }, [structure]);
  const toggle = (type: string) => {
    const types = new Set(choice.types);
    if (!types.delete(type)) types.add(type);
    setView({ types: [...types].join(",") || undefined });
  };
  return (
    <Popover
      label={text.trace.types}
      className="min-w-52 p-1"
      trigger={(properties) => (
        <Button
          look="quiet"
          pressed={choice.types.size > 0}
          icon={<ListFilter size={14} aria-hidden />}
          {...properties}
        >
          {choice.types.size === 0 ? text.trace.allTypes : [...choice.types].map(spanTypeName).join(", ")}
        </Button>
      )}
    >
      {() =>
        counts.map(([type, spans]) => (
          <label key={type} className="flex items-center gap-2 rounded px-2 py-1 hover:bg-bg-hover">
            <input type="checkbox" checked={choice.types.has(type)} onChange={() => toggle(type)} />
            <SpanTypeIcon type={type} />
            <span className="flex-1">{spanTypeName(type)}</span>
            <span className="text-faint">{count(spans)}</span>
          </label>
        ))
      }
    </Popover>
  );
}
