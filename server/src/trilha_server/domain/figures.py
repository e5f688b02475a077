"""Figures of many traces together: what is asked, and what comes back.

A percentile p of n numbers in order lies at the place p / 100 · (n - 1), counted from 0; between two numbers it is
interpolated along a straight line. Hyndman and Fan call this definition 7; it is numpy's, and MLflow's. Where the
store cannot look at every number, `percentile_error` says how far it may be off.
"""

import math
from enum import StrEnum
from typing import TypeAlias

import msgspec

from trilha_server.domain.assessment import AssessmentKind
from trilha_server.domain.filter import Filter
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.span import SpanStatus

HOUR_MS = 3_600_000

MAX_GROUPS = 10_000
"""So many groups come back at most."""


class Dimension(StrEnum):
    """What traces may be grouped by, beside tags and metadata."""

    NAME = "name"
    STATUS = "status"
    USER = "user"
    SESSION = "session"
    VERSION = "version"
    MODEL = "model"
    """A trace that used several models counts in each of their groups."""
    EXPERIMENT = "experiment_id"


class KeyDimension(msgspec.Struct, frozen=True, tag=True):
    """Group by the value of a tag or of a key of the metadata; in fields of two spellings either does."""

    key: str
    metadata: bool = False


GroupBy: TypeAlias = Dimension | KeyDimension


class TraceMeasure(StrEnum):
    """What is measured of a trace beside its duration."""

    INPUT_TOKENS = "input_tokens"
    OUTPUT_TOKENS = "output_tokens"
    TOTAL_TOKENS = "total_tokens"
    CACHE_READ_TOKENS = "cache_read_tokens"
    CACHE_WRITE_TOKENS = "cache_write_tokens"
    COST_USD = "cost_usd"


class FiguresQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which traces, and how to group them."""

    experiment_ids: tuple[ExperimentId, ...]
    filter: Filter | None = None
    start_ms: int | None = None
    """Unix time, inclusive."""
    end_ms: int | None = None
    """Exclusive."""
    group_by: tuple[GroupBy, ...] = ()
    bucket_ms: int | None = None
    """Group also by time, in steps of so long, counted from the epoch."""
    percentiles: tuple[float, ...] = (50.0, 90.0, 95.0, 99.0)
    measures: tuple[TraceMeasure, ...] = ()
    """Add how these are distributed, which takes longer."""
    sessions: bool = False
    """Add how many sessions there are, which takes longer."""
    assessments: bool = False
    """Add the figures of assessments, which takes longer."""
    limit: int = 1000
    """Groups, whatever their number of time steps: the largest of the whole time."""

    @property
    def needs_each(self) -> bool:
        """Whether something is asked for that no sums hold, so that each trace must be looked at."""
        return bool(self.measures or self.sessions or self.assessments)


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A measured quantity over the traces, or spans, that have it."""

    count: int = 0
    total: float = 0.0
    least: float | None = None
    most: float | None = None
    percentiles: tuple[float, ...] = ()
    """In the order asked for; empty where nothing was measured."""

    @property
    def mean(self) -> float | None:
        """The arithmetic mean; `None` where nothing was measured."""
        return self.total / self.count if self.count else None


class AssessmentFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of the traces of a group under one name."""

    name: str
    kind: AssessmentKind
    count: int
    """Valid assessments, whatever their values."""
    scores: Distribution
    """Of numbers, and of truth values and yes and no (in any case, spaces around) as 1 and 0."""
    values: dict[str, int]
    """How often each value was given, by its JSON as `json.dumps` writes it; the most frequent hundred."""


class TraceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one group of traces."""

    group: tuple[str | None, ...]
    """In the order of `group_by`; `None` for traces without it."""
    bucket_start_ms: int | None
    traces: int
    errors: int
    duration_ms: Distribution
    """Of the traces that have ended."""
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    traces_with_usage: int
    cost_usd: float
    traces_with_cost: int
    measured: dict[TraceMeasure, Distribution] = {}
    """What the query names in `measures`, over the traces that have it."""
    sessions: int | None = None
    """Different sessions; `None` where that was not asked for."""
    assessments: tuple[AssessmentFigures, ...] = ()
    """By name and kind."""


class FiguresPage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    rows: list[TraceFigures]
    """By time, then the largest first, then by the group's values, `None` last."""
    is_complete: bool
    """Whether all groups are there."""
    percentile_error: float
    """How far a percentile may be from the exact one, relative to it; 0 where they are exact."""


class SpanDimension(StrEnum):
    """What spans may be grouped by."""

    NAME = "name"
    TYPE = "type"
    STATUS = "status"
    MODEL = "model"
    PROVIDER = "provider"


class SpanMeasure(StrEnum):
    """What is measured of a span beside its duration."""

    INPUT_USD = "input_usd"
    OUTPUT_USD = "output_usd"
    COST_USD = "cost_usd"


class SpanFiguresQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which spans, and how to group them."""

    experiment_ids: tuple[ExperimentId, ...]
    filter: Filter | None = None
    """Of their traces."""
    where: dict[SpanDimension, str] = {}
    """Of the spans themselves."""
    start_ms: int | None = None
    """Unix time, inclusive; of the spans."""
    end_ms: int | None = None
    """Exclusive."""
    group_by: tuple[SpanDimension, ...] = ()
    bucket_ms: int | None = None
    percentiles: tuple[float, ...] = (50.0, 90.0, 95.0, 99.0)
    measures: tuple[SpanMeasure, ...] = ()
    """Add how these are distributed, which takes longer."""
    limit: int = 1000
    """Groups, whatever their number of time steps: the largest of the whole time."""


class SpanFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one group of spans."""

    group: tuple[str | None, ...]
    bucket_start_ms: int | None
    spans: int
    errors: int
    duration_ms: Distribution
    """Of the spans that have ended, in fractions of a millisecond."""
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    input_usd: float
    output_usd: float
    cost_usd: float
    spans_with_cost: int
    measured: dict[SpanMeasure, Distribution] = {}
    """What the query names in `measures`, over the spans that have a cost."""


class SpanFiguresPage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    rows: list[SpanFigures]
    is_complete: bool
    percentile_error: float


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What statistics need of one trace."""

    trace_id: TraceId
    is_error: bool
    has_ended: bool
    duration_ms: int | None
    total_tokens: int | None
    cost_usd: float | None
    assessments: dict[str, float] = {}
    """The newest valid feedback by name that is a score, as in `AssessmentFigures.scores`."""


class SpanKind(msgspec.Struct, frozen=True):
    """What spans are grouped by, all of it."""

    name: str
    span_type: str
    status: SpanStatus
    model: str | None
    provider: str | None


def score_of(value: object) -> float | None:
    """Read the value of an assessment as a number, as `AssessmentFigures.scores` has it; `None` for any other."""
    if isinstance(value, str):
        return _SPOKEN_SCORES.get(value.strip().lower())
    if not isinstance(value, int | float):
        return None
    try:
        score = float(value)
    except OverflowError:  # a whole number of more digits than a float can hold
        return None
    return score if math.isfinite(score) else None


_SPOKEN_SCORES = {"yes": 1.0, "no": 0.0}
