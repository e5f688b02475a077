"""OTLP requests to spans by trace, and kept spans back to whole ones."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from trilha_server.domain.batch import EncodedGroup, EncodedSpans, Rejection, RootFacts, TraceSpans
from trilha_server.domain.ids import SpanId, trace_id_of
from trilha_server.domain.span import AttributeValue, Span, SpanFacts, SpanLink
from trilha_server.normalise import previews
from trilha_server.normalise.envelope import SpanEnvelope, open_envelope
from trilha_server.normalise.span_facts import (
    BadSpan,
    read_attributes,
    read_event,
    read_facts,
    read_root,
    scope_name_of,
    service_name_of,
)
from trilha_server.normalise.summary import newer

_SMALL_RESOURCE_BYTES = 4096


class OtlpSpans(msgspec.Struct, frozen=True, kw_only=True):
    """What one OTLP request holds."""

    traces: list[TraceSpans]
    rejections: list[Rejection]

    @property
    def span_count(self) -> int:
        """Good spans."""
        return sum(len(trace.facts) for trace in self.traces)


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
        service_name = service_name_of(resource)
        for scope_spans in resource_spans.scope_spans:
            scope_bytes = scope_spans.scope
            scope_name = scope_name_of(scope_bytes)
            for span in scope_spans.spans:
                try:
                    facts = read_facts(span, scope_name)
                except BadSpan as bad:
                    rejections.append(bad.rejection)
                    continue
                trace_id = span.trace_id
                trace = building.get(trace_id)
                if trace is None:
                    trace = building[trace_id] = _Building(service_name)
                if facts.parent_id is None and trace.is_the_root(facts):
                    trace.root, trace.root_facts = read_root(span, scope_name, resource), facts
                    trace.service_name = service_name or trace.service_name
                _clear_what_facts_hold(span)
                trace.add(facts, span.SerializeToString(), resource_bytes, scope_bytes)
    traces = [_finish(trace_id, trace) for trace_id, trace in building.items()]
    return OtlpSpans(traces=traces, rejections=rejections)


def decode_spans(facts: Sequence[SpanFacts], encoded: EncodedSpans) -> Iterator[Span]:
    """Read kept spans as their senders made them, in the order of the facts."""
    index = 0
    for group in encoded.groups:
        resource = read_attributes(Resource.FromString(group.resource).attributes)
        scope = InstrumentationScope.FromString(group.scope)
        for _ in range(group.span_count):
            yield _whole_span(facts[index], encoded.spans[index], resource, scope)
            index += 1


def _finish(trace_id: bytes, trace: _Building) -> TraceSpans:
    trace.close_group()
    encoded = EncodedSpans(trace.groups, trace.spans)
    said = None
    if trace.root is not None and trace.root_facts is not None:
        said = previews.of_root(trace.root_facts, trace.root)
    return TraceSpans(
        trace_id=trace_id_of(trace_id),
        facts=trace.facts,
        encoded=encoded,
        root=trace.root,
        previews=said or previews.of_steps(trace.facts, encoded),
        service_name=trace.service_name,
    )


def _clear_what_facts_hold(span: SpanEnvelope) -> None:
    clear = span.ClearField
    clear("trace_id")
    clear("span_id")
    clear("parent_span_id")
    clear("name")
    clear("start_time_unix_nano")
    clear("end_time_unix_nano")


def _whole_span(
    facts: SpanFacts, encoded: bytes, resource: dict[str, AttributeValue], scope: InstrumentationScope
) -> Span:
    message = trace_pb2.Span.FromString(encoded)
    return Span(
        facts=facts,
        status_message=message.status.message,
        attributes=read_attributes(message.attributes),
        events=[read_event(event) for event in message.events],
        links=[
            SpanLink(
                trace_id=trace_id_of(link.trace_id),
                span_id=SpanId(link.span_id),
                attributes=read_attributes(link.attributes),
            )
            for link in message.links
        ],
        resource=resource,
        scope_name=scope.name,
        scope_version=scope.version,
    )


def _resource(resource: bytes) -> Mapping[str, AttributeValue]:
    return read_attributes(Resource.FromString(resource).attributes)


_small_resource = lru_cache(maxsize=1024)(_resource)  # a service says the same of itself in every request
