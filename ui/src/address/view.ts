/** What of a view stands in its address. Every value is text, as people may write it by hand. */

/** A filter, a time and how a list is shown; the first two go along from page to page. */
export interface ListView {
  /** A filter of traces in the server's language. */
  q?: string;
  /** The time: see `time/range.ts`. */
  t?: string;
  /** `1` while the list follows what arrives. */
  live?: string;
  /** The saved view that this was opened as. */
  view?: string;
  /** Columns in order, by id, with an optional width: `name:200,status`. */
  cols?: string;
  /** A column's id, after `-` for descending. */
  sort?: string;
  /** What rows are grouped by: `session`, `user`, `version`, `tags.<key>` … */
  group?: string;
  /** Lines of a row: `1`, `2` or `6`. */
  rows?: string;
  /** What the strip over the list shows: `latency`, `cost`, `tokens`, or nothing for the count. */
  strip?: string;
}

/** A trace, and the list that it was opened from. */
export interface TraceView extends ListView {
  /** The chosen span. */
  span?: string;
  /** `messages`, `tree`, `timeline`, `table` or `raw`. */
  tab?: string;
  /** What is looked for within the trace. */
  find?: string;
  /** Part of the inspector: `input`, `output`, `attributes` … */
  part?: string;
  /** Types of spans that the outline is cut down to, with commas between. */
  types?: string;
  /** `1` while the outline shows errors and what is above them only. */
  errors?: string;
  /** The order of the table of spans: a column's id, after `-` for descending. */
  order?: string;
  /** What the table of spans is gathered by: `name` or `type`. */
  by?: string;
  /** The shown part of the timeline in milliseconds after its start: `120..350.5`. */
  zoom?: string;
}

export interface CompareView extends ListView {
  a?: string;
  b?: string;
}

export interface SessionView extends ListView {
  /** A turn, by its trace. */
  turn?: string;
}

export interface MonitoringView extends ListView {
  /** The board: a question, such as `errors`; the overview without it. */
  board?: string;
  /** `1` while charts show the time before too. */
  before?: string;
  /** The part of the time that is compared with the rest, written as a time. */
  differs?: string;
}

export interface IngestionView {
  experiment?: string;
}

const LIST: (keyof ListView)[] = ["q", "t", "live", "view", "cols", "sort", "group", "rows", "strip"];

function taken<V extends object>(keys: readonly (keyof V)[]) {
  return (raw: Record<string, unknown>): V => {
    const view: Partial<Record<keyof V, string>> = {};
    for (const key of keys) {
      const value = raw[key as string];
      if (typeof value === "string" && value !== "") view[key] = value;
    }
    return view as V;
  };
}

export const listView = taken<ListView>(LIST);
export const traceView = taken<TraceView>([
  ...LIST,
  "span",
  "tab",
  "find",
  "part",
  "types",
  "errors",
  "order",
  "by",
  "zoom",
]);
export const compareView = taken<CompareView>([...LIST, "a", "b"]);
export const sessionView = taken<SessionView>([...LIST, "turn"]);
export const monitoringView = taken<MonitoringView>([...LIST, "board", "before", "differs"]);
export const ingestionView = taken<IngestionView>(["experiment"]);

/** What goes along to another page of the experiment. */
export function carried(view: ListView): ListView {
  const { q, t } = view;
  return { ...(q ? { q } : {}), ...(t ? { t } : {}) };
}

export function parseAddress(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Write the values readable: only what an address cannot carry is escaped. */
export function writeAddress(view: Record<string, unknown>): string {
  const parts = Object.entries(view)
    .filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "")
    .map(([key, value]) => `${key}=${escaped(value)}`);
  return parts.length ? `?${parts.join("&")}` : "";
}

function escaped(value: string): string {
  return encodeURIComponent(value)
    .replace(/%20/g, "+")
    .replace(/%(?:2C|3A|3D|40|24|2F|3C|3E)/g, (code) => decodeURIComponent(code))
    .replace(/[<>]/g, encodeURIComponent);
}
