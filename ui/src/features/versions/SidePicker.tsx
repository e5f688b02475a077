import { ChevronsUpDown } from "lucide-react";
import { Button } from "@/components/Button";
import { Popover } from "@/components/Popover";
import { text } from "@/text";
import type { VersionRow } from "./rows";
import type { Side } from "./sides";
import { VersionChoice } from "./VersionChoice";

interface SidePickerProps {
  letter: "A" | "B";
  /** What the side is. */
  label: string;
  rows: readonly VersionRow[];
  chosen: Side | null;
  onChoose: (key: string) => void;
}

export function SidePicker({ letter, label, rows, chosen, onChoose }: SidePickerProps) {
  return (
    <Popover
      label={label}
      className="w-80 p-1"
      trigger={(properties) => (
        <Button title={label} {...properties}>
          <SideLetter letter={letter} />
          <span className="max-w-80 truncate">{chosen?.row.name ?? text.versions.choose}</span>
          <ChevronsUpDown size={13} className="text-faint" aria-hidden />
        </Button>
      )}
    >
      {(close) => (
        <VersionChoice
          rows={rows}
          chosenKey={chosen?.row.key}
          onChoose={(row) => {
            close();
            onChoose(row.key);
          }}
        />
      )}
    </Popover>
  );
}

/** The sign of a side: A is outlined, B filled. */
export function SideLetter({ letter }: { letter: "A" | "B" }) {
  const look = letter === "A" ? "border-accent text-accent" : "border-accent bg-accent text-on-accent";
  return (
    <span
      className={`inline-flex size-4.5 items-center justify-center rounded-sm border font-semibold text-xs ${look}`}
    >
      {letter}
    </span>
  );
}
