"""OTLP requests to spans by trace, and kept spans back to whole ones."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from trilha_server.domain.batch import EncodedGroup, EncodedSpans, Rejection, RootFacts, TraceSpans
from trilha_server.domain.ids import SpanId, trace_id_of
from trilha_server.domain.span import AttributeValue, Cost, Span, SpanEvent, SpanFacts, SpanLink, SpanStatus, TokenUsage
from trilha_server.normalise import meaning
from trilha_server.normalise.envelope import SpanEnvelope, open_envelope
from trilha_server.normalise.summary import newer
from trilha_server.normalise.values import from_any_value

MAX_TIME_NS = 2**63 - 1  # the year 2262; the stores count in signed 64 bits
_NO_TRACE = bytes(16)
_NO_SPAN = bytes(8)
_STATUS = {0: SpanStatus.UNSET, 1: SpanStatus.OK, 2: SpanStatus.ERROR}
_STATUS_BYTES = {b"": SpanStatus.UNSET, b"\x18\x01": SpanStatus.OK, b"\x18\x02": SpanStatus.ERROR}
_SPAN_KEYS = frozenset(key.encode() for key in meaning.SPAN_KEYS)
_ROOT_KEYS = frozenset(key.encode() for key in meaning.ROOT_KEYS)
_TAG_PREFIX = meaning.TRACE_TAG_PREFIX.encode()
_SMALL_BYTES = 256
_SMALL_RESOURCE_BYTES = 4096


class OtlpSpans(msgspec.Struct, frozen=True, kw_only=True):
    """What one OTLP request holds."""

    traces: list[TraceSpans]
    rejections: list[Rejection]

    @property
    def span_count(self) -> int:
        """Good spans."""
        return sum(len(trace.facts) for trace in self.traces)


class _BadSpan(Exception):
    """One span cannot be kept; the others of its request can."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.detail)
        self.rejection = rejection


class _Building:
    """The spans of one trace while a request is read."""

    __slots__ = ("facts", "groups", "open_group", "root", "root_facts", "service_name", "spans")

    def __init__(self, service_name: str | None) -> None:
        self.service_name = service_name
        self.facts: list[SpanFacts] = []
        self.spans: list[bytes] = []
        self.groups: list[EncodedGroup] = []
        self.open_group: tuple[bytes, bytes, int] | None = None
        self.root: RootFacts | None = None
        self.root_facts: SpanFacts | None = None

    def add(self, facts: SpanFacts, encoded: bytes, resource: bytes, scope: bytes) -> None:
        group = self.open_group
        if group is None or group[0] is not resource or group[1] is not scope:
            self.close_group()
            self.open_group = (resource, scope, len(self.spans))
        self.facts.append(facts)
        self.spans.append(encoded)

    def is_the_root(self, facts: SpanFacts) -> bool:
        """Tell whether a root is the one that speaks for the trace: the first to start, as complete as it came."""
        known = self.root_facts
        if known is not None and known.span_id != facts.span_id:
            return (facts.start_ns, facts.span_id) < (known.start_ns, known.span_id)
        return newer(known, facts)

    def close_group(self) -> None:
        if self.open_group is not None:
            resource, scope, first = self.open_group
            self.groups.append(EncodedGroup(resource, scope, len(self.spans) - first))
            self.open_group = None


def read_request(body: bytes) -> OtlpSpans:
    """Take a request in protobuf apart by trace. Raises `InvalidInput` where OTLP cannot read it."""
    building: dict[bytes, _Building] = {}
    rejections: list[Rejection] = []
    for resource_spans in open_envelope(body).resource_spans:
        resource_bytes = resource_spans.resource
        resource = (_small_resource if len(resource_bytes) <= _SMALL_RESOURCE_BYTES else _resource)(resource_bytes)
        service_name = meaning.service_name(resource)
        for scope_spans in resource_spans.scope_spans:
            scope_bytes = scope_spans.scope
            for span in scope_spans.spans:
                try:
                    facts, root = _read_span(span, resource)
                except _BadSpan as bad:
                    rejections.append(bad.rejection)
                    continue
                trace_id = span.trace_id
                trace = building.get(trace_id)
                if trace is None:
                    trace = building[trace_id] = _Building(service_name)
                if root is not None and trace.is_the_root(facts):
                    trace.root, trace.root_facts = root, facts
                    trace.service_name = service_name or trace.service_name
                _clear_what_facts_hold(span)
                trace.add(facts, span.SerializeToString(), resource_bytes, scope_bytes)
    traces = [_finish(trace_id, trace) for trace_id, trace in building.items()]
    return OtlpSpans(traces=traces, rejections=rejections)


def decode_spans(facts: Sequence[SpanFacts], encoded: EncodedSpans) -> Iterator[Span]:
    """Read kept spans as their senders made them, in the order of the facts."""
    index = 0
    for group in encoded.groups:
        resource = _attributes(Resource.FromString(group.resource).attributes)
        scope = InstrumentationScope.FromString(group.scope)
        for _ in range(group.span_count):
            yield _whole_span(facts[index], encoded.spans[index], resource, scope)
            index += 1


