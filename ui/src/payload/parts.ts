/** Parts of messages: what the server sends, and how they read as text. Of what the worker holds it is the beginning. */
import { beginningOf, LargeValue } from "./largeValue";

/** A part as the server sends it: its `type` tells which of the other fields there are. */
export interface Part {
  readonly type: string;
  readonly text?: string | LargeValue;
  readonly name?: string | null;
  readonly arguments?: unknown;
  readonly call_id?: string | null;
  readonly result?: unknown;
  readonly kind?: string;
  readonly url?: string | LargeValue | null;
  readonly media_type?: string | null;
  readonly value?: unknown;
  /** How many characters the server left out. */
  readonly cut_chars?: number;
}

/** Read a part, whatever came. */
export function partOf(raw: Record<string, unknown>): Part {
  return typeof raw.type === "string" ? (raw as unknown as Part) : { type: "other", value: raw };
}

/** A value in one line. */
export function asLine(value: unknown): string {
  return beginningOf(value, 0).replace(/\s+/g, " ");
}

/** The words of a part, for copying and for a line of preview. */
export function partText(raw: Record<string, unknown>): string {
  const part = partOf(raw);
  switch (part.type) {
    case "text":
    case "reasoning":
      return beginningOf(part.text ?? "");
    case "tool_call":
      return `${part.name ?? ""}(${asLine(part.arguments ?? {})})`;
    case "tool_result":
      return beginningOf(part.result);
    case "media":
      return `[${[part.kind ?? part.type, addressOf(part)].filter(Boolean).join(" ")}]`;
    default:
      return beginningOf(part.value ?? raw);
  }
}

/** Where something lies that does not lie in the trace itself. */
function addressOf({ url }: Part): string {
  const address = beginningOf(url ?? "");
  return address.startsWith("data:") ? "" : address;
}

export function messageText(message: { readonly parts: readonly Record<string, unknown>[] }): string {
  return message.parts.map(partText).join("\n");
}

const SUMMARY_CHARS = 160;

/** Arguments of a tool in one line: `city: "Porto", days: 3`. */
export function argumentsLine(value: unknown, maxChars = SUMMARY_CHARS): string {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof LargeValue)
    return asLine(value ?? "").slice(0, maxChars);
  let line = "";
  for (const [key, each] of Object.entries(value)) {
    line += `${line ? ", " : ""}${key}: ${asLine(typeof each === "string" ? JSON.stringify(each.slice(0, maxChars)) : each)}`;
    if (line.length > maxChars) return `${line.slice(0, maxChars)}…`;
  }
  return line;
}
