/** Assessments: which count, which took whose place, and how a value is written and read. */
import type { Assessment } from "./queries";

interface Judged {
  readonly assessment: Assessment;
  /** Those that it took the place of, the newest first. */
  readonly before: readonly Assessment[];
}

/** Assessments with those that they took the place of below them; the newest first. */
export function judgedOf(assessments: readonly Assessment[]): Judged[] {
  const byId = new Map(assessments.map((each) => [each.assessment_id, each]));
  const overriding = new Set(assessments.map((each) => each.overrides));
  return assessments
    .filter((each) => each.valid || !overriding.has(each.assessment_id))
    .sort((a, b) => b.create_time_ms - a.create_time_ms)
    .map((assessment) => ({ assessment, before: chainOf(assessment, byId) }));
}

function chainOf(assessment: Assessment, byId: ReadonlyMap<string, Assessment>): Assessment[] {
  const before: Assessment[] = [];
  let next = assessment.overrides === null ? undefined : byId.get(assessment.overrides);
  while (next !== undefined && next !== assessment && !before.includes(next)) {
    before.push(next);
    next = next.overrides === null ? undefined : byId.get(next.overrides);
  }
  return before;
}

export type ValueForm = "yesNo" | "number" | "text" | "json";
export const VALUE_FORMS: readonly ValueForm[] = ["yesNo", "number", "text", "json"];

/** The form in which a value was given. */
export function formOf(value: unknown): ValueForm {
  if (typeof value === "boolean") return "yesNo";
  if (typeof value === "number") return "number";
  return typeof value === "string" ? "text" : "json";
}

/** Read what somebody wrote; `problem` tells why it is no value. */
export function readValue(
  form: ValueForm,
  written: string,
): { value: unknown } | { problem: "empty" | "number" | "json" } {
  const text = written.trim();
  if (text === "") return { problem: "empty" };
  switch (form) {
    case "yesNo":
      return { value: text === "true" };
    case "number": {
      const value = Number(text);
      return Number.isFinite(value) ? { value } : { problem: "number" };
    }
    case "text":
      return { value: written };
    case "json":
      try {
        return { value: JSON.parse(text) };
      } catch {
        return { problem: "json" };
      }
  }
}

export function writtenValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