def _finish(trace_id: bytes, trace: _Building) -> TraceSpans:
    trace.close_group()
    return TraceSpans(
        trace_id=trace_id_of(trace_id),
        facts=trace.facts,
        encoded=EncodedSpans(trace.groups, trace.spans),
        root=trace.root,
        service_name=trace.service_name,
    )


def _bad(span: SpanEnvelope, reason: str, what: str) -> _BadSpan:
    return _BadSpan(Rejection(reason, f"span '{span.name[:80]}': {what}"))


def _read_span(span: SpanEnvelope, resource: Mapping[str, AttributeValue]) -> tuple[SpanFacts, RootFacts | None]:
    span_id, parent_id = span.span_id, span.parent_span_id
    start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
    if len(span.trace_id) != 16 or span.trace_id == _NO_TRACE:
        raise _bad(span, "trace_id", "the trace id must be 16 bytes, not all zero")
    if len(span_id) != 8 or span_id == _NO_SPAN:
        raise _bad(span, "span_id", "the span id must be 8 bytes, not all zero")
    if parent_id and len(parent_id) != 8:
        raise _bad(span, "parent_id", "the parent's span id must be 8 bytes or empty")
    if not 0 < start_ns <= MAX_TIME_NS or end_ns > MAX_TIME_NS:
        raise _bad(span, "time", "the start time must be set, in Unix nanoseconds")
    is_root = not parent_id or parent_id == _NO_SPAN
    telling = [
        pair
        for pair in span.attributes[:]  # a slice is a list, which is walked twice as fast
        if (pair[2 : 2 + pair[1]] if pair[:1] == b"\n" else _key(pair)) in _SPAN_KEYS  # always `_key` would take longer
    ]
    kind, usage, cost = _small_meaning(*telling) if sum(map(len, telling)) <= _SMALL_BYTES else _meaning(*telling)
    facts = SpanFacts(
        SpanId(span_id),
        None if is_root else SpanId(parent_id),
        span.name,
        kind,
        start_ns,
        end_ns or None,
        _status(span.status),
        usage,
        cost,
    )
    if not is_root:
        return facts, None
    attributes = dict(map(_pair, filter(_tells_of_the_trace, span.attributes)))
    request_preview, response_preview = meaning.root_previews(attributes)
    root = RootFacts(
        span_id=facts.span_id,
        request_preview=request_preview,
        response_preview=response_preview,
        metadata=meaning.root_metadata(attributes),
        tags=meaning.root_tags(span.name, attributes, resource),
    )
    return facts, root


def _tells_of_the_trace(pair: bytes) -> bool:
    key = _key(pair)
    return key in _ROOT_KEYS or key.startswith(_TAG_PREFIX)


def _key(pair: bytes) -> bytes:
    """Read the key of an attribute: it stands first, after its length, as every writer puts it."""
    return pair[2 : 2 + pair[1]] if pair[:1] == b"\n" else KeyValue.FromString(pair).key.encode()


def _pair(pair: bytes) -> tuple[str, AttributeValue]:
    item = KeyValue.FromString(pair)
    return item.key, from_any_value(item.value)


def _meaning(*pairs: bytes) -> tuple[str, TokenUsage | None, Cost | None]:
    attributes = dict(map(_pair, pairs))
    return meaning.span_type(attributes), meaning.token_usage(attributes), meaning.cost(attributes)


_small_meaning = lru_cache(maxsize=4096)(_meaning)  # most spans of a program say one of a few things


def _clear_what_facts_hold(span: SpanEnvelope) -> None:
    clear = span.ClearField
    clear("trace_id")
    clear("span_id")
    clear("parent_span_id")
    clear("name")
    clear("start_time_unix_nano")
    clear("end_time_unix_nano")


def _status(status: bytes) -> SpanStatus:
    known = _STATUS_BYTES.get(status)
    if known is not None:
        return known
    return _STATUS.get(trace_pb2.Status.FromString(status).code, SpanStatus.UNSET)


def _whole_span(
    facts: SpanFacts, encoded: bytes, resource: dict[str, AttributeValue], scope: InstrumentationScope
) -> Span:
    message = trace_pb2.Span.FromString(encoded)
    return Span(
        facts=facts,
        status_message=message.status.message,
        attributes=_attributes(message.attributes),
        events=[
            SpanEvent(name=event.name, time_ns=event.time_unix_nano, attributes=_attributes(event.attributes))
            for event in message.events
        ],
        links=[
            SpanLink(
                trace_id=trace_id_of(link.trace_id),
                span_id=SpanId(link.span_id),
                attributes=_attributes(link.attributes),
            )
            for link in message.links
        ],
        resource=resource,
        scope_name=scope.name,
        scope_version=scope.version,
    )


def _resource(resource: bytes) -> Mapping[str, AttributeValue]:
    return _attributes(Resource.FromString(resource).attributes)


_small_resource = lru_cache(maxsize=1024)(_resource)  # a service says the same of itself in every request


def _attributes(items: Any) -> dict[str, AttributeValue]:  # Any: protobuf's repeated container has no usable type
    pairs: Sequence[KeyValue] = items
    return {item.key: from_any_value(item.value) for item in pairs}
