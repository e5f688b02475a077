"""The `traces.json` that MLflow's clients upload, to an OTLP request."""

import base64
import binascii
import json
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import TraceId, otel_trace_id
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.values import to_key_values

_STATUS = {
    "STATUS_CODE_OK": Status.STATUS_CODE_OK,
    "OK": Status.STATUS_CODE_OK,
    "STATUS_CODE_ERROR": Status.STATUS_CODE_ERROR,
    "ERROR": Status.STATUS_CODE_ERROR,
}

_Attributes = dict[str, Any] | None  # Any: JSON


class _Status(msgspec.Struct):
    code: str = ""
    message: str | None = None


class _Event(msgspec.Struct):
    name: str
    time_unix_nano: int | None = None
    timestamp: int | None = None
    """The former name of the time."""
    attributes: _Attributes = None


class _Link(msgspec.Struct):
    trace_id: str
    span_id: str
    attributes: _Attributes = None


class _Context(msgspec.Struct):
    span_id: str


class _Span(msgspec.Struct):
    name: str
    span_id: str = ""
    parent_span_id: str | None = None
    start_time_unix_nano: int = 0
    end_time_unix_nano: int | None = None
    status: _Status | None = None
    attributes: _Attributes = None
    events: list[_Event] | None = None
    links: list[_Link] | None = None
    # The form before MLflow 3.0:
    context: _Context | None = None
    parent_id: str | None = None
    start_time: int = 0
    end_time: int | None = None
    status_code: str = ""
    status_message: str | None = None


class _Artifact(msgspec.Struct):
    spans: list[_Span]


def parse_artifact(trace_id: TraceId, body: bytes) -> ExportTraceServiceRequest:
    """Read the spans of one trace. Raises `InvalidInput`."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    try:
        # Python's reader, because the client writes not-a-number as Python does.
        artifact = msgspec.convert(json.loads(body), _Artifact)
        scope.spans.extend(_span(trace_id, span) for span in artifact.spans)
    except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
        raise InvalidInput("the artifact is not the traces.json of an MLflow client") from error
    return request


def _span(trace_id: TraceId, span: _Span) -> Span:
    is_old = span.context is not None
    span_id = _from_hex(span.context.span_id) if span.context is not None else _from_base64(span.span_id)
    parent_id = _from_hex(span.parent_id) if is_old else _from_base64(span.parent_span_id)
    status = _Status(span.status_code, span.status_message) if is_old else span.status or _Status()
    return Span(
        trace_id=otel_trace_id(trace_id),
        span_id=span_id,
        parent_span_id=parent_id,
        name=span.name,
        start_time_unix_nano=span.start_time if is_old else span.start_time_unix_nano,
        end_time_unix_nano=(span.end_time if is_old else span.end_time_unix_nano) or 0,
        status=Status(code=_STATUS.get(status.code, Status.STATUS_CODE_UNSET), message=status.message or ""),
        attributes=to_key_values({key: _from_text(value) for key, value in (span.attributes or {}).items()}),
        events=[
            Span.Event(
                name=event.name,
                time_unix_nano=event.time_unix_nano or event.timestamp or 0,
                attributes=to_key_values(event.attributes or {}),
            )
            for event in span.events or []
        ],
        links=[
            Span.Link(
                trace_id=bytes.fromhex(link.trace_id.removeprefix("tr-")),
                span_id=bytes.fromhex(link.span_id),
                attributes=to_key_values(link.attributes or {}),
            )
            for link in span.links or []
        ],
    )


def _from_text(value: Any) -> AttributeValue:  # Any: JSON
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _from_hex(text: str | None) -> bytes:
    return b"" if not text else bytes.fromhex(text.removeprefix("0x").zfill(16))


def _from_base64(text: str | None) -> bytes:
    try:
        return b"" if not text else base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("ids are base64") from error
