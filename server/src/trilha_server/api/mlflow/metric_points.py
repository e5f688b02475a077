"""From figures to the data points of MLflow's trace metrics."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from trilha_server.api.mlflow.metric_filters import MetricFilter
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.figures import (
    MAX_GROUPS,
    AssessmentFigures,
    Dimension,
    Distribution,
    FiguresQuery,
    SpanDimension,
    SpanFiguresQuery,
    SpanMeasure,
    TraceFigures,
    TraceMeasure,
)
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import FiguresReader


class AggregationType(StrEnum):
    """What is made of many values."""

    COUNT = "COUNT"
    SUM = "SUM"
    AVG = "AVG"
    PERCENTILE = "PERCENTILE"
    MIN = "MIN"
    MAX = "MAX"


class Aggregation(msgspec.Struct, frozen=True):
    """One thing that is made of many values."""

    aggregation_type: AggregationType
    percentile_value: float | None = None

    @property
    def label(self) -> str:
        """Its name in answers."""
        return self.aggregation_type if self.percentile_value is None else f"P{self.percentile_value}"


class MetricsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was found to be sound."""

    experiment_ids: tuple[ExperimentId, ...]
    metric: str
    aggregations: tuple[Aggregation, ...]
    dimensions: tuple[str, ...]
    filter: MetricFilter
    bucket_ms: int | None
    start_ms: int | None
    end_ms: int | None

    @property
    def percentiles(self) -> tuple[float, ...]:
        """Those that are asked for."""
        return tuple(one.percentile_value for one in self.aggregations if one.percentile_value is not None)

    @property
    def is_grouped(self) -> bool:
        """Whether groups without anything are left out, which the sum of everything is not."""
        return bool(self.dimensions) or self.bucket_ms is not None


class Point(msgspec.Struct, frozen=True):
    """What many values come to in one group."""

    bucket_start_ms: int | None
    dimensions: dict[str, str]
    values: dict[str, float]


_Json = dict[str, Any]  # Any: JSON
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TRACE_DIMENSIONS = {"trace_name": Dimension.NAME, "trace_status": Dimension.STATUS}
_SPAN_DIMENSIONS = {
    "span_name": SpanDimension.NAME,
    "span_type": SpanDimension.TYPE,
    "span_status": SpanDimension.STATUS,
    "span_model_name": SpanDimension.MODEL,
    "span_model_provider": SpanDimension.PROVIDER,
}
_TRACE_MEASURES = {
    "input_tokens": TraceMeasure.INPUT_TOKENS,
    "output_tokens": TraceMeasure.OUTPUT_TOKENS,
    "total_tokens": TraceMeasure.TOTAL_TOKENS,
    "cache_read_input_tokens": TraceMeasure.CACHE_READ_TOKENS,
    "cache_creation_input_tokens": TraceMeasure.CACHE_WRITE_TOKENS,
}
_SPAN_MEASURES = {
    "input_cost": SpanMeasure.INPUT_USD,
    "output_cost": SpanMeasure.OUTPUT_USD,
    "total_cost": SpanMeasure.COST_USD,
}


def trace_points(figures: FiguresReader, query: MetricsQuery) -> Iterator[Point]:
    """Work out a metric of traces."""
    for row in _trace_rows(figures, query):
        dimensions = _named(query.dimensions, row.group)
        if dimensions is None:
            continue
        if query.metric == "trace_count":
            values: dict[str, float] = {AggregationType.COUNT: row.traces}
        elif query.metric == "session_count":
            values = {AggregationType.COUNT: row.sessions} if row.sessions else {}
        else:
            measure = _TRACE_MEASURES.get(query.metric)
            values = _aggregated(row.duration_ms if measure is None else row.measured[measure], query)
        yield Point(row.bucket_start_ms, dimensions, values)


def span_points(figures: FiguresReader, query: MetricsQuery) -> Iterator[Point]:
    """Work out a metric of spans."""
    measure = _SPAN_MEASURES.get(query.metric)
    page = figures.span_figures(
        SpanFiguresQuery(
            experiment_ids=query.experiment_ids,
            filter=query.filter.traces,
            where=query.filter.spans,
            start_ms=query.start_ms,
            end_ms=query.end_ms,
            group_by=tuple(_SPAN_DIMENSIONS[name] for name in query.dimensions),
            bucket_ms=query.bucket_ms,
            percentiles=query.percentiles,
            measures=() if measure is None else (measure,),
            limit=MAX_GROUPS,
        )
    )
    for row in page.rows:
        dimensions = _named(query.dimensions, row.group)
        if dimensions is None:
            continue
        if query.metric == "span_count":
            values: dict[str, float] = {AggregationType.COUNT: row.spans}
        else:
            values = _aggregated(row.duration_ms if measure is None else row.measured[measure], query)
        yield Point(row.bucket_start_ms, dimensions, values)


