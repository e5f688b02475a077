"""How much memory spans take before they are encoded."""

from typing import Final, cast

import msgspec

from trilha._capture import Captured
from trilha._span import Span

SPAN_BYTES: Final = 1_000
"""What a span takes without what it holds; measured, rounded up."""
_PART_BYTES: Final = 64
_TEXTS: Final = frozenset({str, bytes, msgspec.Raw})


def weight_bytes(span: Span) -> int:
    """Estimate what a span takes with all that it holds."""
    size_bytes = SPAN_BYTES + _held_bytes(span.inputs_kept) + _held_bytes(span.outputs_kept)
    if span.attributes_kept:
        size_bytes += _held_bytes(span.attributes_kept)
    for event in span.events_kept or ():
        size_bytes += _held_bytes(event.attributes)
    return size_bytes


def _held_bytes(value: Captured) -> int:
    kind = type(value)
    if kind in _TEXTS:
        return len(cast("str | bytes | msgspec.Raw", value))
    if kind is dict:
        parts = cast("dict[object, Captured]", value)
        return sum(map(_held_bytes, parts.values())) + _PART_BYTES * len(parts)
    if kind is list:
        items = cast("list[Captured]", value)
        return sum(map(_held_bytes, items)) + _PART_BYTES * len(items)
    return 0
