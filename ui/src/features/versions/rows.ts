/** The rows of the list of versions: what is registered, beside what traces name. Pure. */
import type { FiguresRow, Version } from "./queries";

export interface VersionRow {
  /** The id of a registered version, else the name that traces give. */
  key: string;
  name: string;
  /** Null where only traces name it. */
  version: Version | null;
  /** Of the traces that name it; null where there are none. */
  figures: FiguresRow | null;
  /** How many registered versions have the name: figures are those of all of them. */
  namesakes: number;
}

/**
 * Put versions and figures together by name, the newest version first, the unknown after them.
 *
 * Unknown ones are only told apart where all versions are known.
 */
export function rowsOf(versions: readonly Version[], figures: readonly FiguresRow[], isWhole: boolean): VersionRow[] {
  const byName = new Map(figures.map((row) => [row.group.version ?? null, row]));
  const names = new Map<string, number>();
  for (const { name } of versions) names.set(name, (names.get(name) ?? 0) + 1);
  const known = versions.map((version) => ({
    key: version.version_id,
    name: version.name,
    version,
    figures: byName.get(version.name) ?? null,
    namesakes: names.get(version.name) ?? 1,
  }));
  known.sort((one, other) => age(other, one));
  if (!isWhole) return known;
  const unknown = figures.flatMap((row) => {
    const name = row.group.version ?? null;
    if (name === null || names.has(name)) return [];
    return [{ key: name, name, version: null, figures: row, namesakes: 0 }];
  });
  return [...known, ...unknown];
}

/** The figures of the traces that name no version. */
export function unnamed(figures: readonly FiguresRow[]): FiguresRow | null {
  return figures.find((row) => (row.group.version ?? null) === null) ?? null;
}

/** The cost of one of those traces whose cost is known. */
export function meanCost(figures: FiguresRow | null): number | null {
  if (figures === null || figures.cost_usd === null || figures.traces_with_cost === 0) return null;
  return figures.cost_usd / figures.traces_with_cost;
}

export type Sortable = string | number | null | undefined;

/** Order rows by a value; those without one stand last either way. */
export function sorted<R>(rows: readonly R[], value: (row: R) => Sortable, isDescending: boolean): R[] {
  const direction = isDescending ? -1 : 1;
  return [...rows].sort((first, second) => {
    const [a, b] = [value(first), value(second)];
    if (a == null || b == null) return Number(a == null) - Number(b == null);
    if (typeof a === "number" && typeof b === "number") return direction * (a - b);
    return direction * String(a).localeCompare(String(b), "en", { numeric: true });
  });
}

/** Which of two versions was before: the older one, the one that only traces name, or the lower number in its name. */
export function inOrder(first: VersionRow, second: VersionRow): [VersionRow, VersionRow] {
  return age(first, second) <= 0 ? [first, second] : [second, first];
}

function age(first: VersionRow, second: VersionRow): number {
  const time = (first.version?.create_time_ms ?? 0) - (second.version?.create_time_ms ?? 0);
  return time || first.name.localeCompare(second.name, "en", { numeric: true });
}
