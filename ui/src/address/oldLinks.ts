/** Addresses of MLflow's interface, which keeps its pages behind `#`, as ours. */
import { known } from "@/text/known";

type Place = (rest: string[], search: URLSearchParams) => { path: string; view: Record<string, string | null> } | null;

const at = (path: string, view: Record<string, string | null> = {}) => ({ path, view });

const PLACES: Record<string, Place> = {
  traces: ([traceId], search) =>
    tracePlace(traceId ?? search.get("selectedEvaluationId") ?? search.get("selectedTraceId"), search),
  "chat-sessions": ([session]) => at(session ? `/sessions/${encodeURIComponent(session)}` : "/sessions"),
  overview: () => at("/monitoring"),
  models: ([version]) => at(version ? `/versions/${version}` : "/versions"),
  "logged-models": ([version]) => at(version ? `/versions/${version}` : "/versions"),
  runs: ([run]) => at("/traces", { q: run ? `run_id = '${run.replaceAll("'", "''")}'` : null }),
};

/** The address that an old one stands for, such as `#/experiments/3/traces/tr-…`; null where it is none. */
export function addressOfHash(hash: string): string | null {
  if (!hash.startsWith("#/")) return null;
  const [path = "", query = ""] = hash.slice(1).split("?", 2);
  const search = new URLSearchParams(query);
  const [root, experimentId, page = "traces", ...rest] = path.split("/").filter(Boolean).map(decoded);
  if (root === undefined) return "/";
  if (root !== "experiments") return null;
  if (experimentId === undefined) return "/experiments";
  const place = known(PLACES, page)?.(rest, search) ?? tracePlace(search.get("selectedTraceId"), search);
  if (place === null) return null;
  const view = Object.entries({ ...place.view, t: timeOf(search) }).filter(([, value]) => value !== null);
  const text = new URLSearchParams(view as [string, string][]).toString();
  return `/experiments/${encodeURIComponent(experimentId)}${place.path}${text ? `?${text}` : ""}`;
}

function tracePlace(traceId: string | null | undefined, search: URLSearchParams) {
  return traceId ? at(`/traces/${encodeURIComponent(traceId)}`, { span: search.get("selectedSpanId") }) : at("/traces");
}

const LABELS: Record<string, string> = {
  LAST_15_MINUTES: "15m",
  LAST_HOUR: "1h",
  LAST_24_HOURS: "24h",
  LAST_7_DAYS: "7d",
  LAST_30_DAYS: "30d",
  LAST_YEAR: "365d",
  ALL: "all",
};

function timeOf(search: URLSearchParams): string | null {
  const label = search.get("startTimeLabel");
  if (label === null) return null;
  if (label !== "CUSTOM") return known(LABELS, label) ?? null;
  const [start, end] = ["startTime", "endTime"].map((key) => Date.parse(search.get(key) ?? ""));
  return start === undefined || end === undefined || Number.isNaN(start + end) ? null : `${start}..${end}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
