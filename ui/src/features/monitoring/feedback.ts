/** What was said of traces, from figures. */
import type { Schemas } from "@/api/client";
import { fieldName, quoted } from "@/filter/terms";
import { text } from "@/text";
import type { TraceRow } from "./rows";

export type Said = Schemas["AssessmentFiguresModel"];

export interface SaidValue {
  /** As people read it. */
  readonly label: string;
  readonly count: number;
  /** Finds the traces; null for a judge that gave no value. */
  readonly condition: string | null;
  /** Good, bad, or neither. */
  readonly sense: "good" | "bad" | "other";
}

/** Feedback alone, by how often it was given: expectations and issues are something else. */
export function feedbackOf(row: TraceRow | undefined): Said[] {
  return (row?.assessments ?? [])
    .filter((one) => one.kind === "feedback")
    .sort((one, other) => other.count - one.count);
}

/** What stands for the users at the top of a page: what is named after them, else what was given most often. */
export function leadingFeedback(said: readonly Said[]): Said | null {
  return said.find((one) => /user|thumb|rating|satisf/i.test(one.name)) ?? said[0] ?? null;
}

/** The values of one name: yes before no, numbers from the largest, all others by how often they were given. */
export function valuesOf(said: Said): SaidValue[] {
  return Object.entries(said.values)
    .map(([json, count]) => {
      const value = parsed(json);
      return { label: labelOf(value), count, condition: conditionOf(said.name, value), sense: senseOf(value), value };
    })
    .sort((one, other) => rank(one.value) - rank(other.value) || other.count - one.count)
    .map(({ value: _, ...rest }) => rest);
}

/** Whether its mean is a share: all that was said is yes or no. */
export function isShare(said: Said): boolean {
  return Object.keys(said.values).every((json) => senseOf(parsed(json)) !== "other" || json === "null");
}

const GOOD: unknown[] = [true, "yes", "true", "pass"];
const BAD: unknown[] = [false, "no", "false", "fail"];

function senseOf(value: unknown): SaidValue["sense"] {
  const plain = typeof value === "string" ? value.toLowerCase() : value;
  if (GOOD.includes(plain)) return "good";
  return BAD.includes(plain) ? "bad" : "other";
}

function rank(value: unknown): number {
  if (typeof value === "number") return -value;
  return { good: 0, bad: 1, other: value === null ? 3 : 2 }[senseOf(value)];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function labelOf(value: unknown): string {
  if (value === null) return text.monitoring.noValue;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function conditionOf(name: string, value: unknown): string | null {
  if (value === null) return null;
  const field = fieldName("feedback", name);
  if (typeof value === "number") return `${field} = ${value}`;
  return `${field} = ${quoted(labelOf(value))}`;
}
