"""OTLP requests read only as deep as keeping them needs: attributes, events, links and status stay bytes.

The same bytes on the wire, read with fewer message types: walking the attributes as OTLP's own messages takes Python
twice the time.
"""

from collections.abc import Sequence
from typing import Any, Protocol, cast

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from trilha_server.domain.errors import InvalidInput


class SpanEnvelope(Protocol):
    """A span whose parts are bytes."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    name: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    attributes: Sequence[bytes]
    events: Sequence[bytes]
    status: bytes

    def ClearField(self, field_name: str) -> None:  # noqa: N802  # protobuf's name
        """Forget a field."""
        ...

    def SerializeToString(self) -> bytes:  # noqa: N802  # protobuf's name
        """Write the span."""
        ...


class ScopeSpansEnvelope(Protocol):
    """Spans of one scope."""

    scope: bytes
    spans: Sequence[SpanEnvelope]


class ResourceSpansEnvelope(Protocol):
    """Spans of one resource."""

    resource: bytes
    scope_spans: Sequence[ScopeSpansEnvelope]


class RequestEnvelope(Protocol):
    """A whole request."""

    resource_spans: Sequence[ResourceSpansEnvelope]


# Names and numbers of fields are those of opentelemetry/proto/trace/v1/trace.proto.
_MESSAGES: dict[str, list[tuple[str, int, str]]] = {
    "Span": [
        ("trace_id", 1, "bytes"),
        ("span_id", 2, "bytes"),
        ("trace_state", 3, "bytes"),
        ("parent_span_id", 4, "bytes"),
        ("name", 5, "string"),
        ("kind", 6, "int32"),
        ("start_time_unix_nano", 7, "fixed64"),
        ("end_time_unix_nano", 8, "fixed64"),
        ("attributes", 9, "repeated bytes"),
        ("dropped_attributes_count", 10, "uint32"),
        ("events", 11, "repeated bytes"),
        ("dropped_events_count", 12, "uint32"),
        ("links", 13, "repeated bytes"),
        ("dropped_links_count", 14, "uint32"),
        ("status", 15, "bytes"),
        ("flags", 16, "fixed32"),
    ],
    "ScopeSpans": [("scope", 1, "bytes"), ("spans", 2, "repeated Span")],
    "ResourceSpans": [("resource", 1, "bytes"), ("scope_spans", 2, "repeated ScopeSpans")],
    "Request": [("resource_spans", 1, "repeated ResourceSpans")],
}

_TYPES = {
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "string": FieldDescriptorProto.TYPE_STRING,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "fixed32": FieldDescriptorProto.TYPE_FIXED32,
    "fixed64": FieldDescriptorProto.TYPE_FIXED64,
}


def open_envelope(body: bytes) -> RequestEnvelope:
    """Read a request after checking that OTLP can read it to its last byte. Raises `InvalidInput`."""
    try:
        ExportTraceServiceRequest.FromString(body)
        return cast(RequestEnvelope, _REQUEST.FromString(body))
    except DecodeError as error:
        raise InvalidInput("the body is not an OTLP trace request in protobuf") from error


def open_span(encoded: bytes) -> SpanEnvelope:
    """Read one span that was kept."""
    return cast(SpanEnvelope, _SPAN.FromString(encoded))


def _message_classes() -> tuple[Any, Any]:  # Any: message classes made at run time
    file = FileDescriptorProto(name="trilha/envelope.proto", package="trilha", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind in fields:
            _add_field(message, field_name, number, kind)
    pool = DescriptorPool()
    pool.Add(file)
    request, span = (GetMessageClass(pool.FindMessageTypeByName(f"trilha.{name}")) for name in ("Request", "Span"))
    return request, span


def _add_field(message: DescriptorProto, name: str, number: int, kind: str) -> None:
    repeated = kind.startswith("repeated ")
    kind = kind.removeprefix("repeated ")
    label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    field = message.field.add(name=name, number=number, label=label)
    if kind in _TYPES:
        field.type = _TYPES[kind]
    else:
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".trilha.{kind}"


_REQUEST, _SPAN = _message_classes()
