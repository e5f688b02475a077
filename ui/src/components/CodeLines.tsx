import { Copy } from "lucide-react";
import { text } from "@/text";
import { IconButton } from "./Button";
import { copy } from "./clipboard";

/** A few lines of code to copy, under what they are for. */
export function CodeLines({ title, code }: { title: string; code: string }) {
  return (
    <figure className="w-full">
      <figcaption className="mb-1 text-faint text-sm">{title}</figcaption>
      <div className="flex items-start gap-2 rounded-md border border-line bg-bg-sunken px-3 py-2">
        <pre className="min-w-0 flex-1 overflow-x-auto font-mono text-ink text-sm">{code}</pre>
        <IconButton label={text.app.copy} onClick={() => void copy(code)}>
          <Copy size={14} />
        </IconButton>
      </div>
    </figure>
  );
}
