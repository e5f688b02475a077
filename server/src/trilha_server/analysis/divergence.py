"""How far two distributions over values are apart. Decision 0017 says why by this measure."""

import math
from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec
import numpy as np

V = TypeVar("V")

MIN_EXPECTED = 5
"""So often a value must be expected on each side to be looked at; rarer ones count together (Cochran's rule)."""

_MIN_EXPECTED_REST = 1


class Shift(msgspec.Struct, Generic[V], frozen=True):
    """How far one value moves, or several together."""

    value: V
    divergence: float
    """Its part of the Jensen-Shannon divergence, in bits."""


class Divergence(msgspec.Struct, Generic[V], frozen=True, kw_only=True):
    """How far two distributions are apart."""

    bits: float
    """Jensen-Shannon divergence less what chance alone makes of it: from 0 for alike to 1 for nothing in common."""
    p_value: float
    """Of Pearson's chi-square test that both are one."""
    shifts: tuple[Shift[V], ...]
    """The values, the one that moves most first."""


def divergence(
    counts_a: Mapping[V, int], total_a: int, counts_b: Mapping[V, int], total_b: int
) -> Divergence[V] | None:
    """Compare how often each value is met where each member has one value; `None` where there is nothing to compare.

    What the counts leave of a total, and the values that are rare, are one value together.
    """
    common = _common(counts_a, total_a, counts_b, total_b)
    rows = [(counts_a.get(value, 0), counts_b.get(value, 0)) for value in common]
    rest = (total_a - sum(row[0] for row in rows), total_b - sum(row[1] for row in rows))
    if _is_expected(sum(rest), total_a, total_b, _MIN_EXPECTED_REST):
        rows.append(rest)
    cells = np.array(rows, dtype=np.float64).reshape(-1, 2)
    if len(cells) < 2 or not cells.sum(axis=0).all():
        return None
    parts = _parts(cells)
    shifts = sorted((Shift(value, float(part)) for value, part in zip(common, parts, strict=False)), key=_by_size)
    return Divergence(bits=_corrected(parts, cells), p_value=_chi_square(cells), shifts=tuple(shifts))


def separate_divergence(
    counts_a: Mapping[V, int], total_a: int, counts_b: Mapping[V, int], total_b: int
) -> Divergence[V] | None:
    """Compare values of which a member may have several: each by itself, as met or not; the one that moves most counts.

    The p-value is corrected for the number of values.
    """
    found: list[tuple[V, Divergence[bool]]] = []
    for value in _common(counts_a, total_a, counts_b, total_b):
        met_a, met_b = counts_a.get(value, 0), counts_b.get(value, 0)
        with_it = {True: met_a, False: total_a - met_a}
        one = divergence(with_it, total_a, {True: met_b, False: total_b - met_b}, total_b)
        if one is not None:
            found.append((value, one))
    if not found:
        return None
    shifts = sorted((Shift(value, one.bits) for value, one in found), key=_by_size)
    return Divergence(
        bits=shifts[0].divergence,
        p_value=min(1.0, len(found) * min(one.p_value for _, one in found)),
        shifts=tuple(shifts),
    )


def benjamini_hochberg(p_values: list[float]) -> list[float]:
    """Correct p-values for being many, so that of those below a bound only so large a part are false alarms."""
    adjusted = [1.0] * len(p_values)
    smallest = 1.0
    ranked = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank in range(len(ranked), 0, -1):
        smallest = min(smallest, p_values[ranked[rank - 1]] * len(ranked) / rank)
        adjusted[ranked[rank - 1]] = smallest
    return adjusted


def _by_size(shift: Shift[V]) -> tuple[float, str]:
    return -shift.divergence, repr(shift.value)


def _common(counts_a: Mapping[V, int], total_a: int, counts_b: Mapping[V, int], total_b: int) -> list[V]:
    """List the values that are frequent enough to look at."""
    every = dict.fromkeys((*counts_a, *counts_b))
    counts = {value: counts_a.get(value, 0) + counts_b.get(value, 0) for value in every}
    return [value for value, count in counts.items() if _is_expected(count, total_a, total_b, MIN_EXPECTED)]


def _is_expected(count: int, total_a: int, total_b: int, least: int) -> bool:
    """Say whether the smaller side has so many of a value at least, if both are alike."""
    return count > 0 and count * min(total_a, total_b) >= least * (total_a + total_b)


def _parts(cells: np.ndarray) -> np.ndarray:
    """Take the Jensen-Shannon divergence apart into what each value adds, in bits."""
    shares = cells / cells.sum(axis=0)
    middle = shares.mean(axis=1, keepdims=True)
    logs = np.log2(np.where(shares > 0, shares / middle, 1.0))
    return (shares * logs).sum(axis=1) / 2


def _corrected(parts: np.ndarray, cells: np.ndarray) -> float:
    by_chance = (len(cells) - 1) * float((1 / cells.sum(axis=0)).sum()) / (8 * math.log(2))
    return max(0.0, float(parts.sum()) - by_chance)


def _chi_square(cells: np.ndarray) -> float:
    # Loads for most of a second, and only those who compare need it.
    from scipy.special import chdtrc  # noqa: PLC0415  # see above

    expected = cells.sum(axis=1, keepdims=True) * cells.sum(axis=0) / cells.sum()
    statistic = float(((cells - expected) ** 2 / expected).sum())
    return float(chdtrc(len(cells) - 1, statistic))
