"""Builders of spans and of what a store is given; each names only what its test is about."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.batch import InfoDeclared, SpansArrived, TraceSpans
from trilha_server.domain.ids import ExperimentId, SpanId, TraceId, trace_id_of
from trilha_server.domain.span import AttributeValue
from trilha_server.domain.trace import Declaration, TraceState
from trilha_server.normalise.otlp import OtlpSpans, read_request
from trilha_server.normalise.values import to_key_values

NOW_MS = 1_790_000_000_000
"""When the tests happen."""

NS_PER_MS = 1_000_000
START_NS = NOW_MS * NS_PER_MS
SECOND_NS = 1_000_000_000


class FixedClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time_ms = NOW_MS

    def now_ms(self) -> int:
        return self.time_ms


def otel_id(number: int) -> bytes:
    """The 16 bytes of a trace id."""
    return number.to_bytes(16, "big")


def trace_id(number: int) -> TraceId:
    return trace_id_of(otel_id(number))


def span_id(number: int) -> SpanId:
    return SpanId(number.to_bytes(8, "big"))


def a_span(
    number: int = 1,
    *,
    trace: int = 1,
    parent: int | None = None,
    name: str = "step",
    start_ns: int = START_NS,
    end_ns: int | None = START_NS + SECOND_NS,
    status: "Status.StatusCode.ValueType" = Status.STATUS_CODE_UNSET,
    attributes: Mapping[str, AttributeValue] = {},
    **fields: Any,  # Any: what else an OTLP span has
) -> Span:
    """A span as its sender writes it, a root unless it has a parent; `end_ns=None` for one that runs."""
    return Span(
        trace_id=otel_id(trace),
        span_id=span_id(number),
        parent_span_id=b"" if parent is None else span_id(parent),
        name=name,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=end_ns or 0,
        status=Status(code=status, message=fields.pop("status_message", "")),
        attributes=to_key_values(attributes),
        **fields,
    )


def a_request(
    *spans: Span, resource: Mapping[str, AttributeValue] | None = None, scope: tuple[str, str] = ("", "")
) -> ExportTraceServiceRequest:
    """A request of one service."""
    scope_spans = ScopeSpans(spans=spans)
    scope_spans.scope.name, scope_spans.scope.version = scope
    resource_spans = ResourceSpans(scope_spans=[scope_spans])
    resource_spans.resource.attributes.extend(to_key_values(resource or {}))
    return ExportTraceServiceRequest(resource_spans=[resource_spans])


def read(*spans: Span, resource: Mapping[str, AttributeValue] | None = None) -> OtlpSpans:
    """What the server reads in these spans."""
    return read_request(a_request(*spans, resource=resource).SerializeToString())


def some_spans(*spans: Span, resource: Mapping[str, AttributeValue] | None = None) -> TraceSpans:
    """The spans of one trace, taken apart as the server does."""
    [trace] = read(*spans, resource=resource).traces
    return trace


def arrived(
    *spans: Span,
    experiment: int = 0,
    run_id: str | None = None,
    resource: Mapping[str, AttributeValue] | None = None,
) -> SpansArrived:
    """The update that spans of one trace make."""
    spans_of_trace = some_spans(*spans, resource=resource)
    return SpansArrived(experiment_id=ExperimentId(experiment), spans=spans_of_trace, run_id=run_id)


def a_declaration(**fields: Any) -> Declaration:  # Any: fields of the declaration
    return msgspec.structs.replace(Declaration(request_time_ms=NOW_MS, state=TraceState.OK), **fields)


def declared(
    trace: int = 1,
    *,
    experiment: int = 0,
    assessments: Sequence[Assessment] = (),
    **fields: Any,  # Any: fields of the declaration
) -> InfoDeclared:
    """The update that an application's declaration makes."""
    return InfoDeclared(
        experiment_id=ExperimentId(experiment),
        trace_id=trace_id(trace),
        declared=a_declaration(**fields),
        assessments=tuple(assessments),
    )


def an_assessment(number: int = 1, *, trace: int = 1, **fields: Any) -> Assessment:  # Any: fields of the assessment
    first = Assessment(
        assessment_id=f"a-{number:032x}",
        trace_id=trace_id(trace),
        name="quality",
        kind=AssessmentKind.FEEDBACK,
        value="good",
        create_time_ms=NOW_MS + number,
        update_time_ms=NOW_MS + number,
    )
    return msgspec.structs.replace(first, **fields)
