import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { fetchAnswer, type LargeValue, wholeOf } from "@/payload/largeValue";

export type Span = Schemas["SpanModel"];
export type { Assessment } from "../structure/loading";
export type NewAssessment = Schemas["NewAssessment"];
export type TraceCostAnswer = Schemas["TraceCostModel"];
export type SpanCost = Schemas["SpanCostModel"];
export type Charge = Schemas["ChargeModel"];
export type Usage = Schemas["UsageModel"];

/** A span; values in it may be `LargeValue`s. */
export interface LoadedSpan {
  readonly span: Span;
  /** All of it, for showing it as it came. */
  readonly whole: Span | LargeValue;
}

export const spanQuery = (traceId: string, spanId: string) =>
  queryOptions({
    queryKey: ["trace", traceId, "span", spanId],
    queryFn: async ({ signal }): Promise<LoadedSpan | null> => {
      const address = `/api/v1/traces/${encodeURIComponent(traceId)}/spans?id=${encodeURIComponent(spanId)}`;
      const { value, isLarge } = await fetchAnswer(address, signal);
      const span = (value as Span[])[0];
      return span === undefined ? null : { span, whole: isLarge ? wholeOf(address, [0]) : span };
    },
    staleTime: 30_000,
  });

/** What is thought of a trace and its spans, from the trace with no more than one of them. */
export const assessmentsQuery = (traceId: string) =>
  queryOptions({
    queryKey: ["trace", traceId, "assessments"],
    queryFn: async ({ signal }) => {
      const path = { trace_id: traceId };
      const window = await answer(
        api.GET("/api/v1/traces/{trace_id}", { params: { path, query: { limit: 1 } }, signal }),
      );
      return window.assessments;
    },
  });

export const costQuery = (traceId: string) =>
  queryOptions({
    queryKey: ["trace", traceId, "cost"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/traces/{trace_id}/cost", { params: { path: { trace_id: traceId } }, signal })),
    staleTime: 30_000,
  });

export const pricesQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ["prices", experimentId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/experiments/{experiment_id}/prices", {
          params: { path: { experiment_id: experimentId } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });

/** Names of feedback and expectations that the experiment has. */
export const assessmentNamesQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ["fields", experimentId, "assessments"],
    queryFn: async ({ signal }) => {
      const { fields } = await answer(
        api.GET("/api/v1/fields", { params: { query: { experiment_id: experimentId } }, signal }),
      );
      return fields
        .filter(({ group }) => group === "feedback" || group === "expectations")
        .map(({ field }) => field.slice(field.indexOf(".") + 1).replace(/^`(.*)`$/, "$1"));
    },
    staleTime: 60_000,
  });
