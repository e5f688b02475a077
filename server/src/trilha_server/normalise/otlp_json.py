"""OTLP in JSON, whose ids are hexadecimal, to OTLP messages."""

import base64
import binascii
from typing import Any

import msgspec
from google.protobuf.json_format import ParseDict, ParseError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from trilha_server.domain.batch import Rejection
from trilha_server.domain.errors import InvalidInput
from trilha_server.normalise.values import read_json

_Json = dict[str, Any]  # Any: JSON of any shape, checked as it is read

_MAX_DEPTH = 100
_NOTHING: list[object] = []


def parse_json(body: bytes) -> tuple[ExportTraceServiceRequest, list[Rejection]]:
    """Read an OTLP request; spans that cannot be read are left out and named. Raises `InvalidInput`."""
    try:
        document = read_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput("the body is not JSON") from error
    request = ExportTraceServiceRequest()
    rejections: list[Rejection] = []
    for resource_spans in _objects(_object(document, "the body"), "resourceSpans", "resource_spans"):
        target = request.resource_spans.add()
        _parse(resource_spans.get("resource"), target.resource)
        for scope_spans in _objects(resource_spans, "scopeSpans", "scope_spans"):
            scope = target.scope_spans.add()
            _parse(scope_spans.get("scope"), scope.scope)
            for span in _objects(scope_spans, "spans", "spans"):
                try:
                    scope.spans.append(_span(span))
                except (ParseError, ValueError, TypeError, RecursionError) as error:
                    rejections.append(Rejection("json", f"{_shown(span)}: {_reason(error)}"))
    return request, rejections


def _span(span: _Json) -> Span:
    fields = dict(span)
    _hex_to_base64(fields)
    fields["links"] = [dict(link) for link in _objects(span, "links", "links")]
    for link in fields["links"]:
        _hex_to_base64(link)
    return ParseDict(fields, Span(), ignore_unknown_fields=True, max_recursion_depth=_MAX_DEPTH)


def _shown(span: _Json) -> str:
    span_id = span.get("spanId", span.get("span_id", ""))
    return f"span '{str(span.get('name', ''))[:80]}' ({str(span_id)[:32] or 'without id'})"


def _reason(error: Exception) -> str:
    """Name the field, without what Python says of it."""
    return str(error).partition(":")[0][:200]


def _hex_to_base64(fields: _Json) -> None:
    for key in ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"):
        value = fields.get(key)
        if value is None:
            continue
        try:
            fields[key] = base64.b64encode(bytes.fromhex(value)).decode()
        except (ValueError, TypeError, binascii.Error) as error:
            raise ValueError(f"{key} must be hexadecimal") from error


def _parse(fields: object, target: Resource | InstrumentationScope) -> None:
    if fields is None:
        return
    try:
        ParseDict(_object(fields, "a resource or scope"), target, ignore_unknown_fields=True)
    except (ParseError, RecursionError) as error:
        raise InvalidInput("a resource or scope of the body is not OTLP") from error


def _object(value: object, what: str) -> _Json:
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} must be a JSON object")
    return value  # pyright: ignore[reportUnknownVariableType]  # JSON


def _objects(owner: _Json, *spellings: str) -> list[_Json]:
    value: object = next((owner[key] for key in spellings if owner.get(key) is not None), _NOTHING)
    if not isinstance(value, list):
        raise InvalidInput(f"{spellings[0]} must be a list")
    items: list[object] = value  # pyright: ignore[reportUnknownVariableType]  # JSON
    return [_object(item, f"each of {spellings[0]}") for item in items]
