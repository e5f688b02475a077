/** JSON in which whole numbers keep all their digits. */

/** Whole numbers that may be too large for a float; times in nanoseconds are, and need not be exact. */
const MAY_BE_TOO_LARGE = /(?:(?<!_ns"):|[[,])\s*-?\d{16,}/;
const STRING_OR_LARGE = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;
/** Stands before the digits of a number while it is text. */
const MARK = "\u0000number:";
const MARKED = /^\0number:-?\d+$/;
const WRITTEN_MARKED = /"\\u0000number:(-?\d+)"/g;

/** Read JSON. A whole number beyond 2^53 becomes a `bigint`. */
export function parseJson(text: string): unknown {
  if (!MAY_BE_TOO_LARGE.test(text)) return JSON.parse(text);
  const marked = text.replace(STRING_OR_LARGE, (part) => (part.startsWith('"') ? part : JSON.stringify(MARK + part)));
  return JSON.parse(marked, (key, value: unknown) => {
    if (typeof value !== "string" || !MARKED.test(value)) return value;
    const digits = value.slice(MARK.length);
    const isExact = key.endsWith("_ns") || Number.isSafeInteger(Number(digits));
    return isExact ? Number(digits) : BigInt(digits);
  });
}

/** The value that a text is JSON of; the text itself where it is none. */
export function jsonWithin(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** Write JSON, over several lines unless there is no indent; large numbers in full. */
export function writeJson(value: unknown, indent = 2): string {
  let hasLarge = false;
  const written = JSON.stringify(
    value,
    (_key, each: unknown) => {
      if (typeof each !== "bigint") return each;
      hasLarge = true;
      return `${MARK}${each}`;
    },
    indent,
  );
  return hasLarge ? written.replace(WRITTEN_MARKED, "$1") : (written ?? "");
}

/** A value as text: strings as they are, all else as JSON. */
export function writtenOut(value: unknown, indent?: number): string {
  return typeof value === "string" ? value : writeJson(value, indent);
}
