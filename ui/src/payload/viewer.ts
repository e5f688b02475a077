/** What a view of a value can be asked for. All it takes and gives can be sent from and to a worker. */
import { writtenOut } from "./exactJson";
import { Finder, type Place } from "./finder";
import { type Branch, branchOf, Entries, isOpenable, Lines, type Row } from "./tree";

/** So many rows are opened at the beginning. */
const FIRST_ROWS = 60;
const INDENT_COLUMNS = 2;
/** Lists that are opened show their texts, unless they are longer lists than this. */
const MAX_OPENED_TEXTS = 200;

export interface RowWindow {
  readonly total: number;
  readonly rows: Row[];
}

export interface Found {
  readonly count: number;
  readonly isComplete: boolean;
}

export class Viewer {
  readonly #layout = { columns: 100, indentColumns: INDENT_COLUMNS };
  /** A number or so stands alone, in a list that is not shown. */
  readonly #isAlone: boolean;
  readonly #shown: unknown;
  readonly #root: Branch;
  #finder: Finder | null = null;

  constructor(readonly value: unknown) {
    this.#isAlone = typeof value !== "string" && !isOpenable(value);
    this.#shown = this.#isAlone ? [value] : value;
    this.#root =
      typeof value === "string"
        ? new Lines(null, 0, value, this.#layout, true)
        : (branchOf(null, 0, this.#shown, this.#layout) as Branch);
    this.#openFirst();
  }

  window(from: number, to: number): RowWindow {
    const total = this.#root.size;
    const rows: Row[] = [];
    for (let index = Math.max(from, 0); index < Math.min(to, total); index++) {
      const { branch, at, depth } = this.#root.find(index);
      const row = branch.row(at, index, depth);
      rows.push(this.#isAlone ? { ...row, key: null } : row);
    }
    return { total, rows };
  }

  toggle(index: number): void {
    const { branch, at } = this.#root.find(index);
    if (branch instanceof Lines) {
      if (branch.isMore(at)) branch.showWhole();
      return;
    }
    if (branch.opened.has(at)) branch.close(at);
    else openWithTexts(branch, at);
  }

  /** Open all below a row, or below all rows. */
  openAll(index: number | null): void {
    const { branch, at } = this.#root.find(index ?? 0);
    const top = index === null ? this.#root : branch.open(at);
    if (top !== null) openBelow(top);
  }

  /** Close all below a row and the row itself, or all rows. */
  closeAll(index: number | null): void {
    if (index !== null) {
      const { branch, at } = this.#root.find(index);
      branch.close(at);
      return;
    }
    this.#root.opened.clear();
    this.#root.changed();
  }

  /** The row above that holds a row; -1 where there is none. */
  parentOf(index: number): number {
    const { branch } = this.#root.find(index);
    return branch.parent === null ? -1 : branch.parent.rowOf(branch.at);
  }

  /** The path of a row: `$.items[3].sku`. */
  pathOf(index: number): string {
    const { branch, at } = this.#root.find(index);
    const steps: string[] = [];
    for (let [here, place]: [Branch | null, number] = [branch, at]; here !== null; ) {
      if (here instanceof Entries) {
        const child = here.child(place);
        if (child.kind === "value" && !this.#isAlone) steps.push(stepText(child.key));
      }
      place = here.at;
      here = here.parent;
    }
    return `$${steps.reverse().join("")}`;
  }

  /** The value of a row as text, or all of it. */
  textOf(index: number | null): string {
    if (index === null) return writtenOut(this.value);
    const { branch, at } = this.#root.find(index);
    if (branch instanceof Lines) return branch.value;
    const child = (branch as Entries).child(at);
    if (child.kind === "value") return writtenOut(child.value);
    const { value, keys } = branch as Entries;
    if (keys === null) return writtenOut((value as unknown[]).slice(child.from, child.to));
    const part = keys.slice(child.from, child.to).map((key) => [key, (value as Record<string, unknown>)[key]]);
    return writtenOut(Object.fromEntries(part));
  }

  /** Wrap texts to a width. */
  setColumns(columns: number): void {
    if (columns === this.#layout.columns) return;
    this.#layout.columns = columns;
    wrapAnew(this.#root);
  }

  beginFind(sought: string): void {
    this.#finder = new Finder(this.#shown, sought);
  }

  /** Look at so many more values. */
  continueFind(values: number): Found {
    this.#finder?.run(values);
    return { count: this.#finder?.places.length ?? 0, isComplete: this.#finder?.isComplete ?? true };
  }

  /** Open what holds a match, and give its row. */
  reveal(match: number): number {
    const place = this.#finder?.places[match];
    return place === undefined ? -1 : this.#reveal(place);
  }

  #reveal(place: Place): number {
    const steps: Place[] = [];
    for (let step: Place | null = place; step !== null; step = step.within) steps.push(step);
    let branch = this.#root;
    let at = 0;
    for (const step of steps.reverse()) {
      if (step !== steps[0]) branch = branch.open(at) ?? branch;
      if (branch instanceof Lines) {
        at = branch.lineOf(step.position);
        if (at >= branch.width || branch.isMore(at)) branch.showWhole();
        continue;
      }
      while (branch instanceof Entries && branch.areRanges) {
        branch = branch.open(branch.placeOf(step.position)) ?? branch;
      }
      at = (branch as Entries).placeOf(step.position);
    }
    return branch.rowOf(at);
  }

  /** Open level by level, as long as few rows come of it. */
  #openFirst(): void {
    let level = [this.#root];
    while (level.length > 0) {
      const next: Branch[] = [];
      for (const branch of level) {
        if (branch.width > FIRST_ROWS) continue;
        for (let at = 0; at < branch.width; at++) {
          const below = branch.branchAt(at);
          if (below === null || this.#root.size + below.width > FIRST_ROWS) continue;
          branch.opened.set(at, below);
          branch.changed();
          next.push(below);
        }
      }
      level = next;
    }
  }
}

function openWithTexts(branch: Branch, at: number) {
  const opened = branch.open(at);
  if (!(opened instanceof Entries) || opened.areRanges || opened.width > MAX_OPENED_TEXTS) return;
  for (let each = 0; each < opened.width; each++) {
    const child = opened.child(each);
    if (child.kind === "value" && typeof child.value === "string") opened.open(each);
  }
}

/** Open all; what was changed is told once, at the top. */
function openBelow(top: Branch) {
  const waiting = [top];
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    if (branch instanceof Lines) continue;
    for (let at = 0; at < branch.width; at++) {
      const below = branch.opened.get(at) ?? branch.branchAt(at);
      if (below === null) continue;
      branch.opened.set(at, below);
      waiting.push(below);
    }
    branch.forget();
  }
  top.changed();
}

function wrapAnew(branch: Branch) {
  if (branch instanceof Lines) branch.wrapAnew();
  for (const below of branch.opened.values()) wrapAnew(below);
  branch.forget();
}

function stepText(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
