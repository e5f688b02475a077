"""What the figures of the native API take and give."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from trilha_server.api.v1.models import ExperimentIdText, Model, Text
from trilha_server.domain.figures import (
    MAX_GROUPS,
    AssessmentFigures,
    Distribution,
    SpanFigures,
    TraceFigures,
)

ExperimentIds = Annotated[list[ExperimentIdText], Field(min_length=1, max_length=1000)]
TimeMs = Annotated[int, Field(ge=-(2**53), le=2**53)]
Percentile = Annotated[float, Field(ge=0, le=100)]
Percentiles = Annotated[tuple[Percentile, ...], Field(max_length=20)]
GroupBy = Annotated[tuple[Text, ...], Field(max_length=20)]


class FiguresRequest(Model):
    """Which traces, and how to group them."""

    experiment_ids: ExperimentIds
    filter: str | None = None
    """Of the traces."""
    start_ms: TimeMs | None = None
    end_ms: TimeMs | None = None
    """Exclusive."""
    group_by: GroupBy = ()
    bucket: int | str | None = None
    """The length of a time step: milliseconds, or such as `15m`, `1h`, `1d`; needs `start_ms` and `end_ms`."""
    percentiles: Percentiles = (50, 90, 95, 99)
    limit: Annotated[int, Field(ge=1, le=MAX_GROUPS)] = 1000
    """How many groups, the largest first, each with all its time steps."""


class TraceFiguresRequest(FiguresRequest):
    """Which traces, and what to say of them."""

    assessments: bool = False
    """Add the figures of assessments."""


class SpanFiguresRequest(FiguresRequest):
    """Which spans, and how to group them."""

    where: dict[str, str] = Field(default_factory=dict, max_length=5)
    """What spans must be: `name`, `type`, `status`, `model`, `provider`."""


class DistributionModel(Model):
    """A measured quantity."""

    count: int
    """How many have it."""
    mean: float | None
    least: float | None
    most: float | None
    percentiles: dict[str, float]
    """By name, such as `p95`; empty where nothing was measured."""

    @classmethod
    def of(cls, found: Distribution, percentiles: Sequence[float]) -> "DistributionModel":
        """Write a distribution."""
        return cls.model_construct(
            count=found.count,
            mean=found.mean,
            least=found.least,
            most=found.most,
            percentiles={f"p{name:g}": value for name, value in zip(percentiles, found.percentiles, strict=False)},
        )


class TokenTotals(Model):
    """Tokens of all together."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int

    @classmethod
    def of(cls, row: TraceFigures | SpanFigures) -> "TokenTotals":
        """Write tokens."""
        return cls.model_construct(
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            total_tokens=row.total_tokens,
            cache_read_tokens=row.cache_read_tokens,
            cache_write_tokens=row.cache_write_tokens,
        )


class AssessmentFiguresModel(Model):
    """What was said under one name."""

    name: str
    kind: str
    """`feedback`, `expectation` or `issue`."""
    count: int
    """Valid assessments."""
    score: DistributionModel
    """Numbers, and yes, no and truth values as 1 and 0."""
    values: dict[str, int]
    """How often each value was given, by its JSON; the most frequent hundred."""

    @classmethod
    def of(cls, found: AssessmentFigures, percentiles: Sequence[float]) -> "AssessmentFiguresModel":
        """Write the figures of an assessment."""
        return cls.model_construct(
            name=found.name,
            kind=found.kind.value,
            count=found.count,
            score=DistributionModel.of(found.scores, percentiles),
            values=found.values,
        )


class TraceFiguresRow(Model):
    """The figures of one group of traces."""

    group: dict[str, str | None]
    """What they have in common, by the names in `group_by`; `null` for traces without it."""
    bucket_start_ms: int | None
    traces: int
    errors: int
    error_rate: float
    """Errors by traces."""
    duration_ms: DistributionModel
    """Of the traces that have ended."""
    tokens: TokenTotals | None
    """`null` where no trace tells."""
    traces_with_usage: int
    cost_usd: float | None
    """Of the traces whose cost is known; `null` where none is."""
    traces_with_cost: int
    assessments: list[AssessmentFiguresModel] | None
    """`null` where they were not asked for."""


class SpanFiguresRow(Model):
    """The figures of one group of spans."""

    group: dict[str, str | None]
    bucket_start_ms: int | None
    spans: int
    errors: int
    error_rate: float
    duration_ms: DistributionModel
    """Of the spans that have ended."""
    tokens: TokenTotals
    """What the spans tell themselves: a span around others may count theirs again."""
    input_usd: float | None
    output_usd: float | None
    cost_usd: float | None
    """Of the spans whose cost is known; `null` where none is."""
    spans_with_cost: int


class FiguresAnswer(Model):
    """How to read the rows."""

    group_by: list[str]
    bucket_ms: int | None
    """Time steps begin at multiples of it since 1970, in UTC; one without a row had nothing."""
    is_complete: bool
    """Whether all groups are there."""
    percentile_error: float
    """How far a percentile may be from the exact one, relative to it; 0 where they are exact."""


class TraceFiguresAnswer(FiguresAnswer):
    """The figures of traces."""

    rows: list[TraceFiguresRow]
    """By time, then the largest group first."""


class SpanFiguresAnswer(FiguresAnswer):
    """The figures of spans."""

    rows: list[SpanFiguresRow]
    """By time, then the largest group first."""
