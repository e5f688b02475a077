import { ArrowDown, ArrowUp, ChevronsDownUp, ChevronsUpDown } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId } from "react";
import { IconButton } from "@/components/Button";
import { count } from "@/format/numbers";
import { text as words } from "@/text";
import { CopyButton } from "./CopyButton";
import type { Found } from "./viewer";

interface TreeToolsProps {
  sought: string;
  onSeek: (sought: string) => void;
  found: Found | null;
  /** The match that is shown, from 0; -1 before the first. */
  match: number;
  onMatch: (match: number) => void;
  isText: boolean;
  onOpenAll: () => void;
  onCloseAll: () => void;
  wholeText: () => string | Promise<string>;
  children?: ReactNode;
}

/** Find, open and close all, copy. */
export function TreeTools(properties: TreeToolsProps) {
  const { sought, found, match, isText } = properties;
  const steps = found?.count ?? 0;
  const go = (step: number) => steps > 0 && properties.onMatch((match + step + steps) % steps);
  return (
    <div className="mb-1 flex h-7 items-center gap-0.5">
      <FindField sought={sought} onSeek={properties.onSeek} onGo={(isBack) => go(isBack ? (match < 0 ? 0 : -1) : 1)} />
      {sought !== "" && (
        <>
          <span role="status" className="min-w-12 whitespace-nowrap px-1 text-muted text-sm">
            {foundWords(found, match)}
          </span>
          <IconButton label={words.payload.previousMatch} disabled={steps === 0} onClick={() => go(match < 0 ? 0 : -1)}>
            <ArrowUp size={14} aria-hidden />
          </IconButton>
          <IconButton label={words.payload.nextMatch} disabled={steps === 0} onClick={() => go(1)}>
            <ArrowDown size={14} aria-hidden />
          </IconButton>
        </>
      )}
      <span className="ml-auto inline-flex items-center gap-0.5">
        {sought === "" && (
          <>
            {!isText && (
              <>
                <IconButton label={words.payload.openAll} onClick={properties.onOpenAll}>
                  <ChevronsUpDown size={14} aria-hidden />
                </IconButton>
                <IconButton label={words.payload.closeAll} onClick={properties.onCloseAll}>
                  <ChevronsDownUp size={14} aria-hidden />
                </IconButton>
              </>
            )}
            <CopyButton text={properties.wholeText} label={words.payload.copyAll} />
          </>
        )}
        {properties.children}
      </span>
    </div>
  );
}

function foundWords(found: Found | null, match: number): string {
  if (found === null) return "…";
  const all = `${count(found.count)}${found.isComplete ? "" : "…"}`;
  return match >= 0 && found.count > 0 ? words.payload.matchOf(count(match + 1), all) : all;
}

interface FindFieldProps {
  sought: string;
  onSeek: (sought: string) => void;
  onGo: (isBack: boolean) => void;
}

function FindField({ sought, onSeek, onGo }: FindFieldProps) {
  const id = useId();
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") onGo(event.shiftKey);
    else if (event.key === "Escape" && sought !== "") onSeek("");
    else return;
    event.preventDefault();
  };
  return (
    <input
      id={id}
      type="search"
      aria-label={words.payload.findWithin}
      placeholder={words.payload.find}
      value={sought}
      onChange={(event) => onSeek(event.target.value)}
      onKeyDown={onKeyDown}
      className="h-6 w-56 min-w-16 shrink rounded border border-line px-1.5 text-sm"
    />
  );
}
