/** Attributes as rows of a table, by who defines them. */
import { writtenOut } from "@/payload/exactJson";
import { beginningOf, LargeValue } from "@/payload/largeValue";
import { holds } from "@/payload/shownText";

export interface Attribute {
  readonly key: string;
  readonly value: unknown;
  /** The value in one line. */
  readonly line: string;
}

interface AttributeGroup {
  readonly id: "gen_ai" | "mlflow" | "others";
  readonly attributes: readonly Attribute[];
}

const LINE_CHARS = 300;

function lineOf(value: unknown): string {
  return beginningOf(value)
    .slice(0, LINE_CHARS * 2)
    .replace(/\s+/g, " ")
    .slice(0, LINE_CHARS);
}

export function rowsOf(attributes: Record<string, unknown>): Attribute[] {
  return Object.entries(attributes)
    .map(([key, value]) => ({ key, value, line: lineOf(value) }))
    .sort((a, b) => compare(a.key, b.key));
}

/** Letters by letter and numbers by size, so that message 10 stands behind message 9. */
const compare = new Intl.Collator("en", { numeric: true }).compare;

export function groupsOf(attributes: readonly Attribute[]): AttributeGroup[] {
  const groupOf = (key: string) =>
    key.startsWith("gen_ai.") ? "gen_ai" : key.startsWith("mlflow.") ? "mlflow" : "others";
  return (["gen_ai", "mlflow", "others"] as const)
    .map((id) => ({ id, attributes: attributes.filter(({ key }) => groupOf(key) === id) }))
    .filter((group) => group.attributes.length > 0);
}

/** The attributes in whose name or value something stands. */
export function sought(attributes: readonly Attribute[], text: string): Attribute[] {
  const wanted = text.trim();
  if (wanted === "") return [...attributes];
  return attributes.filter(({ key, value }) => holds(key, wanted) || holds(beginningOf(value), wanted));
}

/** The value as a filter compares it; null where it is too long to be filtered by. */
export function filterValue(value: unknown): string | null {
  if (value instanceof LargeValue) return null;
  const text = writtenOut(value, 0);
  return text.length > 1_000 ? null : text;
}
