/** What monitoring asks the server. Panels that ask the same share one answer. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { traceFiguresQuery } from "@/api/figures";
import { firstTracesQuery } from "@/api/traces";
import { type Period, seldom } from "./period";

export interface Scope {
  readonly experimentId: string;
  /** The filter of traces. */
  readonly q: string;
}

type TraceRequest = Schemas["TraceFiguresRequest"];
type SpanRequest = Schemas["SpanFiguresRequest"];

const TRACES = { group_by: [], percentiles: [50, 95, 99], limit: 100, assessments: false };
const SPANS = { group_by: [], percentiles: [50, 95, 99], limit: 200, where: {} };

function asked({ experimentId, q }: Scope, { startMs, endMs }: Period) {
  return { experiment_ids: [experimentId], filter: q || null, start_ms: startMs, end_ms: endMs };
}

export function traceFigures(scope: Scope, period: Period, request: Partial<TraceRequest> = {}) {
  return traceFiguresQuery({ ...TRACES, ...asked(scope, period), ...request });
}

export function spanFigures(scope: Scope, period: Period, request: Partial<SpanRequest> = {}) {
  const body: SpanRequest = { ...SPANS, ...asked(scope, period), ...request };
  return queryOptions({
    queryKey: ["figures", "spans", body],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/figures/spans", { body, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Traces by step: how many, errors, latency, tokens and cost. */
export const stepsQuery = (scope: Scope, period: Period) => traceFigures(scope, period, { bucket: period.stepMs });

/** All traces together. */
export const totalsQuery = (scope: Scope, period: Period) => traceFigures(scope, period);

/** What was said of all traces. */
export const saidQuery = (scope: Scope, period: Period) =>
  traceFigures(scope, seldom(period), { assessments: true, percentiles: [] });

/** The users, or the sessions, with the most traces. */
export const subjectsQuery = (scope: Scope, period: Period, field: "user" | "session") =>
  traceFigures(scope, seldom(period), { group_by: [field], percentiles: [], limit: 1000 });

/** Versions by step, whatever the filter. */
export const versionStepsQuery = ({ experimentId }: Scope, period: Period) =>
  traceFigures({ experimentId, q: "" }, period, {
    group_by: ["version"],
    percentiles: [],
    limit: 50,
    bucket: period.stepMs,
  });

/** Versions that were there before a period: those are no news in it. */
export const versionsBeforeQuery = ({ experimentId }: Scope, period: Period) => ({
  ...traceFigures({ experimentId, q: "" }, period, {
    group_by: ["version"],
    percentiles: [],
    limit: 1000,
    start_ms: null,
    end_ms: period.xMs[0] ?? period.startMs,
  }),
  staleTime: 300_000,
});

/** Models by step. */
export const modelStepsQuery = (scope: Scope, period: Period) =>
  spanFigures(scope, period, { group_by: ["model"], percentiles: [], limit: 50, bucket: period.stepMs });

/** What was said, by step. */
export const feedbackStepsQuery = (scope: Scope, period: Period) =>
  traceFigures(scope, seldom(period), { assessments: true, percentiles: [], bucket: period.stepMs });

/** Spans by name and type. */
export const spanNamesQuery = (scope: Scope, period: Period) =>
  spanFigures(scope, period, { group_by: ["name", "type"] });

export const toolsQuery = (scope: Scope, period: Period) =>
  spanFigures(scope, period, { group_by: ["name"], where: { type: "TOOL" } });

export const failedSpansQuery = (scope: Scope, period: Period) =>
  spanFigures(scope, period, { group_by: ["name", "type"], where: { status: "ERROR" } });

const tracesOf = (experimentId: string, filter: string, limit: number, order?: string[]) => ({
  ...firstTracesQuery(experimentId, filter, limit, order),
  placeholderData: keepPreviousData,
});

/** The oldest trace of a filter. */
export const oldestQuery = (scope: Scope) => tracesOf(scope.experimentId, scope.q, 1, ["timestamp ASC"]);

/** The newest trace of a filter, at whatever time. */
export const newestQuery = (scope: Scope) => tracesOf(scope.experimentId, scope.q, 1);

/** The newest traces of the period. `filter` is that of the scope with the period's time in it. */
export const recentQuery = (scope: Scope, filter: string, limit: number) => tracesOf(scope.experimentId, filter, limit);

export interface Sides {
  readonly a: string;
  readonly b: string;
}

/** What differs between two sets of traces of the period. */
export function differencesQuery(scope: Scope, period: Period, sides: Sides) {
  const body = { ...asked(scope, period), ...sides, sample: 5000, max_attributes: 12, max_values: 4 };
  return queryOptions({
    queryKey: ["differences", body],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/differences", { body, signal })),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}
