/** What the filter asks the server for: names, values, counts. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { traceFigures } from "@/api/figures";
import type { TimeRange } from "@/time/range";

export type FieldModel = Schemas["FieldModel"];
export type FacetModel = Schemas["FacetModel"];

/** What a filter of an experiment's traces may name. */
export const fieldsQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ["fields", experimentId],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/fields", { params: { query: { experiment_id: experimentId } }, signal })),
    staleTime: 60_000,
  });

/** Values of a field that begin like this. */
export const valuesQuery = (experimentId: string, field: string, prefix: string, limit = 30) =>
  queryOptions({
    queryKey: ["values", experimentId, field, prefix, limit],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/values", { params: { query: { experiment_id: experimentId, field, prefix, limit } }, signal }),
      ),
    staleTime: 60_000,
  });

export interface FacetsAsked {
  readonly experimentId: string;
  readonly filter: string;
  readonly range: TimeRange;
  /** Null for those that the server chooses. */
  readonly fields: readonly string[] | null;
  readonly maxValues?: number;
}

/** How many traces have which values. */
export const facetsQuery = ({ experimentId, filter, range, fields, maxValues = 8 }: FacetsAsked) =>
  queryOptions({
    queryKey: ["facets", experimentId, filter, range, fields, maxValues],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/facets", {
          body: {
            experiment_ids: [experimentId],
            filter,
            start_ms: range.startMs,
            end_ms: range.endMs,
            fields: fields === null ? null : [...fields],
            max_values: maxValues,
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** How many traces match. */
export const countQuery = (experimentId: string, filter: string, range: TimeRange) =>
  queryOptions({
    queryKey: ["count", experimentId, filter, range],
    queryFn: async ({ signal }) => {
      const figures = await traceFigures(
        {
          experiment_ids: [experimentId],
          filter: filter === "" ? null : filter,
          start_ms: range.startMs,
          end_ms: range.endMs,
          group_by: [],
          percentiles: [],
          limit: 1,
          assessments: false,
        },
        signal,
      );
      return figures.rows[0]?.traces ?? 0;
    },
  });
