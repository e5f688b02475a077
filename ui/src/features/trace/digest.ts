/** A trace as Markdown, short enough to paste into an issue or to give to an assistant. */

import type { Schemas } from "@/api/client";
import { duration, usd } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import type { Trace } from "./structure/loading";
import { ERROR } from "./structure/spans";
import { ancestorsOf, endNs, type Structure, typeOf } from "./structure/structure";

type Payload = Schemas["SpanModel"];

export const BUDGET_CHARS = 16_000;
const OUTLINE_CHARS = 6_000;
const VALUE_CHARS = 1_500;
/** The most that are asked of the server at once. */
const MAX_PAYLOADS = 40;

/** The spans whose payloads say most: roots, errors, calls of models, tools. */
export function tellingSpans(structure: Structure): number[] {
  const ranks = [...structure.order].map((span, position) => ({ span, position, rank: rankOf(structure, span) }));
  return ranks
    .sort((a, b) => a.rank - b.rank || a.position - b.position)
    .filter((one) => one.rank < 5)
    .slice(0, MAX_PAYLOADS)
    .map((one) => one.span);
}

function rankOf(structure: Structure, span: number): number {
  if (structure.parent[span] === -1) return 0;
  if (structure.status[span] === ERROR) return 1;
  const type = typeOf(structure, span);
  if (type === "LLM" || type === "CHAT_MODEL") return 2;
  return type === "TOOL" ? 3 : type === "RETRIEVER" ? 4 : 5;
}

/** Write it. `payloads` are of the telling spans, in their order. */
export function digestOf(
  trace: Trace,
  structure: Structure,
  payloads: readonly Payload[],
  address: string,
  nowNs: number,
): string {
  const head = headOf(trace, structure, address);
  const outline = outlineOf(structure, nowNs, OUTLINE_CHARS);
  const parts = [head, "## Spans\n", outline];
  let roomChars = BUDGET_CHARS - head.length - outline.length;
  let left = 0;
  for (const payload of payloads) {
    const part = payloadOf(payload);
    if (part === null) continue;
    if (part.length > roomChars) left++;
    else {
      parts.push(part);
      roomChars -= part.length;
    }
  }
  if (left > 0) parts.push(`_Inputs and outputs of ${left} more spans are left out._\n`);
  return `${parts.join("\n").trim()}\n`;
}

function headOf(trace: Trace, structure: Structure, address: string): string {
  const facts: [string, string | null | undefined][] = [
    ["Trace", `${trace.trace_id} (${address})`],
    ["State", trace.state],
    ["Start", fullMoment(trace.request_time_ms)],
    ["Duration", trace.duration_ms === null ? null : duration(trace.duration_ms)],
    ["Spans", String(structure.count)],
    [
      "Tokens",
      trace.usage && `${trace.usage.total_tokens} (${trace.usage.input_tokens} in, ${trace.usage.output_tokens} out)`,
    ],
    ["Cost", trace.cost && usd(trace.cost.total_usd)],
    ["Session", trace.session],
    ["User", trace.user],
    ["Version", trace.version],
    ["Tags", shownTags(trace.tags)],
  ];
  const lines = facts.filter(([, value]) => value).map(([name, value]) => `- ${name}: ${value}`);
  return `# ${trace.name ?? trace.trace_id}\n\n${lines.join("\n")}\n`;
}

function shownTags(tags: Trace["tags"]): string {
  const own = Object.entries(tags).filter(([key]) => !key.startsWith("mlflow."));
  return own.map(([key, value]) => `${key}=${value}`).join(", ");
}

/** The outline; where it is too long, the errors with what is above them, and what lies near the roots. */
export function outlineOf(structure: Structure, nowNs: number, budgetChars: number): string {
  const spans = [...structure.order];
  const kept = new Set<number>();
  let roomChars = budgetChars;
  const keep = (span: number) => {
    for (const one of [...ancestorsOf(structure, span).reverse(), span]) {
      if (kept.has(one)) continue;
      const length = lineOf(structure, one, nowNs).length + 1;
      if (length > roomChars) return false;
      roomChars -= length;
      kept.add(one);
    }
    return true;
  };
  for (const span of spans) if (structure.status[span] === ERROR && !keep(span)) break;
  const byDepth = spans.sort((a, b) => (structure.depth[a] as number) - (structure.depth[b] as number));
  for (const span of byDepth) if (!keep(span)) break;
  const lines: string[] = [];
  let skipped = 0;
  const close = () => {
    if (skipped > 0) lines.push(`… ${skipped} more spans`);
    skipped = 0;
  };
  for (const span of structure.order) {
    if (!kept.has(span)) skipped++;
    else {
      close();
      lines.push(lineOf(structure, span, nowNs));
    }
  }
  close();
  return `\`\`\`\n${lines.join("\n")}\n\`\`\`\n`;
}

function lineOf(structure: Structure, span: number, nowNs: number): string {
  const ms = (endNs(structure, span, nowNs) - (structure.startNs[span] as number)) / 1e6;
  const tokens = structure.tokens[span] as number;
  const parts = [
    `${"  ".repeat(Math.min(structure.depth[span] as number, 20))}${structure.names[span]} [${typeOf(structure, span)}]`,
    Number.isNaN(structure.durationNs[span]) ? "running" : duration(ms),
    Number.isNaN(tokens) ? "" : `${tokens} tokens`,
    structure.models[span] ?? "",
    structure.status[span] === ERROR ? "ERROR" : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

function payloadOf(payload: Payload): string | null {
  const failures = payload.events
    .filter((event) => event.name === "exception")
    .map((event) => String(event.attributes["exception.stacktrace"] ?? event.attributes["exception.message"] ?? ""));
  const values: [string, unknown][] = [
    ["Error", payload.status_message || null],
    ["Exception", failures.join("\n") || null],
    ["Input", payload.inputs],
    ["Output", payload.outputs],
  ];
  const shown = values.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (shown.length === 0) return null;
  const blocks = shown.map(([name, value]) => `${name}:\n${fenced(cut(value))}`);
  return `### ${payload.name} (span ${payload.span_id})\n\n${blocks.join("\n")}\n`;
}

function cut(value: unknown): string {
  const written = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  const more = written.length - VALUE_CHARS;
  return more > 0 ? `${written.slice(0, VALUE_CHARS)}\n… ${more} characters more` : written;
}

/** A fence that is longer than any within. */
function fenced(words: string): string {
  const longest = Math.max(2, ...[...words.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${words}\n${fence}`;
}
