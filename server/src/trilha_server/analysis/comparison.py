"""Whether one set of traces is worse than another, metric by metric and all in all."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TypeAlias

import msgspec
import numpy as np

from trilha_server.analysis.estimates import Estimate, Numbers, holm, means, percentiles, proportions
from trilha_server.domain.figures import Measurement

LEVEL = 0.95
"""Of the intervals; 1 less it is the chance that two equal sets are called different in any metric."""

MIN_COUNT = 20
"""Fewer measurements on a side tell nothing: the methods hold from about here on (decision 0017)."""

_MIN_BEYOND = 10  # so many measurements must lie above a percentile, and below it
_DURATION_PERCENTILES = (50.0, 95.0)
_YES_AND_NO = (0.0, 1.0)


class Verdict(StrEnum):
    """What the data say of the second set beside the first."""

    WORSE = "worse"
    BETTER = "better"
    NO_EVIDENCE = "no evidence"


class Statistic(StrEnum):
    """What of the measurements is compared."""

    RATE = "rate"
    MEAN = "mean"
    PERCENTILE = "percentile"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared."""

    name: str
    """Such as `error_rate`, `duration_ms.p95` or `feedback.quality`."""
    statistic: Statistic
    percentile: float | None = None
    lower_is_better: bool = True


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one set."""

    count: int
    """Traces that have it."""
    value: float | None
    """`None` where none has it."""


class MetricComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of both sets."""

    metric: Metric
    a: Side
    b: Side
    estimate: Estimate | None
    """`None` where there are too few measurements."""
    adjusted_p_value: float | None
    """The p-value after correction for the number of metrics."""
    verdict: Verdict

    @property
    def relative_difference(self) -> float | None:
        """The difference as a part of the first value; `None` where that is nothing."""
        return None if self.estimate is None or not self.a.value else self.estimate.difference / abs(self.a.value)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All metrics, and what follows from them."""

    metrics: tuple[MetricComparison, ...]
    verdict: Verdict
    """Worse where any metric is, else better where any is."""


_Measured: TypeAlias = tuple[Metric, Numbers, Numbers]


def compare(a: Sequence[Measurement], b: Sequence[Measurement], lower_is_better: frozenset[str]) -> Comparison:
    """Compare what was measured of two sets; `lower_is_better` names the feedback of which less is wanted."""
    measured = list(_measured(a, b, lower_is_better))
    estimates = [_estimate(*each) for each in measured]
    p_values = [estimate.p_value for estimate in estimates if estimate is not None]
    adjusted = iter(holm(p_values))
    metrics = tuple(
        _judged(each, estimate, None if estimate is None else next(adjusted))
        for each, estimate in zip(measured, estimates, strict=True)
    )
    found = {one.verdict for one in metrics}
    verdict = next((one for one in (Verdict.WORSE, Verdict.BETTER) if one in found), Verdict.NO_EVIDENCE)
    return Comparison(metrics=metrics, verdict=verdict)


def _measured(
    a: Sequence[Measurement], b: Sequence[Measurement], lower_is_better: frozenset[str]
) -> Iterable[_Measured]:
    def both(read: Callable[[Measurement], float | None]) -> tuple[Numbers, Numbers]:
        return _numbers(a, read), _numbers(b, read)

    yield (
        Metric(name="error_rate", statistic=Statistic.RATE),
        *both(lambda one: float(one.is_error) if one.has_ended else None),
    )
    durations = both(lambda one: one.duration_ms)
    yield (Metric(name="duration_ms.mean", statistic=Statistic.MEAN), *durations)
    for percentile in _DURATION_PERCENTILES:
        name = f"duration_ms.p{percentile:g}"
        yield (Metric(name=name, statistic=Statistic.PERCENTILE, percentile=percentile), *durations)
    yield (Metric(name="total_tokens.mean", statistic=Statistic.MEAN), *both(lambda one: one.total_tokens))
    yield (Metric(name="cost_usd.mean", statistic=Statistic.MEAN), *both(lambda one: one.cost_usd))
    for name in sorted({name for one in (*a, *b) for name in one.assessments}):
        scores = both(lambda one, name=name: one.assessments.get(name))
        are_shares = all(np.isin(side, _YES_AND_NO).all() for side in scores)
        yield (
            Metric(
                name=f"feedback.{name}",
                statistic=Statistic.RATE if are_shares else Statistic.MEAN,
                lower_is_better=name in lower_is_better,
            ),
            *scores,
        )


def _numbers(sample: Sequence[Measurement], read: Callable[[Measurement], float | None]) -> Numbers:
    found = np.array([number for number in map(read, sample) if number is not None], dtype=np.float64)
    found.sort()
    return found


def _estimate(metric: Metric, a: Numbers, b: Numbers) -> Estimate | None:
    fewest = min(a.size, b.size)
    if fewest < MIN_COUNT:
        return None
    match metric.statistic:
        case Statistic.RATE:
            return proportions(int(a.sum()), a.size, int(b.sum()), b.size, LEVEL)
        case Statistic.MEAN:
            return means(a, b, LEVEL)
        case Statistic.PERCENTILE:
            percentile = metric.percentile or 0.0
            beyond = fewest * min(percentile, 100 - percentile) / 100
            return percentiles(a, b, percentile, LEVEL) if beyond >= _MIN_BEYOND else None


def _judged(measured: _Measured, estimate: Estimate | None, adjusted_p_value: float | None) -> MetricComparison:
    metric, a, b = measured
    verdict = Verdict.NO_EVIDENCE
    if estimate is not None and adjusted_p_value is not None and adjusted_p_value < 1 - LEVEL:
        is_worse = (estimate.difference > 0) is metric.lower_is_better
        verdict = Verdict.WORSE if is_worse else Verdict.BETTER
    return MetricComparison(
        metric=metric,
        a=_side(metric, a),
        b=_side(metric, b),
        estimate=estimate,
        adjusted_p_value=adjusted_p_value,
        verdict=verdict,
    )


def _side(metric: Metric, numbers: Numbers) -> Side:
    if not numbers.size:
        return Side(count=0, value=None)
    value = numbers.mean() if metric.percentile is None else np.percentile(numbers, metric.percentile)
    return Side(count=numbers.size, value=float(value))
