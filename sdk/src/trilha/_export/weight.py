"""How much memory spans take before they are encoded."""

from sys import getsizeof
from typing import Any, Final

import msgspec

from trilha._attachment import Attachment
from trilha._capture import kind_of
from trilha._span import Span

SPAN_BYTES: Final = 1_000
"""What a span takes without what it holds; measured, rounded up."""
_PART_BYTES: Final = 64
_TEXTS: Final = frozenset({str, bytes})


def weight_bytes(span: Span) -> int:
    """Estimate what a span takes with all that it holds."""
    size_bytes = SPAN_BYTES
    parts: list[Any] = [span.inputs_kept, span.outputs_kept, span.attributes_kept]  # Any: whatever was captured
    if span.events_kept:
        parts += [event.attributes for event in span.events_kept]
    if span.description:
        parts.append(span.description)
    if span.is_local_root:
        trace = span.trace
        parts += (trace.tags, trace.metadata, trace.request_preview, trace.response_preview)
    for part in parts:  # which grow meanwhile by what the parts hold
        kind = kind_of(part)
        if kind in _TEXTS:
            size_bytes += getsizeof(part)  # up to four bytes for each character
        elif kind is dict:
            size_bytes += _PART_BYTES * len(part)
            parts += part.values()
        elif kind is list:
            size_bytes += _PART_BYTES * len(part)
            parts += part
        elif kind is msgspec.Raw:
            size_bytes += len(part)
        elif kind is Attachment:
            size_bytes += len(part.content_bytes)
    return size_bytes
