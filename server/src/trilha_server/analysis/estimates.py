"""How far two samples are apart, and how sure that is. Decision 0017 says why by these methods.

All take measurements as independent of each other and return the same for the same data. `level` is the confidence of
the interval, such as 0.95; a p-value is 1 minus the highest level at which the interval does not hold 0.
"""

import math
from statistics import NormalDist

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

DRAWS = 10_000
_SEED = 17
_MAX_Z = 38.0  # beyond it the tail of the normal distribution is less than a float can hold


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A difference, the second sample's value less the first one's, with its interval."""

    difference: float
    low: float
    high: float
    p_value: float


def proportions(hits_a: int, count_a: int, hits_b: int, count_b: int, level: float) -> Estimate:
    """Compare two shares by Newcombe's hybrid of two Wilson intervals, which holds for shares near 0 and 1 too."""
    sample = (hits_a, count_a, hits_b, count_b)
    difference = hits_b / count_b - hits_a / count_a
    low, high = _newcombe(*sample, NormalDist().inv_cdf((1 + level) / 2))
    return Estimate(difference=difference, low=low, high=high, p_value=_p_of_newcombe(*sample))


def means(a: Numbers, b: Numbers, level: float) -> Estimate:
    """Compare two means by Welch's t interval, which lets the samples differ in spread and size."""
    # Loads for most of a second, and only those who compare need it.
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415  # see above

    difference = float(b.mean() - a.mean())
    part_a, part_b = float(a.var(ddof=1)) / a.size, float(b.var(ddof=1)) / b.size
    variance = part_a + part_b
    if variance <= 0:  # each sample is one number over and over
        return Estimate(difference=difference, low=difference, high=difference, p_value=1.0 if difference == 0 else 0.0)
    error = math.sqrt(variance)
    freedom = variance**2 / (part_a**2 / (a.size - 1) + part_b**2 / (b.size - 1))
    reach = error * float(stdtrit(freedom, (1 + level) / 2))
    p_value = 2 * float(stdtr(freedom, -abs(difference) / error))
    return Estimate(difference=difference, low=difference - reach, high=difference + reach, p_value=p_value)


def percentiles(a: Numbers, b: Numbers, percentile: float, level: float) -> Estimate:
    """Compare a percentile of two samples, each in ascending order, by the bootstrap.

    A percentile of a sample drawn again is the order statistic at a random place, and the place follows a beta
    distribution: so the places are drawn and not the samples, which takes as long for many measurements as for few.
    """
    random = np.random.default_rng(_SEED)
    drawn = _redrawn(b, percentile, random) - _redrawn(a, percentile, random)
    low, high = np.percentile(drawn, [50 * (1 - level), 50 * (1 + level)])
    below, above = int(np.count_nonzero(drawn <= 0)), int(np.count_nonzero(drawn >= 0))
    p_value = min(1.0, 2 * (min(below, above) + 1) / (DRAWS + 1))
    difference = float(np.percentile(b, percentile) - np.percentile(a, percentile))
    return Estimate(difference=difference, low=float(low), high=float(high), p_value=p_value)


def holm(p_values: list[float]) -> list[float]:
    """Correct p-values for being several, so that the chance of one false alarm among them all stays what it says."""
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def _redrawn(ordered: Numbers, percentile: float, random: np.random.Generator) -> Numbers:
    place = percentile / 100 * (ordered.size - 1)
    shares = random.beta(place + 1, ordered.size - place, DRAWS)
    return ordered[np.minimum((shares * ordered.size).astype(np.int64), ordered.size - 1)]


def _wilson(hits: int, count: int, z: float) -> tuple[float, float]:
    centre = hits + z * z / 2
    reach = z * math.sqrt(hits * (count - hits) / count + z * z / 4)
    return max(0.0, (centre - reach) / (count + z * z)), min(1.0, (centre + reach) / (count + z * z))


def _newcombe(hits_a: int, count_a: int, hits_b: int, count_b: int, z: float) -> tuple[float, float]:
    share_a, share_b = hits_a / count_a, hits_b / count_b
    (low_a, high_a), (low_b, high_b) = _wilson(hits_a, count_a, z), _wilson(hits_b, count_b, z)
    difference = share_b - share_a
    return (
        difference - math.hypot(share_b - low_b, high_a - share_a),
        difference + math.hypot(high_b - share_b, share_a - low_a),
    )


def _p_of_newcombe(hits_a: int, count_a: int, hits_b: int, count_b: int) -> float:
    if hits_a * count_b == hits_b * count_a:
        return 1.0
    near, far = 0.0, _MAX_Z
    for _ in range(60):  # halves: until a float tells no difference
        z = (near + far) / 2
        low, high = _newcombe(hits_a, count_a, hits_b, count_b, z)
        near, far = (near, z) if low <= 0 <= high else (z, far)
    return math.erfc(near / math.sqrt(2))
