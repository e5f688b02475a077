export interface TagRow {
  readonly id: number;
  readonly key: string;
  readonly value: string;
  readonly isNew: boolean;
}

interface TagChanges {
  /** What to set; null takes a tag away. */
  readonly changes: Record<string, string | null>;
  readonly problem: "noKey" | "twice" | null;
}

/** Compare what is edited with what there was. A new row that is blank is none. */
export function changesOf(before: Readonly<Record<string, string>>, rows: readonly TagRow[]): TagChanges {
  const filled = rows.filter((row) => !row.isNew || row.key.trim() !== "" || row.value !== "");
  const after = new Map(filled.map((row) => [row.isNew ? row.key.trim() : row.key, row.value]));
  const changes: Record<string, string | null> = {};
  for (const [key, value] of after) if (before[key] !== value) changes[key] = value;
  for (const key of Object.keys(before)) if (!after.has(key)) changes[key] = null;
  const problem = after.has("") ? "noKey" : after.size < filled.length ? "twice" : null;
  return { changes, problem };
}
