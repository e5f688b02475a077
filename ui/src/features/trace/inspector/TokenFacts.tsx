import { count } from "@/format/numbers";
import { text as words } from "@/text";
import { partsOfUsage } from "./bill";
import type { Usage } from "./queries";

/** Tokens in and out; what they hold of cache, thinking and sound is told as a part of them. */
export function TokenFacts({ usage }: { usage: Usage | null }) {
  if (usage === null) return null;
  const parts = partsOfUsage(usage);
  return (
    <span
      title={parts.map(({ kind, tokens }) => words.inspector.usageParts[kind](count(tokens))).join("\n") || undefined}
    >
      {words.inspector.tokens(count(usage.input_tokens), count(usage.output_tokens))}
      {parts.length > 0 && (
        <span className="text-faint">
          {" "}
          ({parts.map(({ kind, tokens }) => words.inspector.usageParts[kind](count(tokens))).join(", ")})
        </span>
      )}
    </span>
  );
}
