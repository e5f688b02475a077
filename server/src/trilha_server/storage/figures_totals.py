"""Adds up what is known of traces or spans by group: number by number, or from rows that are sums already."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from trilha_server.domain.figures import MAX_GROUPS, Distribution
from trilha_server.storage.histogram import ERROR, bucket_of, middles

NANO = 1_000_000_000
TOKENS = ("input_tokens", "output_tokens", "tokens_total", "cache_read_tokens", "cache_write_tokens")
"""Columns of traces, in the order of the sums by the hour."""
MAX_TOKENS = 2.0**50
"""No more are counted of one trace: a sum of some thousand of them fits 64 bits."""
Numbers: TypeAlias = "npt.NDArray[Any]"
_MIDDLES = np.array(middles())
_BUCKET = np.dtype("<u2")
_WIDTHS = {ord(letter): np.dtype(f"<{letter}") for letter in "BHIq"}

Group = tuple[str | None, ...]
Place = tuple[int | None, Group]
"""The start of a time step, if there are any, and a group."""

M = TypeVar("M")


class Total(Generic[M]):
    """What is known of one group; `M` is what else is measured."""

    __slots__ = ("durations", "errors", "histograms", "measured", "numbers", "sessions")

    def __init__(self, size: int) -> None:
        self.numbers = [0] * size
        """In the order of the columns of the sums by the hour."""
        self.errors = 0
        self.durations: list[int] = []
        self.histograms: list[bytes] = []
        self.measured: dict[M, list[float]] = {}
        self.sessions: set[str] = set()

    def add(self, numbers: Iterable[int]) -> None:
        """Add numbers."""
        self.numbers = [old + new for old, new in zip(self.numbers, numbers, strict=True)]

    def add_all(self, other: "Total[M]") -> None:
        """Add what another group holds."""
        self.add(other.numbers)
        self.errors += other.errors
        self.durations += other.durations
        self.histograms += other.histograms
        self.sessions |= other.sessions
        for measure, values in other.measured.items():
            self.measured.setdefault(measure, []).extend(values)

    def duration(self, percentiles: Sequence[float], unit: int) -> Distribution:
        """Say how the durations are distributed; `unit` of them is what they are told in."""
        _, count, total, *_ = self.numbers
        if not self.histograms:
            exact = distribution(np.asarray(self.durations, dtype=np.float64) / unit, percentiles)
            return Distribution(
                count=count, total=total / unit, least=exact.least, most=exact.most, percentiles=exact.percentiles
            )
        counts = _added(self.histograms)
        for bucket, number in Counter(map(bucket_of, self.durations)).items():
            counts[bucket] += number
        used = np.flatnonzero(counts)
        if not len(used):
            return Distribution()
        sizes, ends = _MIDDLES[used] / unit, np.cumsum(counts[used])
        return Distribution(
            count=count,
            total=total / unit,
            least=float(sizes[0]),
            most=float(sizes[-1]),
            percentiles=tuple(_percentile(sizes, ends, percentile) for percentile in percentiles),
        )

    @property
    def error(self) -> float:
        """How far a percentile may be off."""
        return ERROR if self.histograms else 0.0


class Totals(Generic[M]):
    """What is known of all groups."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.by_place: dict[Place, Total[M]] = {}

    def at(self, place: Place) -> Total[M]:
        """Find a group, or begin one."""
        total = self.by_place.get(place)
        if total is None:
            total = self.by_place[place] = Total(self._size)
        return total

    def renamed(self, rename: Callable[[Group], Group]) -> "Totals[M]":
        """Put groups together that have one name."""
        renamed: Totals[M] = Totals(self._size)
        for (start, group), total in self.by_place.items():
            renamed.at((start, rename(group))).add_all(total)
        return renamed

    def largest(self, limit: int) -> tuple[list[tuple[Place, Total[M]]], bool]:
        """Choose the groups that have the most of the whole time, in the order of rows; says whether these are all."""
        sizes: Counter[Group] = Counter()
        for (_, group), total in self.by_place.items():
            sizes[group] += total.numbers[0]
        kept = sorted(sizes, key=lambda group: (-sizes[group], sortable(group)))[: min(limit, MAX_GROUPS)]
        chosen = set(kept)
        rows = [(place, total) for place, total in self.by_place.items() if place[1] in chosen]
        rows.sort(key=lambda row: (row[0][0] or 0, -row[1].numbers[0], sortable(row[0][1])))
        return rows, len(kept) == len(sizes)


def distribution(numbers: "Sequence[float] | Numbers", percentiles: Sequence[float]) -> Distribution:
    """Say how numbers are distributed, exactly."""
    if not len(numbers):
        return Distribution()
    array = np.asarray(numbers, dtype=np.float64)
    return Distribution(
        count=len(array),
        total=math.fsum(array),
        least=float(array.min()),
        most=float(array.max()),
        percentiles=tuple(np.percentile(array, percentiles).tolist()) if percentiles else (),
    )


def distributions(total: Total[M], measures: Iterable[M], percentiles: Sequence[float]) -> dict[M, Distribution]:
    """Say how each thing that was measured is distributed."""
    return {measure: distribution(total.measured.get(measure, ()), percentiles) for measure in measures}


def sortable(group: Group) -> tuple[tuple[bool, str], ...]:
    """Order groups by their values, none last."""
    return tuple((value is None, value or "") for value in group)


def _percentile(sizes: Numbers, ends: Numbers, percentile: float) -> float:
    """Interpolate between the two numbers next to a place, as `np.percentile` does."""
    place = percentile / 100 * (int(ends[-1]) - 1)
    lower = math.floor(place)
    below, above = (sizes[np.searchsorted(ends, at, side="right")] for at in (lower, math.ceil(place)))
    return float(below + (above - below) * (place - lower))


def _added(histograms: Iterable[bytes]) -> Numbers:
    """Add up what `histogram.counts_bytes` has written, without a Python object for each number."""
    buckets: list[Numbers] = []
    counts: list[Numbers] = []
    for data in histograms:
        width = _WIDTHS[data[0]]
        size = (len(data) - 1) // (2 + width.itemsize)
        buckets.append(np.frombuffer(data, _BUCKET, size, 1))
        counts.append(np.frombuffer(data, width, size, 1 + 2 * size))
    return np.bincount(np.concatenate(buckets), np.concatenate(counts), len(_MIDDLES))
