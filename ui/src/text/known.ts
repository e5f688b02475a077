/** What a table has for a key from outside; nothing for `constructor` and the other names that every object has. */
export function known<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
