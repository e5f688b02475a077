/**
 * A value as rows of a tree. Only what is open has a branch, so that opening and closing costs little whatever lies
 * below, and the row at a place is found without counting those above it. Long lists are cut into ranges, long texts
 * into lines.
 */
import { lineAt, lineOf, lineStarts } from "./lines";
import { cut } from "./shownText";

type RowKind = "object" | "array" | "range" | "string" | "number" | "boolean" | "null" | "line" | "more";

export interface Row {
  readonly index: number;
  readonly depth: number;
  readonly kind: RowKind;
  /** The name or number in what holds it; null for lines. */
  readonly key: string | number | null;
  /** What is shown: a value, the beginning of one, a line. */
  readonly text: string;
  /** How many values, characters or lines there are within. */
  readonly count: number;
  /** Null where there is nothing to open. */
  readonly isOpen: boolean | null;
  /** Its place among those beside it, from 0, and how many they are. */
  readonly at: number;
  readonly siblings: number;
}

/** Values side by side, more are cut into ranges. */
export const RANGE = 1000;
/** A text up to so long, and without line breaks, stands beside its name. */
export const INLINE_CHARS = 100;
/** Of a longer one so many lines are shown until all are asked for. */
export const FIRST_LINES = 20;

export type Container = Record<string, unknown> | unknown[];
type Child = { kind: "value"; key: string | number; value: unknown } | { kind: "range"; from: number; to: number };

/** What is open below a row. */
export abstract class Branch {
  readonly opened = new Map<number, Branch>();
  #order: number[] | null = null;
  #before: number[] = [];
  #size = -1;

  constructor(
    readonly parent: Branch | null,
    readonly at: number,
  ) {}

  /** Rows directly below. */
  abstract get width(): number;
  abstract row(at: number, index: number, depth: number): Row;
  /** Open what is at a place; null where there is nothing to open. */
  abstract branchAt(at: number): Branch | null;

