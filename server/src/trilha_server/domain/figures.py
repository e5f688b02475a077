"""Figures of many traces together: what is asked, and what comes back."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from trilha_server.domain.filter import Filter
from trilha_server.domain.ids import ExperimentId, TraceId

HOUR_MS = 3_600_000

MAX_GROUPS = 10_000
"""So many groups come back at most, the largest first."""


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
    assessments: bool = False
    """Add the figures of assessments, which takes longer."""
    limit: int = 1000


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
    kind: str
    """`feedback` or `expectation`."""
    count: int
    """Valid assessments, whatever their values."""
    mean: float | None
    """Over numbers, and over yes and no as 1 and 0; `None` without any."""
    values: dict[str, int]
    """How often each text or truth value was given; the most frequent hundred."""


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
    assessments: tuple[AssessmentFigures, ...] = ()


class FiguresPage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    rows: list[TraceFigures]
    """By time, then the largest group first."""
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
    limit: int = 1000


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
    """The newest valid feedback by name, numbers and truth values only."""
