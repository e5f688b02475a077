"""What is read of a span while it is taken in: every span pays for this, so it reads few attributes, and those once."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2
from trilha import names

from trilha_server.domain.batch import Rejection, RootFacts
from trilha_server.domain.ids import SpanId
from trilha_server.domain.span import AttributeValue, SpanEvent, SpanFacts, SpanStatus
from trilha_server.normalise import meaning
from trilha_server.normalise.convention import Told
from trilha_server.normalise.envelope import SpanEnvelope
from trilha_server.normalise.trace_said import trace_said
from trilha_server.normalise.values import from_any_value

MAX_TIME_NS = 2**63 - 1  # the year 2262; the stores count in signed 64 bits
_NO_TRACE = bytes(16)
_NO_SPAN = bytes(8)
_STATUS = {0: SpanStatus.UNSET, 1: SpanStatus.OK, 2: SpanStatus.ERROR}
_STATUS_BYTES = {b"\x18\x01": SpanStatus.OK, b"\x18\x02": SpanStatus.ERROR}  # as most are written
_FACT_KEYS = frozenset(key.encode() for key in meaning.FACT_KEYS)
_SMALL_BYTES = 256
_MODEL_TYPES = ("CHAT_MODEL", "LLM")
_EDGE_EVENTS = 100
"""So many events are read for previews, from the start and from the end: a stream has one for each piece."""


class BadSpan(Exception):
    """One span cannot be kept; the others of its request can."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.detail)
        self.rejection = rejection


def read_facts(span: SpanEnvelope, scope_name: str) -> SpanFacts:
    """Read a span as deep as trees, totals and search need it. Raises `BadSpan`."""
    span_id, parent_id, status = span.span_id, span.parent_span_id, span.status
    start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
    if len(span.trace_id) != 16 or span.trace_id == _NO_TRACE:
        raise _bad(span, "trace_id", "the trace id must be 16 bytes, not all zero")
    if len(span_id) != 8 or span_id == _NO_SPAN:
        raise _bad(span, "span_id", "the span id must be 8 bytes, not all zero")
    if parent_id and len(parent_id) != 8:
        raise _bad(span, "parent_id", "the parent's span id must be 8 bytes or empty")
    if not 0 < start_ns <= MAX_TIME_NS or end_ns > MAX_TIME_NS:
        raise _bad(span, "time", "the start time must be set, in Unix nanoseconds")
    told = _meaning_of(span, scope_name)
    return SpanFacts(
        SpanId(span_id),
        None if not parent_id or parent_id == _NO_SPAN else SpanId(parent_id),
        span.name,
        told.span_type,
        start_ns,
        end_ns or None,
        _STATUS_BYTES.get(status) or _status(status) if status else SpanStatus.UNSET,
        told.usage,
        told.cost,
        told.model,
        told.provider,
        None,
        told.session,
        told.user,
    )


def read_root(span: SpanEnvelope, scope_name: str, resource: Mapping[str, AttributeValue]) -> RootFacts:
    """Read what a root tells of its trace."""
    as_written = told_by(span, span.name, scope_name)
    told = meaning.root_of(as_written)
    said = trace_said(as_written.attributes)
    name = told.name or span.name
    tags = {names.TRACE_NAME: name} if name else {}
    service = service_name_of(resource)
    if service is not None:
        tags[names.OTEL_SERVICE_NAME] = service
    version = resource.get(names.OTEL_SERVICE_VERSION)
    if isinstance(version, str) and version:
        tags[names.OTEL_SERVICE_VERSION] = version
    return RootFacts(
        span_id=SpanId(span.span_id),
        request_preview=said.request_preview or told.request_preview,
        response_preview=said.response_preview or told.response_preview,
        metadata=said.metadata,
        tags=tags | told.tags,
        client_request_id=said.client_request_id,
        state=said.state,
    )


def told_by(span: SpanEnvelope, name: str, scope_name: str) -> Told:
    """Read a span as its conventions see it: all attributes, the first and the last events."""
    events = span.events[:]
    if len(events) > 2 * _EDGE_EVENTS:
        events = [*events[:_EDGE_EVENTS], *events[-_EDGE_EVENTS:]]
    return Told(
        name,
        scope_name,
        dict(map(_pair, span.attributes[:])),
        [read_event(trace_pb2.Span.Event.FromString(event)) for event in events],
    )


def scope_name_of(scope: bytes) -> str:
    """Read the name of an instrumentation."""
    return (_small_scope_name if len(scope) <= _SMALL_BYTES else _scope_name)(scope)


def service_name_of(resource: Mapping[str, AttributeValue]) -> str | None:
    """Read the name of the service that sent a span; `None` for the placeholder of OpenTelemetry's SDKs."""
    name = resource.get(names.OTEL_SERVICE_NAME)
    return name if isinstance(name, str) and name.strip() and not name.startswith("unknown_service") else None


def read_event(event: trace_pb2.Span.Event) -> SpanEvent:
    """Read an event of a span."""
    return SpanEvent(name=event.name, time_ns=event.time_unix_nano, attributes=read_attributes(event.attributes))


def read_attributes(items: Any) -> dict[str, AttributeValue]:  # Any: protobuf's repeated container has no usable type
    """Read attributes."""
    pairs: Sequence[KeyValue] = items
    return {item.key: from_any_value(item.value) for item in pairs}


def _meaning_of(span: SpanEnvelope, scope_name: str) -> meaning.SpanMeaning:
    telling = [
        pair
        for pair in span.attributes[:]  # a slice is a list, which is walked twice as fast
        if (pair[2 : 2 + pair[1]] if pair[:1] == b"\n" else _key(pair)) in _FACT_KEYS  # always `_key` would take longer
    ]
    if not telling:
        return meaning.NO_MEANING
    name = span.name
    is_small = len(name) + sum(map(len, telling)) <= _SMALL_BYTES
    told = (_small_meaning if is_small else _meaning)(name, scope_name, *telling)
    if told.model is None and (told.usage is not None or told.span_type in _MODEL_TYPES):
        return meaning.with_model_of_content(told, told_by(span, span.name, scope_name))
    return told


def _meaning(name: str, scope_name: str, *pairs: bytes) -> meaning.SpanMeaning:
    return meaning.facts_of(Told(name, scope_name, dict(map(_pair, pairs))))


_small_meaning = lru_cache(maxsize=4096)(_meaning)  # most spans of a program say one of a few things


def _scope_name(scope: bytes) -> str:
    return InstrumentationScope.FromString(scope).name


_small_scope_name = lru_cache(maxsize=1024)(_scope_name)


def _key(pair: bytes) -> bytes:
    """Read the key of an attribute, wherever it stands."""
    return KeyValue.FromString(pair).key.encode()


def _pair(pair: bytes) -> tuple[str, AttributeValue]:
    item = KeyValue.FromString(pair)
    return item.key, from_any_value(item.value)


def _status(status: bytes) -> SpanStatus:
    return _STATUS.get(trace_pb2.Status.FromString(status).code, SpanStatus.UNSET)


def _bad(span: SpanEnvelope, reason: str, what: str) -> BadSpan:
    shown = f"span '{span.name[:80]}' ({span.span_id[:16].hex() or 'without id'})"
    return BadSpan(Rejection(reason, f"{shown}: {what}"))