  /** All rows below. */
  get size(): number {
    if (this.#size < 0) this.#size = this.width + (this.#extraBefore().at(-1) ?? 0);
    return this.#size;
  }

  open(at: number): Branch | null {
    const there = this.opened.get(at);
    if (there !== undefined) return there;
    const branch = this.branchAt(at);
    if (branch !== null) {
      this.opened.set(at, branch);
      this.changed();
    }
    return branch;
  }

  close(at: number) {
    if (this.opened.delete(at)) this.changed();
  }

  /** Tell those above, too, that what is open has changed. */
  changed() {
    for (let branch: Branch | null = this; branch !== null; branch = branch.parent) branch.forget();
  }

  /** Count anew when it is next asked for. */
  forget() {
    this.#order = null;
    this.#size = -1;
  }

  /** Where a row is: in which branch, at which place, how deep. */
  find(offset: number, depth = 0): { branch: Branch; at: number; depth: number } {
    const extra = this.#extraBefore();
    const order = this.#order ?? [];
    let [low, high] = [0, order.length]; // the number of open places whose row is at or above the offset
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((order[middle] ?? 0) + (extra[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const at = order[low - 1];
    const within = at === undefined ? undefined : this.opened.get(at);
    if (at === undefined || within === undefined) return { branch: this, at: offset, depth };
    const below = offset - (at + (extra[low - 1] ?? 0));
    if (below === 0) return { branch: this, at, depth };
    if (below <= within.size) return within.find(below - 1, depth + 1);
    return { branch: this, at: offset - (extra[low] ?? 0), depth };
  }

  /** The offset of a place within this branch. */
  offset(at: number): number {
    const extra = this.#extraBefore();
    const order = this.#order ?? [];
    let low = 0;
    for (let high = order.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((order[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return at + (extra[low] ?? 0);
  }

  /** The row of a place in the whole tree. */
  rowOf(at: number): number {
    let row = this.offset(at);
    for (let branch: Branch = this; branch.parent !== null; branch = branch.parent) {
      row += branch.parent.offset(branch.at) + 1;
    }
    return row;
  }

  /** Rows that open places add before each of them; one more for the end. */
  #extraBefore(): number[] {
    if (this.#order !== null) return this.#before;
    this.#order = [...this.opened.keys()].sort((a, b) => a - b);
    let sum = 0;
    this.#before = [0];
    for (const at of this.#order) {
      sum += this.opened.get(at)?.size ?? 0;
      this.#before.push(sum);
    }
    return this.#before;
  }
}

/** The values in an object or a list, or in a range of one. */
export class Entries extends Branch {
  readonly #step: number;

  constructor(
    parent: Branch | null,
    at: number,
    readonly value: Container,
    readonly keys: readonly string[] | null,
    readonly from: number,
    readonly to: number,
    private readonly layout: Layout,
  ) {
    super(parent, at);
    this.#step = stepFor(to - from);
  }

  get width(): number {
    return Math.ceil((this.to - this.from) / this.#step);
  }

  child(at: number): Child {
    const from = this.from + at * this.#step;
    if (this.#step > 1) return { kind: "range", from, to: Math.min(from + this.#step, this.to) };
    const key = this.keys?.[from];
    if (key === undefined) return { kind: "value", key: from, value: (this.value as unknown[])[from] };
    return { kind: "value", key, value: (this.value as Record<string, unknown>)[key] };
  }

  /** The place of a value here, by its place in the whole object or list. */
  placeOf(position: number): number {
    return Math.floor((position - this.from) / this.#step);
  }

  get areRanges(): boolean {
    return this.#step > 1;
  }

  row(at: number, index: number, depth: number): Row {
    const child = this.child(at);
    const siblings = this.width;
    if (child.kind === "range") {
      const { from, to } = child;
      const ends = this.keys === null ? [from, to - 1] : [from, to - 1].map((each) => cut(this.keys?.[each] ?? "", 40));
      const text = `${ends[0]} … ${ends[1]}`;
      return {
        index,
        depth,
        kind: "range",
        key: null,
        text,
        count: to - from,
        isOpen: this.opened.has(at),
        at,
        siblings,
      };
    }
    const { key, value } = child;
    const kind = kindOf(value);
    const isOpen = isOpenable(value) ? this.opened.has(at) : null;
    return { index, depth, kind, key, text: shortForm(value), count: countOf(value), isOpen, at, siblings };
  }

  branchAt(at: number): Branch | null {
    const child = this.child(at);
    if (child.kind === "range") {
      return new Entries(this, at, this.value, this.keys, child.from, child.to, this.layout);
    }
    return branchOf(this, at, child.value, this.layout);
  }
}

/** The lines of a text. */
export class Lines extends Branch {
  #starts: number[] | null = null;

  constructor(
    parent: Branch | null,
    at: number,
    readonly value: string,
    private readonly layout: Layout,
    public isWhole: boolean,
  ) {
    super(parent, at);
  }

  get starts(): number[] {
    if (this.#starts === null) {
      let depth = 0;
      for (let branch: Branch | null = this.parent; branch !== null; branch = branch.parent) depth++;
      this.#starts = lineStarts(this.value, Math.max(this.layout.columns - depth * this.layout.indentColumns, 20));
    }
    return this.#starts;
  }

  get width(): number {
    const lines = this.starts.length;
    return this.isWhole || lines <= FIRST_LINES + 1 ? lines : FIRST_LINES + 1;
  }

  /** Whether a place is not a line, but the button that shows all. */
  isMore(at: number): boolean {
    return at === FIRST_LINES && this.width < this.starts.length;
  }

  showWhole() {
    if (this.isWhole) return;
    this.isWhole = true;
    this.changed();
  }

  wrapAnew() {
    this.#starts = null;
  }

  row(at: number, index: number, depth: number): Row {
    const isMore = this.isMore(at);
    return {
      index,
      depth,
      kind: isMore ? "more" : "line",
      key: null,
      text: isMore ? "" : lineAt(this.value, this.starts, at),
      count: isMore ? this.starts.length : at,
      isOpen: null,
      at,
      siblings: this.width,
    };
  }

  branchAt(): null {
    return null;
  }

  lineOf(offset: number): number {
    return lineOf(this.starts, offset);
  }
}

/** How wide the view is, in letters. */
export interface Layout {
  columns: number;
  indentColumns: number;
}

export function branchOf(parent: Branch | null, at: number, value: unknown, layout: Layout): Branch | null {
  if (typeof value === "string") return isInline(value) ? null : new Lines(parent, at, value, layout, false);
  if (!isOpenable(value)) return null;
  const container = value as Container;
  const keys = Array.isArray(container) ? null : Object.keys(container);
  const length = keys?.length ?? (container as unknown[]).length;
  return new Entries(parent, at, container, keys, 0, length, layout);
}

function kindOf(value: unknown): RowKind {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "number";
  return typeof value as RowKind;
}

function isInline(text: string): boolean {
  return text.length <= INLINE_CHARS && !text.includes("\n");
}

export function isOpenable(value: unknown): boolean {
  if (typeof value === "string") return !isInline(value);
  return typeof value === "object" && value !== null && countOf(value) > 0;
}

/** Values of an object or a list, characters of a text. */
function countOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (typeof value !== "object" || value === null) return 0;
  const known = counts.get(value);
  if (known !== undefined) return known;
  const count = Object.keys(value).length;
  if (count > RANGE) counts.set(value, count);
  return count;
}
const counts = new WeakMap<object, number>();

/** A value in a few letters. */
function shortForm(value: unknown): string {
  if (typeof value === "string") return cut(value, INLINE_CHARS).replace(/\s+/g, " ");
  if (Array.isArray(value)) return "";
  if (typeof value === "object" && value !== null) return preview(value);
  return String(value);
}

const PREVIEW_CHARS = 80;

/** The first fields of an object: `sku: "A-1", stock: {…}`. */
function preview(value: object): string {
  if (countOf(value) > RANGE) return "";
  let text = "";
  for (const [key, each] of Object.entries(value)) {
    const short =
      typeof each === "string"
        ? JSON.stringify(cut(each, 30))
        : typeof each === "object" && each !== null
          ? Array.isArray(each)
            ? "[…]"
            : "{…}"
          : String(each);
    text += `${text ? ", " : ""}${cut(key, 30)}: ${short}`;
    if (text.length > PREVIEW_CHARS) return `${cut(text, PREVIEW_CHARS)}…`;
  }
  return text;
}

/** How many values a row stands for, so that no branch has more than `RANGE` rows. */
function stepFor(length: number): number {
  let step = 1;
  while (length / step > RANGE) step *= RANGE;
  return step;
}
