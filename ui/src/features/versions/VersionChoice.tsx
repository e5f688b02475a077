import { useState } from "react";
import { count } from "@/format/numbers";
import { text } from "@/text";
import type { VersionRow } from "./rows";

/** So many are listed; typing finds the others. */
const LISTED = 100;

interface VersionChoiceProps {
  rows: readonly VersionRow[];
  /** A word about a version, beside its name. */
  hintOf?: (row: VersionRow) => string | null;
  chosenKey?: string;
  onChoose: (row: VersionRow) => void;
}

/** A list of versions to choose one of, found by a part of the name. */
export function VersionChoice({ rows, hintOf, chosenKey, onChoose }: VersionChoiceProps) {
  const [sought, setSought] = useState("");
  const found = rows.filter((row) => row.name.toLowerCase().includes(sought.toLowerCase()));
  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: who opens the list goes on by typing
        autoFocus
        aria-label={text.versions.find}
        placeholder={text.versions.find}
        value={sought}
        onChange={(event) => setSought(event.target.value)}
        className="mb-1 h-7 w-full rounded border border-line px-2"
      />
      {found.slice(0, LISTED).map((row) => (
        <button
          key={row.key}
          type="button"
          aria-current={row.key === chosenKey}
          onClick={() => onChoose(row)}
          className="flex w-full items-baseline gap-2 rounded px-2 py-1 text-left hover:bg-bg-hover aria-[current=true]:bg-bg-selected"
        >
          <span className="min-w-0 flex-1 truncate" title={row.key}>
            {row.name}
          </span>
          <span className="text-faint text-sm">
            {hintOf?.(row) ?? (row.version === null ? text.versions.unknown : null)}
          </span>
        </button>
      ))}
      {found.length > LISTED && (
        <p className="px-2 py-1 text-faint text-sm">{text.versions.moreChoices(count(found.length - LISTED))}</p>
      )}
      {found.length === 0 && <p className="px-2 py-1 text-faint">{text.versions.noChoice}</p>}
    </>
  );
}
