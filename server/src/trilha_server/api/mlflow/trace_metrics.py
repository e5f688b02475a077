"""Figures of traces, spans and assessments, as MLflow's UI and its store client ask for them."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from trilha_server.analysis.association import association
from trilha_server.api.mlflow.metric_filters import read_filters
from trilha_server.api.mlflow.metric_points import (
    Aggregation,
    AggregationType,
    MetricsQuery,
    Point,
    assessment_points,
    in_order,
    point_json,
    span_points,
    trace_points,
)
from trilha_server.api.mlflow.route import MlflowRoute
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.figures import FiguresQuery
from trilha_server.domain.filter import Filter
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.ports import FiguresReader
from trilha_server.search.grouping import MAX_STEP_MS
from trilha_server.search.page_token import decode_page_token, encode_page_token
from trilha_server.search.parse import parse_filter
from trilha_server.search.trees import all_of

MAX_POINTS = 1000  # what MLflow answers with at most unless it is asked for more
_MAX_TIME_MS = 2**62

_Json = dict[str, Any]  # Any: JSON


class AskMetrics(msgspec.Struct):
    """Ask what many traces, spans or assessments come to."""

    experiment_ids: list[str]
    view_type: str
    metric_name: str
    aggregations: list[Aggregation]
    dimensions: list[str] = []
    filters: list[str] = []
    time_interval_seconds: int | None = None
    start_time_ms: int | None = None
    end_time_ms: int | None = None
    max_results: int = MAX_POINTS
    page_token: str | None = None


class AskCorrelation(msgspec.Struct):
    """Ask how much two filters have to do with each other."""

    experiment_ids: list[str]
    filter_string1: str
    filter_string2: str
    base_filter: str | None = None


class _Metric(msgspec.Struct, frozen=True):
    aggregations: frozenset[AggregationType]
    dimensions: frozenset[str] = frozenset()


_COUNT = frozenset({AggregationType.COUNT})
_MEASURED = frozenset({AggregationType.AVG, AggregationType.MIN, AggregationType.MAX, AggregationType.PERCENTILE})
_SUMMED = _MEASURED | {AggregationType.SUM}
_BY_NAME = frozenset({"trace_name"})
_BY_MODEL = frozenset({"span_model_name", "span_model_provider"})

_METRICS: Mapping[str, Mapping[str, _Metric]] = {
    "TRACES": {
        "trace_count": _Metric(_COUNT, _BY_NAME | {"trace_status"}),
        "session_count": _Metric(_COUNT),
        "latency": _Metric(_MEASURED, _BY_NAME),
        "input_tokens": _Metric(_SUMMED, _BY_NAME),
        "output_tokens": _Metric(_SUMMED, _BY_NAME),
        "total_tokens": _Metric(_SUMMED, _BY_NAME),
        "cache_read_input_tokens": _Metric(_SUMMED, _BY_NAME),
        "cache_creation_input_tokens": _Metric(_SUMMED, _BY_NAME),
    },
    "SPANS": {
        "span_count": _Metric(_COUNT, _BY_MODEL | {"span_name", "span_type", "span_status"}),
        "latency": _Metric(_MEASURED, frozenset({"span_name", "span_status"})),
        "input_cost": _Metric(_SUMMED, _BY_MODEL),
        "output_cost": _Metric(_SUMMED, _BY_MODEL),
        "total_cost": _Metric(_SUMMED, _BY_MODEL),
    },
    "ASSESSMENTS": {
        "assessment_count": _Metric(_COUNT, frozenset({"assessment_name", "assessment_value"})),
        "assessment_value": _Metric(_MEASURED, frozenset({"assessment_name"})),
    },
}
_POINTS: Mapping[str, Callable[[FiguresReader, MetricsQuery], Iterable[Point]]] = {
    "TRACES": trace_points,
    "SPANS": span_points,
    "ASSESSMENTS": assessment_points,
}


def query_metrics(services: Services, request: AskMetrics) -> _Json:
    """Answer with data points, by time and then by the values of the dimensions."""
    query = _sound(request)
    first = _first(request.page_token)
    if request.max_results < 1:
        raise InvalidInput("'max_results' must be at least 1")
    found = () if query.filter.matches_nothing else _POINTS[request.view_type](services.store.figures, query)
    points = in_order(found, query)
    end = first + request.max_results
    answer: _Json = {"data_points": [point_json(query.metric, point) for point in points[first:end]]}
    if end < len(points):
        answer["next_page_token"] = encode_page_token([end])
    return answer


def correlate(services: Services, request: AskCorrelation) -> _Json:
    """Answer how many traces each filter and both find, and how much that is more than by chance."""
    experiment_ids = tuple(parse_experiment_id(text) for text in request.experiment_ids)
    base, first, second = (
        parse_filter(text or "") for text in (request.base_filter, request.filter_string1, request.filter_string2)
    )

    def count(*terms: Filter | None) -> int:
        query = FiguresQuery(experiment_ids=experiment_ids, filter=all_of(*terms), percentiles=())
        return sum(row.traces for row in services.store.figures.trace_figures(query).rows)

    joint, with_first, with_second, total = (
        count(base, first, second),
        count(base, first),
        count(base, second),
        count(base),
    )
    found = association(joint, with_first, with_second, total)
    scores = {"npmi": found.npmi, "npmi_smoothed": found.npmi_smoothed}
    counts = {"filter1_count": with_first, "filter2_count": with_second, "joint_count": joint, "total_count": total}
    return {**{name: score for name, score in scores.items() if score is not None}, **counts}


def _sound(request: AskMetrics) -> MetricsQuery:
    """Check a question as MLflow does. Raises `InvalidInput`."""
    metrics = _METRICS.get(request.view_type)
    if metrics is None:
        raise InvalidInput(f"view_type must be one of {list(_METRICS)}, got '{request.view_type[:80]}'")
    metric = metrics.get(request.metric_name)
    if metric is None:
        raise InvalidInput(f"metric_name must be one of {list(metrics)}, got '{request.metric_name[:80]}'")
    if not request.aggregations:
        raise InvalidInput("missing value for required parameter 'aggregations'")
    for one in request.aggregations:
        _check(one, metric)
    unknown = sorted(set(request.dimensions) - metric.dimensions)
    if unknown:
        raise InvalidInput(f"found invalid dimension(s): {unknown}. Supported dimensions: {sorted(metric.dimensions)}")
    has_times = request.start_time_ms is not None and request.end_time_ms is not None
    if request.time_interval_seconds and not has_times:
        raise InvalidInput("start_time_ms and end_time_ms are required if time_interval_seconds is set")
    return MetricsQuery(
        experiment_ids=tuple(parse_experiment_id(text) for text in request.experiment_ids),
        metric=request.metric_name,
        aggregations=tuple(request.aggregations),
        dimensions=tuple(dict.fromkeys(request.dimensions)),
        filter=read_filters(request.filters, request.view_type),
        bucket_ms=_bucket_ms(request.time_interval_seconds),
        start_ms=_bounded(request.start_time_ms),
        end_ms=None if request.end_time_ms is None else _bounded(request.end_time_ms + 1),  # MLflow's is inclusive
    )


def _check(one: Aggregation, metric: _Metric) -> None:
    if one.aggregation_type not in metric.aggregations:
        supported = sorted(metric.aggregations)
        raise InvalidInput(
            f"found invalid aggregation_type(s): ['{one.aggregation_type}']. Supported aggregation types: "
            f"{[kind.value for kind in supported]}"
        )
    is_percentile = one.aggregation_type is AggregationType.PERCENTILE
    if is_percentile is (one.percentile_value is None):
        raise InvalidInput("a percentile value goes with PERCENTILE, and with nothing else")
    if one.percentile_value is not None and not (
        math.isfinite(one.percentile_value) and 0 <= one.percentile_value <= 100
    ):
        raise InvalidInput("a percentile value must be from 0 to 100")


def _bucket_ms(interval_s: int | None) -> int | None:
    if not interval_s:
        return None
    if not 0 < interval_s <= MAX_STEP_MS // 1000:
        raise InvalidInput("'time_interval_seconds' must be positive, and ten years at most")
    return interval_s * 1000


def _bounded(time_ms: int | None) -> int | None:
    return None if time_ms is None else max(-_MAX_TIME_MS, min(time_ms, _MAX_TIME_MS))


def _first(page_token: str | None) -> int:
    if not page_token:
        return 0
    match decode_page_token(page_token):
        case (int() as first,) if first >= 0:
            return first
        case _:
            raise InvalidInput("invalid page token: it belongs to another search")


_V3 = "/api/3.0/mlflow/traces"

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(
        method="POST",
        path=f"{_V3}/metrics",
        permission=Permission.READ,
        request=AskMetrics,
        handle=query_metrics,
    ),
    MlflowRoute(
        method="POST",
        path=f"{_V3}/calculate-filter-correlation",
        permission=Permission.READ,
        request=AskCorrelation,
        handle=correlate,
    ),
]
