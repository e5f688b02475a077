/** What the turns of a session come to, one after the other. Pure. */
import { duration, usd } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import { text } from "@/text";
import type { Session, Turn } from "./queries";

/** A turn, and what came before it. */
export interface Placed {
  turn: Turn;
  /** From 1. */
  number: number;
  /** Milliseconds from the end of the turn before; negative where it was still running, null for the first. */
  idleMs: number | null;
  /** Of the session up to here, this turn included. */
  tokens: number;
  costUsd: number;
}

/** Place turns that stand in order. */
export function placed(turns: readonly Turn[]): Placed[] {
  let [tokens, costUsd] = [0, 0];
  let before: Turn | null = null;
  return turns.map((turn, index) => {
    tokens += turn.usage?.total_tokens ?? 0;
    costUsd += turn.cost?.total_usd ?? 0;
    const idleMs = before === null ? null : turn.request_time_ms - before.request_time_ms - (before.duration_ms ?? 0);
    before = turn;
    return { turn, number: index + 1, idleMs, tokens, costUsd };
  });
}

const UNITS: [number, string][] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
];
/** A pause from here on divides a conversation. */
const PAUSE_MS = 30 * 60_000;

/** An idle gap in words; null where there is none worth a word. */
export function idleWords(idleMs: number | null): string | null {
  if (idleMs === null) return null;
  if (idleMs < 0) return text.sessions.overlaps;
  const unit = UNITS.find(([unitMs]) => idleMs >= unitMs);
  if (unit === undefined) return null;
  const [unitMs, name] = unit;
  const format = new Intl.NumberFormat("en", { style: "unit", unit: name, unitDisplay: "long" });
  return text.sessions.later(format.format(Math.floor(idleMs / unitMs)));
}

export function isPause(idleMs: number | null): boolean {
  return idleMs !== null && idleMs >= PAUSE_MS;
}

/** The names of the tools that a turn used, each with how often, in the order of their first use. */
export function toolsUsed(spans: { type: readonly string[]; name: readonly string[] }): [string, number][] {
  const used = new Map<string, number>();
  spans.type.forEach((type, index) => {
    const name = spans.name[index];
    if (type === "TOOL" && name !== undefined) used.set(name, (used.get(name) ?? 0) + 1);
  });
  return [...used];
}

/** A session as Markdown, as its previews have it. */
export function markdownOf(session: Session, turns: readonly Placed[]): string {
  const { totals } = session;
  const head = [
    `# ${text.sessions.session} ${session.session}`,
    [text.count.turns(totals.traces), text.count.tokens(totals.total_tokens), usd(totals.cost_usd)].join(", "),
  ];
  const parts = turns.map(({ turn, number, idleMs }) => {
    const facts = [fullMoment(turn.request_time_ms), idleWords(idleMs), duration(turn.duration_ms), turn.trace_id];
    const said = [
      [text.sessions.request, turn.request_preview],
      [turn.state === "ERROR" ? text.sessions.failed : text.sessions.response, turn.response_preview],
    ] as const;
    const words = said.map(([who, what]) => `**${who}**\n\n${quoted(what ?? text.sessions.nothingSaid)}`);
    return [`## ${number}. ${facts.filter(Boolean).join(" · ")}`, ...words].join("\n\n");
  });
  return `${[...head, ...parts].join("\n\n")}\n`;
}

function quoted(words: string): string {
  return words
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
}
