"""Spans as OpenTelemetry writes them, built by hand where a test needs them odd."""

import itertools
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

PROTOBUF = "application/x-protobuf"
START_NS = 1_795_000_000_000_000_000
OK, ERROR = Status.STATUS_CODE_OK, Status.STATUS_CODE_ERROR

_moments_ns = itertools.count(START_NS, 1_000_000)


def new_trace_id() -> bytes:
    """Make a trace id that nobody has used."""
    return secrets.token_bytes(16)


def mlflow_id(trace_id: bytes) -> str:
    """Write a trace id as MLflow's clients know it."""
    return f"tr-{trace_id.hex()}"


def any_value(value: Any) -> AnyValue:  # Any: whatever an attribute may hold
    """Write a value as OTLP does."""
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case Mapping():
            return AnyValue(kvlist_value=KeyValueList(values=key_values(value)))  # pyright: ignore[reportUnknownArgumentType]  # whatever it holds
        case Sequence():
            return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))  # pyright: ignore[reportUnknownVariableType]  # whatever it holds
        case _:
            raise TypeError(value)


def key_values(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Write attributes as OTLP does."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def a_span(
    trace_id: bytes,
    *,
    name: str = "call",
    span_id: bytes | None = None,
    parent_id: bytes = b"",
    attributes: Mapping[str, Any] | None = None,
    status: Any = OK,
    start_ns: int | None = None,
    duration_ns: int = 500_000,
) -> Span:
    """Make a finished span; each begins a millisecond after the one before."""
    start_ns = next(_moments_ns) if start_ns is None else start_ns
    return Span(
        trace_id=trace_id,
        span_id=span_id or secrets.token_bytes(8),
        parent_span_id=parent_id,
        name=name,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=start_ns + duration_ns,
        attributes=key_values(attributes or {}),
        status=Status(code=status),
    )


def a_request(*spans: Span, resource: Mapping[str, Any] | None = None) -> ExportTraceServiceRequest:
    """Put spans of one service into a request."""
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=key_values(resource or {})), scope_spans=[ScopeSpans(spans=spans)]
            )
        ]
    )


def post_spans(
    url: str, request: ExportTraceServiceRequest | bytes, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Send spans as protobuf."""
    body = request if isinstance(request, bytes) else request.SerializeToString()
    return httpx.post(
        f"{url}/v1/traces", content=body, headers={"Content-Type": PROTOBUF, **(headers or {})}, timeout=60
    )
