/** The names that a filter of traces may use, and how each may be compared: the server's `search/fields.py` and `values.py`. */
import { known } from "@/text/known";
import { segmentsOf } from "./tokens";

export type ValueKind = "text" | "number" | "time" | "assessed" | "prompt";

export interface Rule {
  readonly operators: readonly Operator[];
  readonly kind: ValueKind;
}

const EQUALITY = ["=", "!="] as const;
const ORDERING = [">", ">=", "<", "<="] as const;
const STRING = [...EQUALITY, "IN", "NOT IN", "LIKE", "ILIKE", "RLIKE"] as const;
const PRESENCE = ["IS NULL", "IS NOT NULL"] as const;
export type Operator = (typeof STRING | typeof ORDERING | typeof PRESENCE)[number];

const ALWAYS_THERE: Rule = { operators: STRING, kind: "text" };
const TEXT: Rule = { operators: [...STRING, ...PRESENCE], kind: "text" };
const CONTENT: Rule = { operators: ["LIKE", "ILIKE"], kind: "text" };
const TIME: Rule = { operators: [...EQUALITY, ...ORDERING], kind: "time" };
const NUMBER: Rule = { operators: [...EQUALITY, ...ORDERING, ...PRESENCE], kind: "number" };
const ASSESSED: Rule = { operators: [...STRING, ...ORDERING, ...PRESENCE], kind: "assessed" };
const PROMPT: Rule = { operators: [...STRING, ...PRESENCE], kind: "prompt" };

/** Attributes by their first names. */
export const ATTRIBUTES: Readonly<Record<string, Rule>> = {
  request_id: ALWAYS_THERE,
  client_request_id: TEXT,
  status: ALWAYS_THERE,
  name: TEXT,
  run_id: TEXT,
  experiment_id: TEXT,
  timestamp_ms: TIME,
  execution_time_ms: NUMBER,
  end_time_ms: TIME,
  user: TEXT,
  session: TEXT,
  model_id: TEXT,
  version: TEXT,
  "tokens.total": NUMBER,
  "cost.total": NUMBER,
  text: CONTENT,
  prompt: PROMPT,
};

/** Other spellings, each with the first name. */
export const ALIASES: Readonly<Record<string, string>> = {
  trace_id: "request_id",
  state: "status",
  timestamp: "timestamp_ms",
  execution_time: "execution_time_ms",
  duration: "execution_time_ms",
  end_time: "end_time_ms",
};

const ATTRIBUTE_PREFIXES = ["attribute", "attributes", "trace"];

/** What stands before a key, in each spelling, with the first one. */
export const KEY_PREFIXES: Readonly<Record<string, string>> = {
  tag: "tags",
  tags: "tags",
  metadata: "metadata",
  request_metadata: "metadata",
  feedback: "feedback",
  expectation: "expectation",
};

const SPAN_PARTS: Readonly<Record<string, Rule>> = {
  name: TEXT,
  type: TEXT,
  status: ALWAYS_THERE,
  model: TEXT,
  provider: TEXT,
  content: CONTENT,
};

/** A field that is known, under its first name. */
export interface Field {
  readonly name: string;
  readonly rule: Rule;
}

/** Why a name is no field. */
export interface NoField {
  readonly why: "unknown" | "needsPrefix" | "needsKey";
  readonly name: string;
  /** The name that was probably meant. */
  readonly near: string | null;
}

export function isField(found: Field | NoField): found is Field {
  return "rule" in found;
}

/** Find the field that a path names. */
export function fieldOf(path: string): Field | NoField {
  const [prefix = "", ...rest] = segmentsOf(path);
  const key = rest.join(".");
  if (rest.length > 0 && ATTRIBUTE_PREFIXES.includes(prefix)) return attribute(key);
  if (rest.length > 0 && prefix === "span") return spanField(rest);
  if (rest.length > 0 && prefix === "issue") {
    return key === "id" ? { name: "issue.id", rule: ALWAYS_THERE } : unknown(`issue.${key}`, ["issue.id"]);
  }
  const scope = known(KEY_PREFIXES, prefix);
  if (rest.length > 0 && scope !== undefined) {
    if (key === "") return { why: "needsKey", name: prefix, near: null };
    return { name: withKey(scope, key), rule: scope === "tags" || scope === "metadata" ? TEXT : ASSESSED };
  }
  const name = [prefix, ...rest].join(".");
  return name === "text" ? { why: "needsPrefix", name, near: "trace.text" } : attribute(name);
}

function attribute(name: string): Field | NoField {
  const first = known(ALIASES, name) ?? name;
  const rule = known(ATTRIBUTES, first);
  if (rule !== undefined) return { name: first === "text" ? "trace.text" : first, rule };
  const prefixes = [...Object.keys(KEY_PREFIXES), ...ATTRIBUTE_PREFIXES, "span", "issue"];
  if (prefixes.includes(name)) return { why: "needsKey", name, near: null };
  return unknown(name, [...Object.keys(ATTRIBUTES), ...Object.keys(ALIASES), ...prefixes]);
}

function spanField([part = "", ...rest]: string[]): Field | NoField {
  if (part === "attributes") {
    const key = rest.join(".");
    if (key === "") return { why: "needsKey", name: "span.attributes", near: null };
    return { name: withKey("span.attributes", key), rule: TEXT };
  }
  const rule = rest.length === 0 ? known(SPAN_PARTS, part) : undefined;
  if (rule !== undefined) return { name: `span.${part}`, rule };
  const parts = [...Object.keys(SPAN_PARTS), "attributes"].map((one) => `span.${one}`);
  return unknown(`span.${[part, ...rest].join(".")}`, parts);
}

function unknown(name: string, names: readonly string[]): NoField {
  return { why: "unknown", name, near: nearest(name, names) };
}

const PLAIN_KEY = /^[\w-]+(\.[\w-]+)*$/;

/** Write a key after its prefix, in backticks where it needs them. */
export function withKey(prefix: string, key: string): string {
  return `${prefix}.${PLAIN_KEY.test(key) ? key : `\`${key.replaceAll("`", "``")}\``}`;
}

/** The first name of a field, so that spellings compare equal; what is no field stays as it is. */
export function firstName(path: string): string {
  const found = fieldOf(path);
  return isField(found) ? found.name : path;
}

/** The known name that is fewest changes away, if they are few. */
export function nearest(name: string, names: readonly string[]): string | null {
  const sought = name.toLowerCase().slice(0, 80);
  const limit = Math.max(1, Math.floor(sought.length * 0.34));
  let [best, fewest]: [string | null, number] = [null, limit + 1];
  for (const each of names) {
    const changes = changesBetween(sought, each);
    if (changes < fewest) [best, fewest] = [each, changes];
  }
  return best;
}

function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(same, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
