"""Figures worked out in memory from all that a store has: slow, and plain enough to be believed."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec
import numpy as np
from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.figures import (
    AssessmentFigures,
    Dimension,
    Distribution,
    FiguresPage,
    FiguresQuery,
    GroupBy,
    Measurement,
    SpanDimension,
    SpanFigures,
    SpanFiguresPage,
    SpanFiguresQuery,
    SpanKind,
    SpanMeasure,
    TraceFigures,
    TraceMeasure,
    score_of,
)
from trilha_server.domain.filter import Filter, LabelField, LabelScope
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.span import Cost, Span, SpanFacts, SpanStatus, TokenUsage
from trilha_server.domain.trace import TraceInfo, TraceState
from trilha_server.domain.trace_fields import label_value
from trilha_server.ports import Store, TraceQuery
from trilha_server.search.evaluate import matches
from trilha_server.storage.labels import index_value

MAX_VALUES = 100
NS_PER_MS, NS_PER_US, US_PER_MS = 1_000_000, 1000, 1000
T = TypeVar("T")
Group = tuple[int | None, tuple[str | None, ...]]
"""The bucket's start, and the values that a group has in common."""


class WholeTrace(msgspec.Struct, frozen=True):
    """All that there is of a trace."""

    info: TraceInfo
    version: str | None
    """By its name, where the store knows a version of the id that the trace gives."""
    facts: list[SpanFacts]
    spans: list[Span]
    assessments: list[Assessment]


