import { Copy } from "lucide-react";
import { IconButton } from "@/components/Button";
import { copy } from "@/components/clipboard";
import { text as words } from "@/text";

interface CopyButtonProps {
  /** What is copied, worked out when it is asked for. */
  text: () => string | Promise<string>;
  label?: string;
  className?: string;
}

export function CopyButton({ text, label = words.app.copy, className }: CopyButtonProps) {
  return (
    <IconButton
      label={label}
      className={className}
      onClick={async (event) => {
        event.stopPropagation();
        await copy(await text());
      }}
    >
      <Copy size={14} aria-hidden />
    </IconButton>
  );
}
