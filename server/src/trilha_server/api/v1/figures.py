"""Figures of many traces or spans together, of the native API."""

from collections.abc import Sequence

from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.figure_models import (
    AssessmentFiguresModel,
    DistributionModel,
    FiguresRequest,
    SpanFiguresAnswer,
    SpanFiguresRequest,
    SpanFiguresRow,
    TokenTotals,
    TraceFiguresAnswer,
    TraceFiguresRequest,
    TraceFiguresRow,
)
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.figures import FiguresQuery, SpanFigures, SpanFiguresQuery, TraceFigures
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.search.grouping import (
    parse_group_by,
    parse_span_group_by,
    parse_step_ms,
    print_group_by,
    span_dimension,
)
from trilha_server.search.parse import parse_filter

MAX_CELLS = 1_000_000
"""Groups times time steps: more fit no chart, and no memory."""


def figures_routes(services: Services) -> list[ModelRoute]:
    """List the routes of figures."""
    figures = services.store.figures

    def of_traces(request: TraceFiguresRequest) -> TraceFiguresAnswer:
        query = FiguresQuery(
            experiment_ids=tuple(parse_experiment_id(text) for text in request.experiment_ids),
            filter=parse_filter(request.filter or ""),
            start_ms=request.start_ms,
            end_ms=request.end_ms,
            group_by=parse_group_by(request.group_by),
            bucket_ms=_bucket_ms(request),
            percentiles=request.percentiles,
            assessments=request.assessments,
            limit=request.limit,
        )
        page = figures.trace_figures(query)
        names = [print_group_by(dimension) for dimension in query.group_by]
        return TraceFiguresAnswer.model_construct(
            group_by=names,
            bucket_ms=query.bucket_ms,
            rows=[_trace_row(row, names, request) for row in page.rows],
            is_complete=page.is_complete,
            percentile_error=page.percentile_error,
        )

    def of_spans(request: SpanFiguresRequest) -> SpanFiguresAnswer:
        query = SpanFiguresQuery(
            experiment_ids=tuple(parse_experiment_id(text) for text in request.experiment_ids),
            filter=parse_filter(request.filter or ""),
            where={span_dimension(name): value for name, value in request.where.items()},
            start_ms=request.start_ms,
            end_ms=request.end_ms,
            group_by=parse_span_group_by(request.group_by),
            bucket_ms=_bucket_ms(request),
            percentiles=request.percentiles,
            limit=request.limit,
        )
        page = figures.span_figures(query)
        names = [dimension.value for dimension in query.group_by]
        return SpanFiguresAnswer.model_construct(
            group_by=names,
            bucket_ms=query.bucket_ms,
            rows=[_span_row(row, names, query.percentiles) for row in page.rows],
            is_complete=page.is_complete,
            percentile_error=page.percentile_error,
        )

    return [
        ModelRoute(
            method="POST",
            path="/api/v1/figures/traces",
            permission=Permission.READ,
            handle=of_traces,
            summary="Count and measure traces by group",
        ),
        ModelRoute(
            method="POST",
            path="/api/v1/figures/spans",
            permission=Permission.READ,
            handle=of_spans,
            summary="Count and measure spans by group",
        ),
    ]


def _bucket_ms(request: FiguresRequest) -> int | None:
    """Read the time step. Raises `InvalidInput` where there would be too many."""
    if request.bucket is None:
        return None
    length_ms = parse_step_ms(request.bucket)
    if request.start_ms is None or request.end_ms is None:
        raise InvalidInput("time steps need a beginning and an end; give start_ms and end_ms")
    steps = max(0, request.end_ms - request.start_ms) // length_ms + 1
    if steps * (request.limit if request.group_by else 1) > MAX_CELLS:
        raise InvalidInput(
            "too many groups and time steps for one answer; take a longer bucket, a shorter time or a smaller limit"
        )
    return length_ms


def _trace_row(row: TraceFigures, names: Sequence[str], request: TraceFiguresRequest) -> TraceFiguresRow:
    percentiles = request.percentiles
    return TraceFiguresRow.model_construct(
        group=dict(zip(names, row.group, strict=True)),
        bucket_start_ms=row.bucket_start_ms,
        traces=row.traces,
        errors=row.errors,
        error_rate=row.errors / row.traces if row.traces else 0.0,
        duration_ms=DistributionModel.of(row.duration_ms, percentiles),
        tokens=TokenTotals.of(row) if row.traces_with_usage else None,
        traces_with_usage=row.traces_with_usage,
        cost_usd=row.cost_usd if row.traces_with_cost else None,
        traces_with_cost=row.traces_with_cost,
        assessments=[AssessmentFiguresModel.of(one, percentiles) for one in row.assessments]
        if request.assessments
        else None,
    )


def _span_row(row: SpanFigures, names: Sequence[str], percentiles: Sequence[float]) -> SpanFiguresRow:
    is_priced = row.spans_with_cost > 0
    return SpanFiguresRow.model_construct(
        group=dict(zip(names, row.group, strict=True)),
        bucket_start_ms=row.bucket_start_ms,
        spans=row.spans,
        errors=row.errors,
        error_rate=row.errors / row.spans if row.spans else 0.0,
        duration_ms=DistributionModel.of(row.duration_ms, percentiles),
        tokens=TokenTotals.of(row),
        input_usd=row.input_usd if is_priced else None,
        output_usd=row.output_usd if is_priced else None,
        cost_usd=row.cost_usd if is_priced else None,
        spans_with_cost=row.spans_with_cost,
    )
