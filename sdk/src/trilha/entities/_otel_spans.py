"""Spans as messages of OpenTelemetry's protobuf package, and back."""

import json
from typing import TYPE_CHECKING, Any, cast

from trilha import _faults, _wire, names
from trilha._span_parts import Link, SpanEvent, SpanStatus, SpanStatusCode
from trilha.exceptions import InvalidInput, TrilhaError

if TYPE_CHECKING:
    from trilha.entities._spans import Span

_Message = Any  # Any: a message of protobuf, whose package need not be there to be typed
_CODES = (SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR)
_MOST_LEVELS = 20
"""Protobuf is read a hundred levels deep, and each level of a map takes three."""


def proto_of(span: "Span") -> _Message:
    """Write a span as a message. Raises `TrilhaError` where the package of the messages is not installed."""
    try:
        from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans  # noqa: PLC0415  # in few surroundings
    except ImportError as error:
        raise TrilhaError("the messages of OpenTelemetry are not installed: pip install opentelemetry-proto") from error
    attributes = {**span.attributes, names.TRACE_REQUEST_ID: span.trace_id}
    parts = [
        *(_wire.attribute(str(key), _plain(value)) for key, value in attributes.items()),
        *(_wire.event(event.name, event.timestamp, _plain_pairs(event.attributes)) for event in span.events),
        *map(_link, span.links),
        _status(span.status),
    ]
    written = _wire.span(
        int(_digits(span.trace_id), 16),
        int(span.span_id, 16),
        None if span.parent_id is None else int(span.parent_id, 16),
        span.name,
        span.start_time_ns,
        span.end_time_ns or 0,
        parts,
    )
    scope: _Message = cast("_Message", ScopeSpans).FromString(written)  # what `_wire` writes is a field of it
    return scope.spans[0]


def fields_of(proto: _Message, location_id: str | None, *, preserves_id: bool) -> dict[str, Any]:
    """Read the fields of a span from a message. Raises `InvalidInput` where it has no ids."""
    if not proto.trace_id or not proto.span_id:
        raise InvalidInput("a span needs a trace_id and a span_id")
    attributes = _pairs_of(proto.attributes)
    digits = proto.trace_id.hex()
    derived = f"trace:/{location_id}/{digits}" if location_id else f"tr-{digits}"
    said = attributes.get(names.TRACE_REQUEST_ID)
    trace_id = said if preserves_id and isinstance(said, str) and said else derived
    code: int = proto.status.code
    return {
        "trace_id": trace_id,
        "span_id": proto.span_id.hex(),
        "parent_id": proto.parent_span_id.hex() or None,
        "name": proto.name,
        "start_time_ns": proto.start_time_unix_nano,
        "end_time_ns": proto.end_time_unix_nano or None,
        "status": SpanStatus(_CODES[code] if code < len(_CODES) else SpanStatusCode.UNSET, proto.status.message),
        "attributes": {**attributes, names.TRACE_REQUEST_ID: trace_id},
        "events": [SpanEvent(each.name, each.time_unix_nano, _pairs_of(each.attributes)) for each in proto.events],
        "links": [
            Link(f"tr-{each.trace_id.hex()}", each.span_id.hex(), _pairs_of(each.attributes)) for each in proto.links
        ],
    }


def _digits(trace_id: str) -> str:
    """Return the digits of an id such as `tr-…` or `trace:/place/…`."""
    return trace_id.rpartition("/")[2].removeprefix("tr-")


def _status(status: SpanStatus) -> bytes:
    """Write a status, even one that says nothing: a message has it or has it not."""
    message, code = _wire.utf8(status.description or ""), _CODES.index(status.status_code)
    return _wire.field(b"\x7a", _wire.field(b"\x12", message) + b"\x18" + _wire.varint(code))


def _link(link: Link) -> bytes:
    try:
        trace_id, span_id = (
            int(_digits(link.trace_id), 16).to_bytes(16, "big"),
            int(link.span_id, 16).to_bytes(8, "big"),
        )
    except (OverflowError, ValueError) as error:  # ids of other systems, which OpenTelemetry has no room for
        _faults.note("a link could not be written for OpenTelemetry", error)
        return b""
    return _wire.link(trace_id, span_id, _plain_pairs(link.attributes or {}))


def _plain_pairs(attributes: dict[str, Any]) -> dict[str, _wire.AttributeValue]:
    return {str(key): _plain(value) for key, value in attributes.items()}


def _plain(value: Any, levels: int = _MOST_LEVELS) -> _wire.AttributeValue:  # Any: JSON, or what an application said
    """Say the same with what OTLP has; as JSON text where it is too deep to be read."""
    if value is None or isinstance(value, str | bool | int | float | bytes):
        return value
    if not isinstance(value, dict | list | tuple):
        return str(value)
    if not levels:
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value).items()
        return {str(key): _plain(item, levels - 1) for key, item in pairs}
    return [_plain(item, levels - 1) for item in cast("list[Any]", value)]


def _pairs_of(attributes: _Message) -> dict[str, Any]:
    return {pair.key: _value_of(pair.value) for pair in attributes}


def _value_of(value: _Message) -> Any:  # Any: as the other side has said it
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value_of(item) for item in value.array_value.values]
        case "kvlist_value":
            return _pairs_of(value.kvlist_value.values)
        case kind:
            return getattr(value, kind)
