"""Spans in MLflow's two JSON forms: OTLP with snake case and base64, and the `traces.json` of its artifacts."""

import base64
import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from trilha import names

from trilha_server.domain.ids import TraceId, otel_trace_id
from trilha_server.domain.message import ToolDefinition
from trilha_server.domain.span import AttributeValue, Span, SpanFacts
from trilha_server.normalise.info import cost_parts, usage_parts
from trilha_server.normalise.meaning import payload_of, told_by
from trilha_server.normalise.values import unwrap_json

_Json = dict[str, Any]  # Any: JSON

_WRAPPED = "mlflow."
"""Clients that send attributes through OpenTelemetry's own exporter write those of MLflow as JSON text."""


def root_first(spans: Iterable[Span]) -> list[Span]:
    """Order spans as clients expect them: the root, then by start."""
    return sorted(spans, key=lambda span: (span.facts.parent_id is not None, span.facts.start_ns, span.facts.span_id))


def span_json(trace_id: TraceId, span: Span) -> _Json:
    """Write a span as `traces/get` answers it."""
    facts = span.facts
    written: _Json = {
        "trace_id": _base64(otel_trace_id(trace_id)),
        "span_id": _base64(facts.span_id),
        "name": facts.name,
        "start_time_unix_nano": facts.start_ns,
        "end_time_unix_nano": facts.end_ns or 0,
        "attributes": [_key_value(key, value) for key, value in _attributes(trace_id, span).items()],
        "status": {"code": f"STATUS_CODE_{facts.status.name}"},
    }
    if facts.parent_id is not None:
        written["parent_span_id"] = _base64(facts.parent_id)
    if span.status_message:
        written["status"]["message"] = span.status_message
    if span.events:
        written["events"] = [
            {
                "time_unix_nano": event.time_ns,
                "name": event.name,
                "attributes": [_key_value(key, value) for key, value in event.attributes.items()],
            }
            for event in span.events
        ]
    if span.links:
        written["links"] = [
            {
                "trace_id": _base64(otel_trace_id(link.trace_id)),
                "span_id": _base64(link.span_id),
                "attributes": [_key_value(key, value) for key, value in link.attributes.items()],
            }
            for link in span.links
        ]
    return written


def artifact_json(trace_id: TraceId, spans: Iterable[Span]) -> bytes:
    """Write spans as a `traces.json` artifact: attributes are JSON text."""
    written = [
        {
            "trace_id": _base64(otel_trace_id(trace_id)),
            "span_id": _base64(span.facts.span_id),
            "parent_span_id": None if span.facts.parent_id is None else _base64(span.facts.parent_id),
            "name": span.facts.name,
            "start_time_unix_nano": span.facts.start_ns,
            "end_time_unix_nano": span.facts.end_ns,
            "events": [
                {"name": event.name, "time_unix_nano": event.time_ns, "attributes": _plain(event.attributes)}
                for event in span.events
            ],
            "status": {"code": f"STATUS_CODE_{span.facts.status.name}", "message": span.status_message},
            "attributes": {key: _python_json(value) for key, value in _attributes(trace_id, span).items()},
            "links": [
                {
                    "trace_id": link.trace_id,
                    "span_id": link.span_id.hex(),
                    "attributes": _plain(link.attributes),
                }
                for link in span.links
            ],
        }
        for span in root_first(spans)
    ]
    return json.dumps({"spans": written}, ensure_ascii=False).encode()


def _attributes(trace_id: TraceId, span: Span) -> dict[str, AttributeValue]:
    """Read attributes as MLflow's client wants them: its own unwrapped, and what it looks for told in its words."""
    attributes = {
        key: unwrap_json(value) if key.startswith(_WRAPPED) else value for key, value in span.attributes.items()
    }
    attributes[names.TRACE_REQUEST_ID] = trace_id
    for key, value in (*_facts(span.facts), *_content(span)):
        if value is not None:
            attributes.setdefault(key, value)
    return attributes


def _facts(facts: SpanFacts) -> Iterator[tuple[str, AttributeValue]]:
    yield names.SPAN_TYPE, facts.span_type
    yield names.LLM_MODEL, facts.model
    yield names.LLM_PROVIDER, facts.provider
    if facts.usage is not None:
        yield names.CHAT_TOKEN_USAGE, dict(usage_parts(facts.usage))
    if facts.cost is not None:
        yield names.LLM_COST, dict(cost_parts(facts.cost))


def _content(span: Span) -> Iterator[tuple[str, AttributeValue]]:
    if names.SPAN_INPUTS in span.attributes and names.SPAN_OUTPUTS in span.attributes:
        return  # of a client that writes MLflow's own attributes
    content = payload_of(told_by(span))
    yield names.SPAN_INPUTS, content.inputs
    yield names.SPAN_OUTPUTS, content.outputs
    if content.tools:
        yield names.CHAT_TOOLS, [_tool(tool) for tool in content.tools]


def _tool(tool: ToolDefinition) -> AttributeValue:
    """Write a tool as OpenAI has it, and MLflow with it."""
    parts = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": {key: value for key, value in parts.items() if value is not None}}


def _plain(attributes: dict[str, AttributeValue]) -> dict[str, Any]:  # Any: JSON
    return {key: _base64(value) if isinstance(value, bytes) else value for key, value in attributes.items()}


def _key_value(key: str, value: AttributeValue) -> _Json:
    return {"key": key} if value is None else {"key": key, "value": _any_value(value)}


def _any_value(value: AttributeValue) -> _Json:
    if isinstance(value, str):
        return {"string_value": value}
    if isinstance(value, bool):
        return {"bool_value": value}
    if isinstance(value, int):
        return {"int_value": value}
    if isinstance(value, float):
        return {"double_value": _double(value)}
    if isinstance(value, bytes):
        return {"bytes_value": _base64(value)}
    if isinstance(value, dict):
        return {"kvlist_value": {"values": [_key_value(key, item) for key, item in value.items()]}}
    if isinstance(value, list):
        return {"array_value": {"values": [_any_value(item) for item in value]}}
    return {}


def _double(value: float) -> float | str:
    """Protobuf's JSON writes what JSON has no number for as a word."""
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def _python_json(value: AttributeValue) -> str:
    """Write JSON as Python does: clients up to 3.1 show this very text as a preview."""
    return json.dumps(value, ensure_ascii=False, default=_base64)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
