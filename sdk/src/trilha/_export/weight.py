"""What is known of spans before they are encoded: how much memory they take, and whether files may be in them."""

from sys import getsizeof
from typing import Any, Final, TypeAlias

import msgspec

from trilha._attachment import Attachment
from trilha._capture import kind_of
from trilha._span import Span

SPAN_BYTES: Final = 1_000
"""What a span takes without what it holds; measured, rounded up."""
_PART_BYTES: Final = 64
_JSON_BEGINS: Final = frozenset("{[ \n\r\t")
_OPAQUE: Final = frozenset({bytes, msgspec.Raw, Attachment})
_WORD_CHARS: Final = 16
"""Base64 that is shorter is taken for a word."""


Weight: TypeAlias = "tuple[int, bool]"
"""How many bytes a span takes with all that it holds, by estimate, and whether anything in it is an attachment, or
begins as base64 or JSON may: nearly all texts are prose."""
WEIGHTLESS: Final = (0, False)


def weigh(span: Span) -> Weight:
    """Look at all that a span holds, once."""
    size_bytes = SPAN_BYTES
    may_hold_files = False
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
        if kind is str:
            size_bytes += getsizeof(part)  # up to four bytes for each character
            if len(part) >= _WORD_CHARS and (" " not in part[:_WORD_CHARS] or part[0] in _JSON_BEGINS):
                may_hold_files = True
        elif kind is dict:
            size_bytes += _PART_BYTES * len(part)
            parts += part.values()
        elif kind is list:
            size_bytes += _PART_BYTES * len(part)
            parts += part
        elif kind in _OPAQUE:
            size_bytes += len(part.content_bytes if kind is Attachment else part)
            may_hold_files = True
    return size_bytes, may_hold_files
