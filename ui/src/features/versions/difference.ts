/** What two versions were given: parameters and tags side by side. Pure. */

export interface Pair {
  key: string;
  /** Null where that side has none. */
  a: string | null;
  b: string | null;
  differs: boolean;
}

type Values = Readonly<Record<string, string>>;

/** The value of a key; null where it has none. Keys may be named like what every object has. */
export function valueAt(values: Values, key: string): string | null {
  return Object.hasOwn(values, key) ? (values[key] ?? null) : null;
}

/** Put two sets of values side by side, by key. */
export function pairsOf(a: Values, b: Values): Pair[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return keys.map((key) => {
    const [ofA, ofB] = [valueAt(a, key), valueAt(b, key)];
    return { key, a: ofA, b: ofB, differs: ofA !== ofB };
  });
}