def assessment_points(figures: FiguresReader, query: MetricsQuery) -> Iterator[Point]:
    """Work out a metric of assessments."""
    for row in _trace_rows(figures, msgspec.structs.replace(query, dimensions=())):
        groups: dict[tuple[str, ...], list[AssessmentFigures]] = {}
        counts: dict[tuple[str, ...], int] = {}
        for one in row.assessments:
            if not _is_wanted(one, query.filter):
                continue
            for value, count in _parts(one, query.dimensions):
                named = {"assessment_name": one.name, "assessment_value": value}
                group = tuple(named[name] for name in query.dimensions)
                groups.setdefault(group, []).append(one)
                counts[group] = counts.get(group, 0) + count
        for group, members in groups.items():
            if query.metric == "assessment_count":
                values: dict[str, float] = {AggregationType.COUNT: counts[group]}
            else:
                values = _aggregated(_joined([one.scores for one in members], query), query)
            yield Point(row.bucket_start_ms, dict(zip(query.dimensions, group, strict=True)), values)


def in_order(points: Iterable[Point], query: MetricsQuery) -> list[Point]:
    """Leave out what has no values, put the rest in MLflow's order, and count nothing as nothing."""
    found = [point for point in points if point.values]
    found.sort(key=lambda point: (point.bucket_start_ms or 0, tuple(point.dimensions.values())))
    is_count = all(one.aggregation_type is AggregationType.COUNT for one in query.aggregations)
    if not found and not query.is_grouped and is_count:
        return [Point(None, {}, {AggregationType.COUNT: 0})]
    return found


def point_json(metric: str, point: Point) -> _Json:
    """Write a point."""
    dimensions = dict(point.dimensions)
    if point.bucket_start_ms is not None:
        dimensions = {"time_bucket": _time_text(point.bucket_start_ms), **dimensions}
    return {"metric_name": metric, "dimensions": dimensions, "values": point.values}


def _time_text(time_ms: int) -> str:
    try:
        return (_EPOCH + timedelta(milliseconds=time_ms)).isoformat()
    except OverflowError:  # a trace may be of any time, and the calendar ends with the year 9999
        return str(time_ms)


def _trace_rows(figures: FiguresReader, query: MetricsQuery) -> Sequence[TraceFigures]:
    measure = _TRACE_MEASURES.get(query.metric)
    page = figures.trace_figures(
        FiguresQuery(
            experiment_ids=query.experiment_ids,
            filter=query.filter.traces,
            start_ms=query.start_ms,
            end_ms=query.end_ms,
            group_by=tuple(_TRACE_DIMENSIONS[name] for name in query.dimensions),
            bucket_ms=query.bucket_ms,
            percentiles=query.percentiles,
            measures=() if measure is None else (measure,),
            sessions=query.metric == "session_count",
            assessments=query.metric.startswith("assessment"),
            limit=MAX_GROUPS,
        )
    )
    return page.rows


def _named(dimensions: Sequence[str], group: Sequence[str | None]) -> dict[str, str] | None:
    """Name what a group has in common; `None` for what lacks one of the dimensions, which MLflow leaves out."""
    named = {name: value for name, value in zip(dimensions, group, strict=True) if value is not None}
    return named if len(named) == len(dimensions) else None


def _aggregated(found: Distribution, query: MetricsQuery) -> dict[str, float]:
    if not found.count:
        return {}
    percentiles = dict(zip(query.percentiles, found.percentiles, strict=True))
    plain: Mapping[AggregationType, float | None] = {
        AggregationType.SUM: found.total,
        AggregationType.AVG: found.mean,
        AggregationType.MIN: found.least,
        AggregationType.MAX: found.most,
    }
    values = {
        one.label: percentiles.get(one.percentile_value)
        if one.percentile_value is not None
        else plain[one.aggregation_type]
        for one in query.aggregations
    }
    return {label: value for label, value in values.items() if value is not None}


def _is_wanted(one: AssessmentFigures, wanted: MetricFilter) -> bool:
    return wanted.assessment_name in (None, one.name) and wanted.assessment_type in (None, one.kind.value)


def _parts(one: AssessmentFigures, dimensions: Sequence[str]) -> Iterable[tuple[str, int]]:
    return one.values.items() if "assessment_value" in dimensions else [("", one.count)]


def _joined(scores: Sequence[Distribution], query: MetricsQuery) -> Distribution:
    present = [one for one in scores if one.count]
    if len(present) <= 1:
        return present[0] if present else Distribution()
    if query.percentiles:
        raise InvalidInput(
            "percentiles of assessments are worked out for one name and type at a time; "
            "add the dimension 'assessment_name', or a filter such as assessment.name = 'quality'"
        )
    return Distribution(
        count=sum(one.count for one in present),
        total=sum(one.total for one in present),
        least=min(one.least for one in present if one.least is not None),
        most=max(one.most for one in present if one.most is not None),
    )
