import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { traceFiguresQuery } from "@/api/figures";
import { firstTracesQuery } from "@/api/traces";
import { quoted } from "@/filter/terms";
import type { TimeRange } from "@/time/range";

export type Version = Schemas["VersionModel"];
export type FiguresRow = Schemas["TraceFiguresRow"];
export type Comparison = Schemas["ComparisonAnswer"];
export type Metric = Schemas["MetricModel"];
export type Differences = Schemas["DifferencesAnswer"];

const VERSIONS_A_PAGE = 500;
const MOST_PAGES = 10;
const NEWEST_FIRST = ["creation_timestamp DESC"];
const PERCENTILES: number[] = [50, 95, 99];
/** As many groups as the server gives at once. */
const MOST_GROUPS = 1000;

export interface AllVersions {
  /** The newest first. */
  versions: Version[];
  /** Whether these are all. */
  isWhole: boolean;
}

export const versionsKey = (experimentId: string) => ["versions", experimentId] as const;

/** The versions of an experiment, the newest 5,000. */
export const versionsQuery = (experimentId: string) =>
  queryOptions({
    queryKey: [...versionsKey(experimentId), "all"],
    queryFn: async ({ signal }): Promise<AllVersions> => {
      const versions: Version[] = [];
      let token: string | null = null;
      for (let page = 0; page < MOST_PAGES; page++) {
        const found: Schemas["VersionPageModel"] = await answer(
          api.POST("/api/v1/versions/search", {
            body: {
              experiment_ids: [experimentId],
              filter: "",
              order_by: NEWEST_FIRST,
              max_results: VERSIONS_A_PAGE,
              page_token: token,
            },
            signal,
          }),
        );
        versions.push(...found.versions);
        token = found.next_page_token;
        if (token === null) break;
      }
      return { versions, isWhole: token === null };
    },
  });

export interface FoundVersion {
  /** Null where none is registered. */
  version: Version | null;
  /** Finds its traces. By its name, which people can read, unless others share it. */
  filter: string;
}

/** The version of an id, else the newest of a name. */
export const versionQuery = (experimentId: string, idOrName: string) =>
  queryOptions({
    queryKey: [...versionsKey(experimentId), "one", idOrName],
    queryFn: async ({ signal }): Promise<FoundVersion> => {
      const search = async (filter: string) => {
        const body = { experiment_ids: [experimentId], filter, order_by: NEWEST_FIRST, max_results: VERSIONS_A_PAGE };
        return (await answer(api.POST("/api/v1/versions/search", { body, signal }))).versions;
      };
      const found = await search(`model_id = ${quoted(idOrName)} OR name = ${quoted(idOrName)}`);
      const version = found.find((one) => one.version_id === idOrName) ?? found[0] ?? null;
      if (version === null) return { version, filter: ofVersion(idOrName) };
      const namesakes = await search(`name = ${quoted(version.name)}`);
      return { version, filter: ofVersion(namesakes.length === 1 ? version.name : version.version_id) };
    },
  });

/** Finds the traces of a version, by its id or its name. */
export const ofVersion = (idOrName: string) => `version = ${quoted(idOrName)}`;

/** What the traces of a filter come to, each version for itself or all together. */
export const figuresQuery = (experimentId: string, filter: string, { startMs, endMs }: TimeRange, byVersion: boolean) =>
  traceFiguresQuery({
    experiment_ids: [experimentId],
    filter,
    start_ms: startMs,
    end_ms: endMs,
    group_by: byVersion ? ["version"] : [],
    percentiles: PERCENTILES,
    limit: byVersion ? MOST_GROUPS : 1,
    assessments: !byVersion,
  });

export interface Sides {
  experimentId: string;
  /** Filters. */
  a: string;
  b: string;
  /** Of both. */
  filter: string;
  range: TimeRange;
}

const bodyOf = ({ experimentId, a, b, filter, range }: Sides) => ({
  experiment_ids: [experimentId],
  a,
  b,
  filter: filter || null,
  start_ms: range.startMs,
  end_ms: range.endMs,
});

/** Statistics do not change within a look at them. */
const KEPT_MS = 60_000;

export const comparisonQuery = (sides: Sides) =>
  queryOptions({
    queryKey: ["comparison", sides],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/comparison", { body: { ...bodyOf(sides), sample: 20_000, lower_is_better: [] }, signal }),
      ),
    placeholderData: keepPreviousData,
    staleTime: KEPT_MS,
  });

export const differencesQuery = (sides: Sides) =>
  queryOptions({
    queryKey: ["differences", sides],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/differences", {
          body: { ...bodyOf(sides), sample: 5_000, max_attributes: 50, max_values: 5 },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: KEPT_MS,
  });

export const EXAMPLES = 10;

/** The newest traces of a filter that includes its time. */
export const examplesQuery = (experimentId: string, filter: string) => ({
  ...firstTracesQuery(experimentId, filter, EXAMPLES),
  placeholderData: keepPreviousData,
});
