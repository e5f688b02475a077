"""Counts of whole numbers by size, in buckets so narrow that a percentile is off by one in a hundred at most."""

import struct
from bisect import bisect_right
from collections.abc import Mapping
from functools import partial
from itertools import pairwise

MOST = 2**50
"""No number is larger."""

ERROR = 0.01
"""How far a number may be from the middle of its bucket, relative to it."""

Counts = dict[int, int]
"""How many numbers there are in each bucket."""

_WIDTHS = ((2**8, "B"), (2**16, "H"), (2**32, "I"), (2**63, "q"))


def _bounds() -> list[int]:
    """Whole numbers, so that every machine cuts at the same places for ever: stored buckets depend on it."""
    bounds = [1]
    while bounds[-1] < MOST:
        bounds.append(max(bounds[-1] + 1, bounds[-1] * 51 // 50))
    return bounds


BOUNDS = _bounds()
"""The least number of each bucket but the first, which holds 0. Below 100 every number has a bucket of its own."""


bucket_of = partial(bisect_right, BOUNDS)
"""Finds the bucket of a number that is not negative."""


def middles() -> list[float]:
    """Name the number that stands for all in a bucket, for each."""
    inner = [(least + next_least - 1) / 2 for least, next_least in pairwise(BOUNDS)]
    return [0.0, *inner, float(BOUNDS[-1])]


def counts_bytes(counts: Mapping[int, int]) -> bytes:
    """Write counts, all above 0: the width of a count as a letter of `struct`, the buckets, the counts."""
    largest = max(counts.values(), default=0)
    letter = next(letter for limit, letter in _WIDTHS if largest < limit)
    size = len(counts)
    return struct.pack(f"<c{size}H{size}{letter}", letter.encode(), *counts, *counts.values())


def read_counts(data: bytes) -> Counts:
    """Read counts back."""
    letter = data[:1].decode()
    size = (len(data) - 1) // (2 + struct.calcsize(f"<{letter}"))
    values = struct.unpack_from(f"<{size}H{size}{letter}", data, 1)
    return dict(zip(values[:size], values[size:], strict=True))
