"""What the comparison of two sets of traces takes and gives."""

from typing import Annotated

from pydantic import Field

from trilha_server.analysis.comparison import MetricComparison, Side
from trilha_server.analysis.differences import AttributeShift, Band, ShiftedValue, ValueShift
from trilha_server.analysis.reading import MAX_MEASURED, MAX_PROFILED, Extent
from trilha_server.api.v1.figure_models import ExperimentIds, TimeMs
from trilha_server.api.v1.models import Model, Text
from trilha_server.search.printing import print_field, print_filter

FAILED_SPANS = "span.status = 'ERROR'"


class TwoSetsRequest(Model):
    """Which traces to set side by side."""

    experiment_ids: ExperimentIds
    a: str
    """The filter of the first set: what was, or what is known to be good."""
    b: str
    """The filter of the second set: what is new, or in doubt."""
    filter: str | None = None
    """Of both."""
    start_ms: TimeMs | None = None
    end_ms: TimeMs | None = None
    """Exclusive."""


class ComparisonRequest(TwoSetsRequest):
    """Ask whether B is worse than A."""

    sample: Annotated[int, Field(ge=1, le=MAX_MEASURED)] = MAX_MEASURED
    """How many traces of each set to measure, the newest."""
    lower_is_better: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    """Names of feedback of which less is wanted, such as `toxicity`."""


class DifferencesRequest(TwoSetsRequest):
    """Ask what differs between A and B."""

    sample: Annotated[int, Field(ge=1, le=MAX_PROFILED)] = MAX_PROFILED
    """How many traces of each set to look at, the newest."""
    max_attributes: Annotated[int, Field(ge=1, le=1000)] = 50
    max_values: Annotated[int, Field(ge=1, le=100)] = 5
    """Of each attribute."""


class ExtentModel(Model):
    """How many traces a set has."""

    traces: int
    """All of them."""
    errors: int
    """Of all of them."""
    sampled: int
    """The newest, which the rest of the answer is about."""

    @classmethod
    def of(cls, extent: Extent) -> "ExtentModel":
        """Write an extent."""
        return cls(traces=extent.traces, errors=extent.errors, sampled=extent.sampled)


class SideModel(Model):
    """One metric of one set."""

    count: int
    """Traces that have it."""
    value: float | None

    @classmethod
    def of(cls, side: Side) -> "SideModel":
        """Write a side."""
        return cls(count=side.count, value=side.value)


class MetricModel(Model):
    """One metric of both sets; differences are B less A."""

    name: str
    statistic: str
    """`rate`, `mean` or `percentile`."""
    lower_is_better: bool
    a: SideModel
    b: SideModel
    too_few: bool
    """Whether there are too few measurements to compare."""
    difference: float | None
    relative_difference: float | None
    """The difference as a part of A's value."""
    low: float | None
    """Where the interval of the difference begins."""
    high: float | None
    p_value: float | None
    adjusted_p_value: float | None
    """Corrected for the number of metrics; the verdict goes by it."""
    verdict: str
    """`worse`, `better` or `no evidence`."""

    @classmethod
    def of(cls, one: MetricComparison) -> "MetricModel":
        """Write a metric."""
        found = one.estimate
        return cls(
            name=one.metric.name,
            statistic=one.metric.statistic.value,
            lower_is_better=one.metric.lower_is_better,
            a=SideModel.of(one.a),
            b=SideModel.of(one.b),
            too_few=found is None,
            difference=None if found is None else found.difference,
            relative_difference=one.relative_difference,
            low=None if found is None else found.low,
            high=None if found is None else found.high,
            p_value=None if found is None else found.p_value,
            adjusted_p_value=one.adjusted_p_value,
            verdict=one.verdict.value,
        )


class ComparisonAnswer(Model):
    """Whether B is worse than A."""

    verdict: str
    """`worse` where any metric is, else `better` where any is, else `no evidence`."""
    conclusion: str
    """The same in a sentence."""
    a: ExtentModel
    b: ExtentModel
    shared_traces: int
    """Sampled traces that are in both sets; where there are some, differences look smaller than they are."""
    confidence_level: float
    """Of each interval, by itself."""
    correction: str
    """How p-values are corrected for the number of metrics."""
    metrics: list[MetricModel]


class ValueModel(Model):
    """One value of an attribute on both sides."""

    value: str | None
    """`null` where traces do not have the attribute."""
    filter: str
    """Finds the traces with it."""
    count_a: int
    count_b: int
    share_a: float
    share_b: float
    divergence: float
    """How much it adds to that of the attribute."""

    @classmethod
    def of(cls, shift: ValueShift) -> "ValueModel":
        """Write a value."""
        return cls(
            value=_text(shift.value),
            filter=print_filter(shift.filter),
            count_a=shift.count_a,
            count_b=shift.count_b,
            share_a=shift.share_a,
            share_b=shift.share_b,
            divergence=shift.bits,
        )


class AttributeModel(Model):
    """One attribute on both sides."""

    attribute: str
    """As filters name it."""
    only: str | None
    """What must also hold of a span for its value to count, as a filter."""
    divergence: float
    """Jensen-Shannon, in bits, less what chance makes: 0 for distributed alike, 1 for nothing in common."""
    p_value: float
    """Corrected for the number of attributes."""
    values: list[ValueModel]
    """Those that move most."""

    @classmethod
    def of(cls, shift: AttributeShift) -> "AttributeModel":
        """Write an attribute."""
        return cls(
            attribute=print_field(shift.facet.field),
            only=FAILED_SPANS if shift.facet.of_failed_spans else None,
            divergence=shift.bits,
            p_value=shift.p_value,
            values=[ValueModel.of(value) for value in shift.values],
        )


class DifferencesAnswer(Model):
    """What differs between A and B."""

    a: ExtentModel
    b: ExtentModel
    compared: int
    """Attributes that were compared."""
    different: int
    """How many of them differ by more than chance; the list may be shorter."""
    ignored: list[str]
    """Fields of the two filters themselves, which are not compared."""
    attributes: list[AttributeModel]
    """The most different first."""


def _text(value: ShiftedValue) -> str | None:
    match value:
        case None | str():
            return value
        case Band(low=None, high=high):
            return f"below {high}"
        case Band(low=low, high=None):
            return f"{low} and more"
        case Band(low=low, high=high):
            return f"{low} to {high}"
        case _:
            return f"{value:g}"
