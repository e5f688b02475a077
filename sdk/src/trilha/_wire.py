"""Spans as OTLP protobuf, written by hand: the message classes of the protobuf package take twice the time.

Field numbers are those of opentelemetry/proto/trace/v1/trace.proto.
"""

from struct import Struct
from typing import TypeAlias

AttributeValue: TypeAlias = "str | bool | int | float | bytes | list[AttributeValue] | dict[str, AttributeValue] | None"

_fixed64 = Struct("<Q").pack
_double = Struct("<d").pack
_REMEMBERED = 4096
_SHORT_CHARS = 256


def varint(number: int) -> bytes:
    """Write a whole number, not negative."""
    return _SMALL[number] if number < _SMALL_END else _varint(number)


def utf8(text: str) -> bytes:
    """Write text; what is no Unicode becomes a question mark, for a lone surrogate must not lose a span."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace")


def field(tag: bytes, payload: bytes) -> bytes:
    """Write a field that carries its length."""
    return tag + varint(len(payload)) + payload


def text_attribute(key: str, text: str) -> bytes:
    """Write an attribute of a span that is text."""
    return utf8_attribute(key, utf8(text))


def utf8_attribute(key: str, raw: bytes) -> bytes:
    """Write an attribute of a span that is text, encoded already."""
    name, size = _keys[key], varint(len(raw))
    value_bytes = 1 + len(size) + len(raw)
    value_size = varint(value_bytes)
    pair_size = varint(len(name) + 1 + len(value_size) + value_bytes)
    # Joined once: the text may be long.
    return b"".join((b"\x4a", pair_size, name, b"\x12", value_size, b"\x0a", size, raw))


def attribute(key: str, value: AttributeValue) -> bytes:
    """Write an attribute of a span."""
    return text_attribute(key, value) if isinstance(value, str) else _attribute(key, any_value(value))


def any_value(value: AttributeValue) -> bytes:
    """Write a value as OTLP's AnyValue; an integer beyond 64 bits becomes text."""
    if isinstance(value, str):
        return field(b"\x0a", utf8(value))
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return b"\x18" + varint(value & 0xFFFF_FFFF_FFFF_FFFF)
        return field(b"\x0a", str(value).encode())
    if isinstance(value, float):
        return b"\x21" + _double(value)
    if isinstance(value, bytes):
        return field(b"\x3a", value)
    if isinstance(value, dict):
        return field(b"\x32", b"".join(field(b"\x0a", _pair(key, any_value(item))) for key, item in value.items()))
    if isinstance(value, list):
        return field(b"\x2a", b"".join(field(b"\x0a", any_value(item)) for item in value))
    return b""


def event(name: str, time_ns: int, attributes: dict[str, AttributeValue]) -> bytes:
    """Write an event of a span."""
    body = b"".join(
        (
            b"\x09",
            _fixed64(time_ns),
            field(b"\x12", utf8(name)),
            *(field(b"\x1a", _pair(key, any_value(value))) for key, value in attributes.items()),
        )
    )
    return field(b"\x5a", body)


def link(trace_id: bytes, span_id: bytes, attributes: dict[str, AttributeValue]) -> bytes:
    """Write a link of a span."""
    body = b"".join(
        (
            b"\x0a\x10",
            trace_id,
            b"\x12\x08",
            span_id,
            *(field(b"\x22", _pair(key, any_value(value))) for key, value in attributes.items()),
        )
    )
    return field(b"\x6a", body)


def status(code: int, message: str) -> bytes:
    """Write the status of a span; 1 is OK, 2 is an error."""
    if code == 0 or not message:
        return _STATUSES[code]
    return field(b"\x7a", field(b"\x12", utf8(message)) + b"\x18" + varint(code))


def span(  # one argument for each field
    trace_id: bytes,
    span_id: bytes,
    parent_id: bytes | None,
    name: str,
    start_ns: int,
    end_ns: int,
    parts: list[bytes],
) -> bytes:
    """Write a span as a field of its scope. `parts` are its attributes, events, links and status."""
    ids = (b"\x0a\x10", trace_id, b"\x12\x08", span_id)
    parent = () if parent_id is None else (b"\x22\x08", parent_id)
    body = b"".join((*ids, *parent, _names[name], b"\x39", _fixed64(start_ns), b"\x41", _fixed64(end_ns), *parts))
    return b"\x12" + varint(len(body)) + body


def request(resource: bytes, scope: bytes, spans: list[bytes]) -> bytes:
    """Write a whole request of one resource and one scope, each a field already."""
    scope_spans = b"".join((scope, *spans))
    resource_spans = resource + field(b"\x12", scope_spans)
    return field(b"\x0a", resource_spans)


def resource(attributes: dict[str, AttributeValue]) -> bytes:
    """Write what the spans' process says of itself."""
    return field(b"\x0a", b"".join(field(b"\x0a", _pair(key, any_value(value))) for key, value in attributes.items()))


def scope(name: str, version: str) -> bytes:
    """Write which library made the spans."""
    return field(b"\x0a", field(b"\x0a", utf8(name)) + field(b"\x12", utf8(version)))


def _attribute(key: str, value: bytes) -> bytes:
    body = _pair(key, value)
    return b"\x4a" + varint(len(body)) + body


def _pair(key: str, value: bytes) -> bytes:
    return _keys[key] + b"\x12" + varint(len(value)) + value


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


class _Small(dict[int, bytes]):
    """Numbers below `_SMALL_END` as they are written, once they were: sizes come again and again."""

    def __missing__(self, number: int) -> bytes:
        written = self[number] = _varint(number)
        return written


class _Written(dict[str, bytes]):
    """Texts as a field. Short ones are remembered, for they come again."""

    def __init__(self, tag: bytes) -> None:
        super().__init__()
        self._tag = tag

    def __missing__(self, text: str) -> bytes:
        written = field(self._tag, utf8(text))
        if len(text) <= _SHORT_CHARS:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = written
        return written


_SMALL = _Small()
_SMALL_END = 0x4000
_keys = _Written(b"\x0a")
_names = _Written(b"\x2a")
_STATUSES = (b"", b"\x7a\x02\x18\x01", b"\x7a\x02\x18\x02")
