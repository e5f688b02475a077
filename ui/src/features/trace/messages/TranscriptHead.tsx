import { Button } from "@/components/Button";
import { text as words } from "@/text";

interface TranscriptHeadProps {
  items: number;
  repeated: number;
  isPlain: boolean;
  onPlain: () => void;
}

/** How long a conversation is, what of it is folded, and how its words are drawn. */
export function TranscriptHead({ items, repeated, isPlain, onPlain }: TranscriptHeadProps) {
  return (
    <div className="flex h-8 shrink-0 items-center gap-3 border-line border-b px-3 text-muted text-sm">
      <span>{words.messages.items(items)}</span>
      {repeated > 0 && <span className="text-faint">{words.messages.repeated(repeated)}</span>}
      <Button look="quiet" pressed={isPlain} onClick={onPlain} className="ml-auto h-6 text-muted">
        {words.messages.plain}
      </Button>
    </div>
  );
}
