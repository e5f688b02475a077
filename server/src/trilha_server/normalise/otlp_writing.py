"""Kept spans back to OTLP in JSON, whose ids are hexadecimal."""

import base64
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from trilha_server.domain.batch import EncodedSpans
from trilha_server.domain.ids import TraceId, otel_trace_id
from trilha_server.domain.span import SpanFacts

_Json = dict[str, Any]  # Any: JSON

_IDS = ("traceId", "spanId", "parentSpanId")


def resource_spans(trace_id: TraceId, facts: list[SpanFacts], encoded: EncodedSpans) -> Iterator[_Json]:
    """Write kept spans as `ResourceSpans` of OTLP/JSON, all that was sent of each."""
    at = 0
    for group in encoded.groups:
        end = at + group.span_count
        spans = zip(facts[at:end], encoded.spans[at:end], strict=True)
        scope: _Json = {"spans": [_span(trace_id, one, raw) for one, raw in spans]}
        if group.scope:
            scope["scope"] = _json(InstrumentationScope.FromString(group.scope))
        written: _Json = {"scopeSpans": [scope]}
        if group.resource:
            written["resource"] = _json(Resource.FromString(group.resource))
        yield written
        at = end


def _span(trace_id: TraceId, facts: SpanFacts, raw: bytes) -> _Json:
    span = Span.FromString(raw)
    span.trace_id = otel_trace_id(trace_id)
    span.span_id = facts.span_id
    span.parent_span_id = facts.parent_id or b""
    span.name = facts.name
    span.start_time_unix_nano = facts.start_ns
    span.end_time_unix_nano = facts.end_ns or 0
    written = _json(span)
    for owner in (written, *written.get("links", ())):
        for key in _IDS:
            if key in owner:
                owner[key] = base64.b64decode(owner[key]).hex()
    return written


def _json(message: Message) -> _Json:
    return MessageToDict(message, use_integers_for_enums=True)