class FiguresInMemory:
    """Answers as a `FiguresReader` must, exactly."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def trace_figures(self, query: FiguresQuery) -> FiguresPage:
        grouped: dict[Group, list[WholeTrace]] = defaultdict(list)
        for trace in self._traces(query.experiment_ids, query.filter):
            time_ms = trace.info.request_time_ms
            if within(time_ms, query.start_ms, query.end_ms):
                for group in groups_of(trace, query.group_by):
                    grouped[bucket(time_ms, query.bucket_ms), group].append(trace)
        kept, is_complete = largest(grouped, query.limit)
        rows = [trace_row(key, grouped[key], query) for key in kept]
        return FiguresPage(rows=rows, is_complete=is_complete, percentile_error=0.0)

    def span_figures(self, query: SpanFiguresQuery) -> SpanFiguresPage:
        grouped: dict[Group, list[SpanFacts]] = defaultdict(list)
        for trace in self._traces(query.experiment_ids, query.filter):
            for span in trace.facts:
                start_ms = span.start_ns // NS_PER_MS
                fits = all(span_value(span, part) == wanted for part, wanted in query.where.items())
                if fits and within(start_ms, query.start_ms, query.end_ms):
                    group = tuple(cut(span_value(span, part)) for part in query.group_by)
                    grouped[bucket(start_ms, query.bucket_ms), group].append(span)
        kept, is_complete = largest(grouped, query.limit)
        rows = [span_row(key, grouped[key], query) for key in kept]
        return SpanFiguresPage(rows=rows, is_complete=is_complete, percentile_error=0.0)

    def measurements(self, query: FiguresQuery, limit: int) -> list[Measurement]:
        found = [
            measurement(trace)
            for trace in self._traces(query.experiment_ids, query.filter)
            if within(trace.info.request_time_ms, query.start_ms, query.end_ms)
        ]
        return found[:limit]

    def span_kinds(self, trace_ids: Sequence[TraceId]) -> dict[TraceId, frozenset[SpanKind]]:
        found = {
            trace_id: frozenset(
                SpanKind(span.name, span.span_type, span.status, span.model, span.provider)
                for span in self._store.reader.structure(trace_id)
            )
            for trace_id in trace_ids
        }
        return {trace_id: kinds for trace_id, kinds in found.items() if kinds}

    def _traces(self, experiment_ids: Sequence[ExperimentId], tree: Filter | None) -> Iterator[WholeTrace]:
        """All that a filter lets through, the newest first."""
        reader = self._store.reader
        token: str | None = None
        while True:
            page = reader.search(TraceQuery(experiment_ids=tuple(experiment_ids), limit=500, page_token=token))
            assessments = self._store.assessments.of_traces([info.trace_id for info in page.traces])
            for info in page.traces:
                facts, spans = reader.structure(info.trace_id), list(reader.spans(info.trace_id))
                trace = WholeTrace(info, self._version(info), facts, spans, assessments.get(info.trace_id, []))
                if tree is None or matches(tree, trace):
                    yield trace
            token = page.next_page_token
            if token is None:
                return

    def _version(self, info: TraceInfo) -> str | None:
        version = info.version
        known = None if version is None else self._store.versions.version_book([version], []).by_id(version)
        return version if known is None else known.name


def within(time_ms: int, start_ms: int | None, end_ms: int | None) -> bool:
    return (start_ms is None or time_ms >= start_ms) and (end_ms is None or time_ms < end_ms)


def bucket(time_ms: int, bucket_ms: int | None) -> int | None:
    return None if bucket_ms is None else time_ms // bucket_ms * bucket_ms


def groups_of(trace: WholeTrace, group_by: Sequence[GroupBy]) -> list[tuple[str | None, ...]]:
    """One for each combination of values: a trace that used several models is in several groups."""
    groups: list[tuple[str | None, ...]] = [()]
    for dimension in group_by:
        groups = [(*group, cut(value)) for group in groups for value in values_of(trace, dimension)]
    return groups


def cut(value: str | None) -> str | None:
    """Long values are told apart by their beginnings and a hash, as in searches."""
    return None if value is None else index_value(value)


def values_of(trace: WholeTrace, dimension: GroupBy) -> Sequence[str | None]:
    info = trace.info
    match dimension:
        case Dimension.MODEL:
            return sorted({span.model for span in trace.facts if span.model is not None}) or [None]
        case Dimension.NAME:
            return [info.name]
        case Dimension.STATUS:
            return [info.state.value]
        case Dimension.USER:
            return [info.user]
        case Dimension.SESSION:
            return [info.session]
        case Dimension.VERSION:
            return [trace.version]
        case Dimension.EXPERIMENT:
            return [str(info.experiment_id)]
        case _:
            scope = LabelScope.METADATA if dimension.metadata else LabelScope.TAG
            return [label_value(LabelField(scope, dimension.key), info)]


def largest(grouped: dict[Group, list[T]], limit: int) -> tuple[list[Group], bool]:
    """The groups with the most members of the whole time, in the order of rows, and whether these are all."""
    sizes: Counter[tuple[str | None, ...]] = Counter()
    for (_, group), members in grouped.items():
        sizes[group] += len(members)
    kept = set(sorted(sizes, key=lambda group: (-sizes[group], sortable(group)))[:limit])
    keys = [key for key in grouped if key[1] in kept]
    keys.sort(key=lambda key: (key[0] or 0, -len(grouped[key]), sortable(key[1])))
    return keys, len(kept) == len(sizes)


def sortable(group: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in group)


def distribution(numbers: Sequence[float | None], percentiles: Sequence[float]) -> Distribution:
    present = [number for number in numbers if number is not None]
    if not present:
        return Distribution()
    return Distribution(
        count=len(present),
        total=math.fsum(present),
        least=min(present),
        most=max(present),
        percentiles=tuple(float(np.percentile(present, percentile)) for percentile in percentiles),
    )


TOKENS: dict[TraceMeasure, Callable[[TokenUsage], int | None]] = {
    TraceMeasure.INPUT_TOKENS: lambda usage: usage.input_tokens,
    TraceMeasure.OUTPUT_TOKENS: lambda usage: usage.output_tokens,
    TraceMeasure.TOTAL_TOKENS: lambda usage: usage.total_tokens,
    TraceMeasure.CACHE_READ_TOKENS: lambda usage: usage.cache_read_tokens,
    TraceMeasure.CACHE_WRITE_TOKENS: lambda usage: usage.cache_write_tokens,
}
COSTS: dict[SpanMeasure, Callable[[Cost], float]] = {
    SpanMeasure.INPUT_USD: lambda cost: cost.input_usd,
    SpanMeasure.OUTPUT_USD: lambda cost: cost.output_usd,
    SpanMeasure.COST_USD: lambda cost: cost.total_usd,
}


def measured(info: TraceInfo, measure: TraceMeasure) -> float | None:
    if measure is TraceMeasure.COST_USD:
        return None if info.cost is None else info.cost.total_usd
    return None if info.usage is None else TOKENS[measure](info.usage)


def trace_row(key: Group, traces: list[WholeTrace], query: FiguresQuery) -> TraceFigures:
    infos = [trace.info for trace in traces]
    usages = [info.usage for info in infos if info.usage is not None]
    costs = [info.cost.total_usd for info in infos if info.cost is not None]
    return TraceFigures(
        group=key[1],
        bucket_start_ms=key[0],
        traces=len(infos),
        errors=sum(info.state is TraceState.ERROR for info in infos),
        duration_ms=distribution([info.duration_ms for info in infos], query.percentiles),
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        total_tokens=sum(usage.total_tokens for usage in usages),
        cache_read_tokens=sum(usage.cache_read_tokens or 0 for usage in usages),
        cache_write_tokens=sum(usage.cache_write_tokens or 0 for usage in usages),
        traces_with_usage=len(usages),
        cost_usd=math.fsum(costs),
        traces_with_cost=len(costs),
        measured={
            measure: distribution([measured(info, measure) for info in infos], query.percentiles)
            for measure in query.measures
        },
        sessions=len({info.session for info in infos} - {None}) if query.sessions else None,
        assessments=assessment_rows(traces, query.percentiles) if query.assessments else (),
    )


def assessment_rows(traces: list[WholeTrace], percentiles: Sequence[float]) -> tuple[AssessmentFigures, ...]:
    by_name: dict[tuple[str, AssessmentKind], list[Assessment]] = defaultdict(list)
    for trace in traces:
        for one in trace.assessments:
            if one.valid:
                by_name[one.name, one.kind].append(one)
    return tuple(
        AssessmentFigures(
            name=name,
            kind=kind,
            count=len(found),
            scores=distribution([score_of(one.value) for one in found], percentiles),
            values=dict(Counter(json.dumps(one.value) for one in found).most_common(MAX_VALUES)),
        )
        for (name, kind), found in sorted(by_name.items())
    )


def measurement(trace: WholeTrace) -> Measurement:
    info = trace.info
    scores: dict[str, float] = {}
    for one in trace.assessments:  # oldest first: the newest stays
        found = score_of(one.value)
        if one.valid and one.kind is AssessmentKind.FEEDBACK and found is not None:
            scores[one.name] = found
    return Measurement(
        trace_id=info.trace_id,
        is_error=info.state is TraceState.ERROR,
        has_ended=info.state is not TraceState.IN_PROGRESS,
        duration_ms=info.duration_ms,
        total_tokens=None if info.usage is None else info.usage.total_tokens,
        cost_usd=None if info.cost is None else info.cost.total_usd,
        assessments=scores,
    )


def span_value(span: SpanFacts, part: SpanDimension) -> str | None:
    match part:
        case SpanDimension.NAME:
            return span.name
        case SpanDimension.TYPE:
            return span.span_type
        case SpanDimension.STATUS:
            return span.status.name
        case SpanDimension.MODEL:
            return span.model
        case SpanDimension.PROVIDER:
            return span.provider


def span_row(key: Group, spans: list[SpanFacts], query: SpanFiguresQuery) -> SpanFigures:
    usages = [span.usage for span in spans if span.usage is not None]
    costs = [span.cost for span in spans if span.cost is not None]
    ended = [(span.end_ns - span.start_ns) // NS_PER_US / US_PER_MS for span in spans if span.end_ns is not None]
    return SpanFigures(
        group=key[1],
        bucket_start_ms=key[0],
        spans=len(spans),
        errors=sum(span.status is SpanStatus.ERROR for span in spans),
        duration_ms=distribution(ended, query.percentiles),
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        total_tokens=sum(usage.total_tokens for usage in usages),
        cache_read_tokens=sum(usage.cache_read_tokens or 0 for usage in usages),
        cache_write_tokens=sum(usage.cache_write_tokens or 0 for usage in usages),
        input_usd=math.fsum(cost.input_usd for cost in costs),
        output_usd=math.fsum(cost.output_usd for cost in costs),
        cost_usd=math.fsum(cost.total_usd for cost in costs),
        spans_with_cost=len(costs),
        measured={
            measure: distribution([COSTS[measure](cost) for cost in costs], query.percentiles)
            for measure in query.measures
        },
    )
