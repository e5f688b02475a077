/** Finds a text in a value, some thousand values at a time, so that others come in between. */
import { lower } from "./shownText";
import { type Container, INLINE_CHARS } from "./tree";

/** Where something was found: at a position in what is at another place. */
export interface Place {
  readonly within: Place | null;
  /** The place among the values of an object or a list; the letter in a text. */
  readonly position: number;
}

interface Visit {
  readonly value: Container;
  readonly keys: readonly string[] | null;
  readonly place: Place | null;
  next: number;
}

export class Finder {
  readonly places: Place[] = [];
  readonly #sought: string;
  readonly #visits: Visit[] = [];

  constructor(value: unknown, sought: string) {
    this.#sought = lower(sought);
    if (sought === "") return;
    if (typeof value === "string") this.#lookIntoText(value, null, true);
    else this.#visit(value, null);
  }

  get isComplete(): boolean {
    return this.#visits.length === 0;
  }

  run(values: number): void {
    for (let left = values; left > 0; left--) {
      const visit = this.#visits.at(-1);
      if (visit === undefined) return;
      const length = visit.keys?.length ?? (visit.value as unknown[]).length;
      if (visit.next >= length) {
        this.#visits.pop();
        continue;
      }
      const position = visit.next++;
      const key = visit.keys?.[position];
      const value =
        key === undefined ? (visit.value as unknown[])[position] : (visit.value as Record<string, unknown>)[key];
      this.#look(key, value, { within: visit.place, position });
    }
  }

  #look(key: string | undefined, value: unknown, place: Place) {
    const isNamed = key !== undefined && this.#isIn(key);
    if (isNamed) this.places.push(place);
    if (typeof value === "string") this.#lookIntoText(value, place, false, isNamed);
    else if (typeof value === "object" && value !== null) this.#visit(value, place);
    else if (!isNamed && this.#isIn(String(value))) this.places.push(place);
  }

  /** A text beside its name is found once, a long one once for each time. */
  #lookIntoText(text: string, place: Place | null, isRoot: boolean, isNamed = false) {
    const lowered = lower(text);
    const isInline = !isRoot && text.length <= INLINE_CHARS && !text.includes("\n");
    for (
      let at = lowered.indexOf(this.#sought);
      at !== -1;
      at = lowered.indexOf(this.#sought, at + this.#sought.length)
    ) {
      if (isInline) {
        if (!isNamed && place !== null) this.places.push(place);
        return;
      }
      this.places.push({ within: place, position: at });
    }
  }

  #visit(value: unknown, place: Place | null) {
    if (typeof value !== "object" || value === null) return;
    const keys = Array.isArray(value) ? null : Object.keys(value);
    this.#visits.push({ value: value as Container, keys, place, next: 0 });
  }

  #isIn(text: string): boolean {
    return lower(text).includes(this.#sought);
  }
}
