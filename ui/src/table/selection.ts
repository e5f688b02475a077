/** Which rows are selected, by key. */

export function withToggled(selected: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(selected);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Select these rows too. */
export function withAll(selected: ReadonlySet<string>, keys: Iterable<string>): Set<string> {
  return new Set([...selected, ...keys]);
}

/** The rows from one to the other, both included, whichever comes first. */
export function between<R>(rows: readonly R[], from: number, to: number): R[] {
  return rows.slice(Math.min(from, to), Math.max(from, to) + 1);
}
