/** What stands in a cell, as a filter names it. */
import { parseFilter } from "@/filter/parse";
import { segmentsOf } from "@/filter/tokens";
import { fieldOf, isField } from "@/filter/vocabulary";
import { known } from "@/text/known";
import type { Trace } from "./live";

export interface CellValue {
  /** The field of a filter; null where the value can only be read. */
  field: string | null;
  kind: "text" | "number" | "time";
  /** As a filter has it; null where the trace has no value. */
  value: string | null;
  /** What the field can be grouped by; null where it cannot. */
  group: string | null;
}

type Read = (trace: Trace) => string | number | null | undefined;

const FIELDS: Readonly<Record<string, [field: string | null, kind: CellValue["kind"], read: Read]>> = {
  status: ["status", "text", (trace) => trace.state],
  start: ["timestamp", "time", (trace) => trace.request_time_ms],
  name: ["name", "text", (trace) => trace.name],
  request: [null, "text", (trace) => trace.request_preview],
  response: [null, "text", (trace) => trace.response_preview],
  duration: ["duration", "number", (trace) => trace.duration_ms],
  tokens: ["tokens.total", "number", (trace) => trace.usage?.total_tokens],
  cost: ["cost.total", "number", (trace) => trace.cost?.total_usd],
  user: ["user", "text", (trace) => trace.user],
  session: ["session", "text", (trace) => trace.session],
  version: ["version", "text", (trace) => trace.version_name ?? trace.version],
  spans: [null, "number", (trace) => trace.span_count],
  id: ["request_id", "text", (trace) => trace.trace_id],
  clientId: ["client_request_id", "text", (trace) => trace.client_request_id],
};

const GROUPS = ["name", "status", "user", "session", "version"];

/** The value of a column; null where the column has no single one. */
export function cellValue(columnId: string, trace: Trace): CellValue | null {
  const own = known(FIELDS, columnId);
  if (own !== undefined) {
    const [field, kind, read] = own;
    const value = read(trace);
    return {
      field,
      kind,
      value: value == null ? null : String(value),
      group: GROUPS.includes(columnId) ? columnId : null,
    };
  }
  const key = labelKey(columnId);
  if (key === null) return null;
  const value = trace[key.scope][key.key] ?? null;
  return { field: columnId, kind: "text", value, group: columnId };
}

export interface LabelKey {
  scope: "tags" | "metadata";
  key: string;
}

/** The key that a field such as `tags.team` names; null for other fields. */
export function labelKey(field: string): LabelKey | null {
  const [scope, ...rest] = segmentsOf(field);
  return rest.length > 0 && (scope === "tags" || scope === "metadata") ? { scope, key: rest.join(".") } : null;
}

/** The key of an attribute of spans, such as `span.attributes.gen_ai.system`; null for other fields. */
export function spanAttributeKey(field: string): string | null {
  const [span, attributes, ...rest] = segmentsOf(field);
  return span === "span" && attributes === "attributes" && rest.length > 0 ? rest.join(".") : null;
}

/** The name of an assessment that a field such as `feedback.helpful` names; null for other fields. */
export function assessmentName(field: string): { kind: "feedback" | "expectation"; name: string } | null {
  const [kind, ...rest] = segmentsOf(field);
  return rest.length > 0 && (kind === "feedback" || kind === "expectation") ? { kind, name: rest.join(".") } : null;
}

/** The id of the column that shows a field; null for what is no field, or none that a row has a value of. */
export function columnOfField(field: string): string | null {
  const { node } = parseFilter(`${field} IS NULL`);
  const found = fieldOf(field);
  if (!isField(found) || node === null) return null;
  const own = Object.entries(FIELDS).find(([, [name]]) => {
    const other = name === null ? null : fieldOf(name);
    return other !== null && isField(other) && other.name === found.name;
  });
  if (own !== undefined) return own[0];
  const isShown = labelKey(found.name) ?? spanAttributeKey(found.name) ?? assessmentName(found.name);
  return isShown === null ? null : found.name;
}
