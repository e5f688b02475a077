/** Which columns are shown, and in which order. */
import { ArrowDown, ArrowUp, Columns3 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { Popover } from "@/components/Popover";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import type { Column } from "./columns";
import { moved, type Place, placesOf, toggled, writeLayout } from "./layout";

interface ColumnMenuProps<R> {
  columns: readonly Column<R>[];
  layout?: string;
  /** Undefined gives the first layout back. */
  onLayout: (layout: string | undefined) => void;
  /** Stands below the columns, such as a way to add others. */
  children?: ReactNode;
}

export function ColumnMenu<R>({ columns, layout, onLayout, children }: ColumnMenuProps<R>) {
  const [isOpen, setOpen] = useState(false);
  useShortcut("columns", () => setOpen(!isOpen));
  return (
    <Popover
      label={text.table.columns}
      align="end"
      className="w-72 p-2"
      open={isOpen}
      onOpenChange={setOpen}
      trigger={(properties) => (
        <IconButton label={text.table.columns} {...properties}>
          <Columns3 size={15} />
        </IconButton>
      )}
    >
      {() => (
        <>
          <ColumnList columns={columns} layout={layout} onLayout={onLayout} />
          {children}
        </>
      )}
    </Popover>
  );
}

function ColumnList<R>({ columns, layout, onLayout }: ColumnMenuProps<R>) {
  const places = placesOf(columns, layout).filter(({ id }) => columns.some((one) => one.id === id));
  const hidden = columns.filter((one) => !places.some(({ id }) => id === one.id));
  const change = (next: Place[]) => onLayout(writeLayout(next));
  const headerOf = (id: string) => columns.find((one) => one.id === id)?.header ?? id;
  return (
    <>
      <ul>
        {places.map(({ id }, index) => (
          <li key={id} className="flex items-center gap-1 rounded px-1 hover:bg-bg-hover">
            <Choice
              header={headerOf(id)}
              isShown
              isFixed={places.length === 1 || columns.some((one) => one.id === id && one.isFixed)}
              onToggle={() => change(toggled(places, id))}
            />
            <Move header={headerOf(id)} by={-1} isOff={index === 0} onMove={() => change(moved(places, id, -1))} />
            <Move
              header={headerOf(id)}
              by={1}
              isOff={index === places.length - 1}
              onMove={() => change(moved(places, id, 1))}
            />
          </li>
        ))}
        {hidden.map(({ id, header }) => (
          <li key={id} className="flex items-center rounded px-1 hover:bg-bg-hover">
            <Choice header={header} isShown={false} onToggle={() => change(toggled(places, id))} />
          </li>
        ))}
      </ul>
      {layout !== undefined && (
        <Button look="quiet" className="mt-1 text-muted" onClick={() => onLayout(undefined)}>
          {text.table.resetColumns}
        </Button>
      )}
    </>
  );
}

interface ChoiceProps {
  header: string;
  isShown: boolean;
  isFixed?: boolean;
  onToggle: () => void;
}

function Choice({ header, isShown, isFixed = false, onToggle }: ChoiceProps) {
  return (
    <label className="flex min-w-0 flex-1 items-center gap-2 py-1">
      <input type="checkbox" checked={isShown} disabled={isFixed} onChange={onToggle} />
      <span className="truncate">{header}</span>
    </label>
  );
}

function Move({ header, by, isOff, onMove }: { header: string; by: 1 | -1; isOff: boolean; onMove: () => void }) {
  const Icon = by === 1 ? ArrowDown : ArrowUp;
  return (
    <IconButton
      label={by === 1 ? text.table.moveDown(header) : text.table.moveUp(header)}
      disabled={isOff}
      onClick={onMove}
      className="size-6"
    >
      <Icon size={13} />
    </IconButton>
  );
}
