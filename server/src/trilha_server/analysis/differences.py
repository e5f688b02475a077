"""What differs between two sets of traces: the attributes whose values are distributed most differently."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import msgspec
import numpy as np

from trilha_server.analysis.divergence import Divergence, benjamini_hochberg, divergence, separate_divergence
from trilha_server.analysis.facets import Facet, FacetValue, Other, Profile, count
from trilha_server.domain.filter import (
    And,
    Comparison,
    Filter,
    FilterField,
    Operator,
    SpanField,
    SpanPart,
)

MAX_FALSE_SHARE = 0.05
"""So large a part of the attributes that are named may be there by chance."""

_MAX_PLAIN_NUMBERS = 8  # more different numbers than these are shown in bands
_BAND_PERCENTILES = (20, 40, 60, 80, 95)
_BAND_DIGITS = 2


class Band(msgspec.Struct, frozen=True):
    """Numbers from `low` up to, and without, `high`; `None` for no bound."""

    low: float | None
    high: float | None


ShiftedValue: TypeAlias = str | float | Band | None


class ValueShift(msgspec.Struct, frozen=True, kw_only=True):
    """One value on both sides."""

    value: ShiftedValue
    """`None` where traces do not have the attribute."""
    filter: Filter
    """Finds the traces that have it."""
    count_a: int
    count_b: int
    share_a: float
    share_b: float
    bits: float
    """How much it adds to the divergence."""


class AttributeShift(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute on both sides."""

    facet: Facet
    bits: float
    """From 0, distributed alike, to 1, nothing in common."""
    p_value: float
    """Corrected for the number of attributes."""
    values: tuple[ValueShift, ...]
    """Those that move most."""


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """What differs, and how much was looked at."""

    attributes: tuple[AttributeShift, ...]
    """The most different first; those that chance may explain are left out."""
    compared: int
    """Attributes with values frequent enough to compare."""


_Distribution: TypeAlias = Counter[ShiftedValue | Other]


def differences(
    a: Sequence[Profile], b: Sequence[Profile], ignored: frozenset[FilterField], max_values: int
) -> Differences:
    """Rank attributes by how far their values move between two sets, without those that are ignored."""
    counts_a, counts_b = count(a), count(b)
    found: list[tuple[Facet, _Distribution, _Distribution, Divergence[ShiftedValue | Other]]] = []
    for facet in dict.fromkeys((*counts_a, *counts_b)):
        if facet.field in ignored:
            continue
        of_a, of_b = counts_a.get(facet, Counter()), counts_b.get(facet, Counter())
        as_shown = _shown_as(of_a + of_b)
        shown_a, shown_b = _regrouped(of_a, as_shown), _regrouped(of_b, as_shown)
        if not facet.is_separate:
            shown_a[None], shown_b[None] = len(a) - shown_a.total(), len(b) - shown_b.total()
        measure = separate_divergence if facet.is_separate else divergence
        one = measure(_without_other(shown_a), len(a), _without_other(shown_b), len(b))
        if one is not None:
            found.append((facet, shown_a, shown_b, one))
    p_values = benjamini_hochberg([one.p_value for *_, one in found])
    shifts = [
        AttributeShift(
            facet=facet,
            bits=one.bits,
            p_value=p_value,
            values=tuple(_value_shifts(facet, one, (shown_a, len(a)), (shown_b, len(b)), max_values)),
        )
        for (facet, shown_a, shown_b, one), p_value in zip(found, p_values, strict=True)
        if p_value <= MAX_FALSE_SHARE and one.bits > 0
    ]
    shifts.sort(key=lambda shift: -shift.bits)
    return Differences(attributes=tuple(shifts), compared=len(found))


def value_filter(facet: Facet, value: ShiftedValue) -> Filter:
    """Make the filter that finds the traces with a value."""
    field = facet.field
    match value:
        case None:
            return Comparison(field, Operator.IS_NULL, None)
        case Band(low=low, high=high):
            bounds = [(Operator.GE, low), (Operator.LT, high)]
            terms = [Comparison(field, operator, bound) for operator, bound in bounds if bound is not None]
            return terms[0] if len(terms) == 1 else And(tuple(terms))
        case _:
            found = Comparison(field, Operator.EQ, value)
    if not facet.of_failed_spans:
        return found
    return And((found, Comparison(SpanField(SpanPart.STATUS), Operator.EQ, "ERROR")))


def _value_shifts(
    facet: Facet,
    found: Divergence[ShiftedValue | Other],
    side_a: tuple[_Distribution, int],
    side_b: tuple[_Distribution, int],
    max_values: int,
) -> Iterable[ValueShift]:
    (counts_a, total_a), (counts_b, total_b) = side_a, side_b
    for shift in found.shifts[:max_values]:
        value = shift.value
        if not isinstance(value, Other):
            yield ValueShift(
                value=value,
                filter=value_filter(facet, value),
                count_a=counts_a[value],
                count_b=counts_b[value],
                share_a=counts_a[value] / total_a,
                share_b=counts_b[value] / total_b,
                bits=shift.divergence,
            )


def _shown_as(counts: Counter[FacetValue]) -> Mapping[FacetValue, Band]:
    """Say in which band each number is shown, where there are too many different numbers."""
    numbers = [value for value in counts if isinstance(value, int | float)]
    if len(numbers) <= _MAX_PLAIN_NUMBERS:
        return {}
    every = np.repeat(np.array(numbers, dtype=np.float64), [counts[number] for number in numbers])
    cuts: list[float] = np.percentile(every, _BAND_PERCENTILES).tolist()
    edges = [edge for edge in sorted({_rounded(cut) for cut in cuts}) if edge > min(numbers)]
    bands = [Band(low, high) for low, high in pairwise((None, *edges, None))]
    return {number: bands[bisect_right(edges, number)] for number in numbers}


def _rounded(number: float) -> float:
    short = float(f"{number:.{_BAND_DIGITS}g}")
    return int(short) if short.is_integer() else short


def _regrouped(counts: Counter[FacetValue], as_shown: Mapping[FacetValue, Band]) -> _Distribution:
    regrouped: _Distribution = Counter()
    for value, number in counts.items():
        regrouped[as_shown.get(value, value)] += number
    return regrouped


def _without_other(counts: _Distribution) -> dict[ShiftedValue | Other, int]:
    return {value: number for value, number in counts.items() if not isinstance(value, Other)}
