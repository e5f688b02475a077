"""Spans as OTLP protobuf, written by hand: the message classes of the protobuf package take twice the time.

Field numbers are those of opentelemetry/proto/trace/v1/trace.proto.
"""

from collections.abc import Callable
from struct import Struct
from typing import TypeAlias

AttributeValue: TypeAlias = "str | bool | int | float | bytes | list[AttributeValue] | dict[str, AttributeValue] | None"

_fixed64 = Struct("<Q").pack
_double = Struct("<d").pack
_ids = Struct(">2s16s2sQ").pack
_parent_id = Struct(">2sQ").pack
_times = Struct("<sQsQ").pack
_REMEMBERED = 4096
_SHORT_CHARS = 256


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
    name, begin = _keys[key], _text_begin(len(raw))
    pair_size = varint(len(name) + len(begin) + len(raw))
    # Joined once: the text may be long.
    return b"".join((b"\x4a", pair_size, name, begin, raw))


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
    trace_number: int,
    number: int,
    parent_number: int | None,
    name: str,
    start_ns: int,
    end_ns: int,
    parts: list[bytes],
) -> bytes:
    """Write a span as a field of its scope. `parts` are its attributes, events, links and status."""
    ids = _ids(b"\x0a\x10", trace_number.to_bytes(16, "big"), b"\x12\x08", number)
    parent = b"" if parent_number is None else _parent_id(b"\x22\x08", parent_number)
    times = _times(b"\x39", start_ns, b"\x41", end_ns)
    body = b"".join((ids, parent, _names[name], times, *parts))
    return b"\x12" + varint(len(body)) + body


def request(resource: bytes, scope: bytes, spans: list[bytes]) -> bytes:
    """Write a whole request of one resource and one scope, each a field already."""
    scope_bytes = len(scope) + sum(map(len, spans))
    begin = b"".join((resource, b"\x12", varint(scope_bytes), scope))
    resource_size = varint(len(begin) - len(scope) + scope_bytes)
    # Joined once: the spans are many.
    return b"".join((b"\x0a", resource_size, begin, *spans))


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


def _text(size_bytes: int) -> bytes:
    size = _varint(size_bytes)
    return b"\x12" + _varint(1 + len(size) + size_bytes) + b"\x0a" + size


class _Sized(dict[int, bytes]):
    """What is written of a number. That of a small one is remembered: sizes come again and again."""

    def __init__(self, write: Callable[[int], bytes]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, number: int) -> bytes:
        written = self._write(number)
        if number < _SMALL_END:
            self[number] = written
        return written


class Remembered(dict[str, bytes]):
    """What is written of a text. That of a short one is remembered, for such come again."""

    def __init__(self, write: Callable[[str], bytes]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, text: str) -> bytes:
        written = self._write(text)
        if len(text) <= _SHORT_CHARS:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = written
        return written


_SMALL_END = 0x4000
varint = _Sized(_varint).__getitem__
"""Writes a whole number, not negative."""
_text_begin = _Sized(_text).__getitem__
"""Writes what stands before a text of so many bytes as the value of an attribute."""
_keys = Remembered(lambda key: field(b"\x0a", utf8(key)))
_names = Remembered(lambda name: field(b"\x2a", utf8(name)))
_STATUSES = (b"", b"\x7a\x02\x18\x01", b"\x7a\x02\x18\x02")
