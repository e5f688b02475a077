/** The spans of a trace as they arrive, a column a field. Windows may come in any order, and again with news. */
import type { Schemas } from "@/api/client";

export type SpanWindow = Schemas["SpanColumns"];

export const UNSET = 0;
export const OK = 1;
export const ERROR = 2;
const STATUSES: Record<string, number> = { UNSET, OK, ERROR };

/** The columns, in order of arrival. A span's place in them never changes. */
export interface Columns {
  readonly count: number;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly models: readonly (string | null)[];
  /** The place of the parent; -1 where there is none, -2 where it has not arrived. */
  readonly parent: Int32Array;
  /** The names of types; `type` holds places in it. */
  readonly types: readonly string[];
  readonly type: Uint16Array;
  readonly status: Uint8Array;
  /** After the moment that the collection counts from. */
  readonly startNs: Float64Array;
  /** Not a number while the span is running. */
  readonly durationNs: Float64Array;
  /** Not a number where nobody counted; so are costs. */
  readonly tokens: Float64Array;
  readonly costUsd: Float64Array;
}

export const NONE = -1;
export const MISSING = -2;
const FIRST_CAPACITY = 1024;

export class SpanCollection {
  private readonly ids: string[] = [];
  private readonly names: string[] = [];
  private readonly models: (string | null)[] = [];
  private readonly types: string[] = [];
  private readonly places = new Map<string, number>();
  /** Those whose parent has not arrived, by its id. */
  private readonly waiting = new Map<string, number[]>();
  private parent = new Int32Array(FIRST_CAPACITY);
  private type = new Uint16Array(FIRST_CAPACITY);
  private status = new Uint8Array(FIRST_CAPACITY);
  private startNs = new Float64Array(FIRST_CAPACITY);
  private durationNs = new Float64Array(FIRST_CAPACITY);
  private tokens = new Float64Array(FIRST_CAPACITY);
  private costUsd = new Float64Array(FIRST_CAPACITY);
  /** Unix time of the moment that starts are counted from: that of the first window. */
  private zeroNs: number | null = null;

  get count(): number {
    return this.ids.length;
  }

  get startUnixNs(): number {
    return this.zeroNs ?? 0;
  }

  /** The place of a span; undefined where it has not arrived. */
  placeOf(spanId: string): number | undefined {
    return this.places.get(spanId);
  }

  /** Take spans in; one that is known gets what is new of it. */
  put(window: SpanWindow, windowStartNs: number): void {
    this.zeroNs ??= windowStartNs;
    const shiftNs = windowStartNs - this.zeroNs;
    for (let row = 0; row < window.id.length; row++) {
      const id = window.id[row] as string;
      const place = this.places.get(id) ?? this.add(id);
      this.parent[place] = this.parentPlace(place, window.parent[row] ?? null);
      this.names[place] = window.name[row] as string;
      this.models[place] = window.model[row] ?? null;
      this.type[place] = this.typePlace(window.type[row] as string);
      this.status[place] = STATUSES[window.status[row] as string] ?? UNSET;
      this.startNs[place] = (window.start_offset_ns[row] as number) + shiftNs;
      this.durationNs[place] = window.duration_ns[row] ?? Number.NaN;
      this.tokens[place] = window.tokens[row] ?? Number.NaN;
      this.costUsd[place] = window.cost_usd[row] ?? Number.NaN;
    }
  }

  /** Give what is there now; later arrivals do not change it. */
  columns(): Columns {
    const { count } = this;
    return {
      count,
      ids: this.ids.slice(),
      parent: this.parent.slice(0, count),
      names: this.names.slice(),
      models: this.models.slice(),
      types: this.types.slice(),
      type: this.type.slice(0, count),
      status: this.status.slice(0, count),
      startNs: this.startNs.slice(0, count),
      durationNs: this.durationNs.slice(0, count),
      tokens: this.tokens.slice(0, count),
      costUsd: this.costUsd.slice(0, count),
    };
  }

  private add(id: string): number {
    const place = this.ids.length;
    this.ids.push(id);
    this.places.set(id, place);
    if (place === this.type.length) this.grow();
    for (const child of this.waiting.get(id) ?? []) this.parent[child] = place;
    this.waiting.delete(id);
    return place;
  }

  private parentPlace(place: number, parentId: string | null): number {
    if (parentId === null) return NONE;
    const known = this.places.get(parentId);
    if (known !== undefined) return known;
    if (this.parent[place] === MISSING) return MISSING; // it is sent again, and waits already
    const waiting = this.waiting.get(parentId);
    if (waiting === undefined) this.waiting.set(parentId, [place]);
    else waiting.push(place);
    return MISSING;
  }

  private typePlace(name: string): number {
    const place = this.types.indexOf(name);
    return place === -1 ? this.types.push(name) - 1 : place;
  }

  private grow(): void {
    const capacity = this.type.length * 2;
    const grown = <A extends { set(from: A): void }>(larger: A, old: A): A => {
      larger.set(old);
      return larger;
    };
    this.parent = grown(new Int32Array(capacity), this.parent);
    this.type = grown(new Uint16Array(capacity), this.type);
    this.status = grown(new Uint8Array(capacity), this.status);
    this.startNs = grown(new Float64Array(capacity), this.startNs);
    this.durationNs = grown(new Float64Array(capacity), this.durationNs);
    this.tokens = grown(new Float64Array(capacity), this.tokens);
    this.costUsd = grown(new Float64Array(capacity), this.costUsd);
  }
}
