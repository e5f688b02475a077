"""Requests are taken apart by trace, and kept spans are put together again."""

import contextlib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from trilha import names
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.span import AttributeValue, SpanStatus
from trilha_server.normalise.otlp import decode_spans, read_request
from trilha_server.normalise.span_facts import MAX_TIME_NS
from trilha_server.normalise.values import from_any_value, to_key_values

from server.tests.normalise.test_values import values
from server.tests.support.spans import START_NS, a_request, a_span, otel_id, read, some_spans, span_id, trace_id


def with_field(**fields: object) -> Span:
    span = a_span(7, name="wrong")
    for field, value in fields.items():
        setattr(span, field, value)
    return span


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (with_field(trace_id=b""), "trace_id"),
        (with_field(trace_id=bytes(16)), "trace_id"),
        (with_field(trace_id=b"\x01" * 15), "trace_id"),
        (with_field(span_id=b""), "span_id"),
        (with_field(span_id=bytes(8)), "span_id"),
        (with_field(span_id=b"\x01" * 16), "span_id"),
        (with_field(parent_span_id=b"\x01" * 4), "parent_id"),
        (with_field(start_time_unix_nano=0), "time"),
        (with_field(start_time_unix_nano=MAX_TIME_NS + 1), "time"),
        (with_field(end_time_unix_nano=2**64 - 1), "time"),
    ],
)
def test_a_bad_span_is_named_and_the_good_ones_are_kept(wrong: Span, reason: str) -> None:
    found = read(a_span(1), wrong, a_span(2, parent=1))

    assert [facts.span_id for facts in found.traces[0].facts] == [span_id(1), span_id(2)]
    [rejection] = found.rejections
    assert (rejection.reason, rejection.span_count) == (reason, 1)
    assert "span 'wrong'" in rejection.detail


def test_the_name_of_a_bad_span_is_cut_in_the_message() -> None:
    wrong = with_field(span_id=b"")
    wrong.name = "n" * 10_000

    assert len(read(wrong).rejections[0].detail) < 200


def test_a_parent_of_zeros_is_none() -> None:
    root = with_field(parent_span_id=bytes(8))

    assert some_spans(root).facts[0].parent_id is None


@pytest.mark.parametrize("body", [b"garbage", b"\x0a\xff\xff\xff\x0f", b"\x0a\x05\x12\x03\x12\x01\xff"])
def test_what_is_not_otlp_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_request(body)


def test_text_that_is_not_utf_8_is_refused() -> None:
    body = a_request(a_span(name="name", attributes={"key": "value"})).SerializeToString()

    for text in (b"name", b"key", b"value"):
        with pytest.raises(InvalidInput):
            read_request(body.replace(text, b"\xff" * len(text)))


def test_no_spans_are_no_traces() -> None:
    assert read_request(b"").traces == read_request(a_request().SerializeToString()).traces == []


def test_the_spans_of_several_traces_are_parted() -> None:
    found = read(a_span(1, trace=1), a_span(2, trace=2), a_span(3, trace=1, parent=1))

    assert {trace.trace_id: [facts.span_id for facts in trace.facts] for trace in found.traces} == {
        trace_id(1): [span_id(1), span_id(3)],
        trace_id(2): [span_id(2)],
    }
    assert found.span_count == 3


def test_the_service_of_the_root_names_the_trace() -> None:
    request = a_request(a_span(2, parent=1), resource={"service.name": "back"})
    request.MergeFrom(a_request(a_span(1), resource={"service.name": "front"}))
    request.MergeFrom(a_request(a_span(3, parent=1), resource={"service.name": "back"}))
    [trace] = read_request(request.SerializeToString()).traces

    assert trace.service_name == "front"
    assert trace.root is not None
    assert trace.root.tags["service.name"] == "front"


@pytest.mark.parametrize("name", ["", "unknown_service", "unknown_service:python", 5, None, "  "])
def test_a_placeholder_names_no_service(name: AttributeValue) -> None:
    trace = some_spans(a_span(), resource={"service.name": name})

    assert trace.service_name is None
    assert trace.root is not None
    assert "service.name" not in trace.root.tags


def test_of_two_roots_the_first_to_start_speaks_for_the_trace() -> None:
    early = a_span(1, name="early", attributes={names.SPAN_INPUTS: "question"})
    late = a_span(2, name="late", start_ns=START_NS + 1, attributes={names.SPAN_INPUTS: "other"})

    roots = [some_spans(early, late).root, some_spans(late, early).root]

    assert roots[0] == roots[1]
    assert roots[0] is not None
    assert roots[0].request_preview == "question"


def test_a_span_without_a_status_of_ours_is_unset() -> None:
    odd = a_span(1)
    odd.status.code = 77  # pyright: ignore[reportAttributeAccessIssue]  # a sender of the future
    failed = a_span(2, parent=1, status=Status.STATUS_CODE_ERROR, status_message="boom")
    bare = a_span(3, parent=1)
    bare.ClearField("status")

    statuses = [facts.status for facts in some_spans(odd, failed, bare).facts]
    assert statuses == [SpanStatus.UNSET, SpanStatus.ERROR, SpanStatus.UNSET]


def test_the_facts_of_children_are_read_from_any_convention() -> None:
    usage = {names.OPENINFERENCE_PROMPT_TOKENS: 3, names.OPENINFERENCE_COMPLETION_TOKENS: 4}
    child = a_span(2, parent=1, attributes={names.OPENINFERENCE_SPAN_KIND: "llm", "k" * 300: "long key", **usage})
    [_, facts] = some_spans(a_span(1), child).facts

    assert (facts.span_type, facts.usage and facts.usage.total_tokens) == ("LLM", 7)


attributes = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=200), values, max_size=3)
some_text = st.text(st.characters(codec="utf-8"), max_size=10)


@st.composite
def any_spans(draw: st.DrawFn) -> Span:
    """A span with every field that OTLP has."""
    return a_span(
        draw(st.integers(1, 5)),
        parent=draw(st.none() | st.integers(1, 5)),
        name=draw(some_text),
        start_ns=draw(st.integers(1, MAX_TIME_NS)),
        end_ns=draw(st.integers(0, MAX_TIME_NS)),
        status=draw(st.sampled_from((Status.STATUS_CODE_UNSET, Status.STATUS_CODE_OK, Status.STATUS_CODE_ERROR))),
        status_message=draw(some_text),
        attributes=draw(attributes),
        kind=draw(st.sampled_from((Span.SPAN_KIND_UNSPECIFIED, Span.SPAN_KIND_CLIENT))),
        trace_state=draw(some_text),
        flags=draw(st.integers(0, 2**32 - 1)),
        dropped_attributes_count=draw(st.integers(0, 5)),
        events=draw(st.lists(st.builds(an_event, some_text, st.integers(0, 2**64 - 1), attributes), max_size=2)),
        links=draw(st.lists(st.builds(a_link, st.integers(0, 99), attributes), max_size=2)),
    )


def an_event(name: str, time_ns: int, values: Mapping[str, AttributeValue]) -> Span.Event:
    return Span.Event(name=name, time_unix_nano=time_ns, attributes=to_key_values(values))


def a_link(number: int, values: Mapping[str, AttributeValue]) -> Span.Link:
    return Span.Link(trace_id=otel_id(number), span_id=span_id(number), attributes=to_key_values(values))


@pytest.mark.slow
@settings(max_examples=25)
@given(
    groups=st.lists(
        st.tuples(attributes, st.tuples(some_text, some_text), st.lists(any_spans(), max_size=3)), max_size=4
    )
)
def test_what_is_taken_apart_can_be_put_together_again(
    groups: list[tuple[dict[str, AttributeValue], tuple[str, str], list[Span]]],
) -> None:
    request = ExportTraceServiceRequest()
    for resource, scope, spans in groups:
        request.MergeFrom(a_request(*spans, resource=resource, scope=scope))
    sent = [(span, resource, scope) for resource, scope, spans in groups for span in spans]

    found = read_request(request.SerializeToString())

    assert found.rejections == []
    kept = [span for trace in found.traces for span in decode_spans(trace.facts, trace.encoded)]
    assert len(kept) == len(sent)
    for whole, (span, resource, scope) in zip(kept, sent, strict=True):
        facts = whole.facts
        assert (facts.span_id, facts.parent_id or b"", facts.name) == (span.span_id, span.parent_span_id, span.name)
        assert (facts.start_ns, facts.end_ns or 0) == (span.start_time_unix_nano, span.end_time_unix_nano)
        assert (facts.status, whole.status_message) == (span.status.code, span.status.message)
        assert whole.attributes == _plain(span.attributes)
        assert [(e.name, e.time_ns, e.attributes) for e in whole.events] == [
            (event.name, event.time_unix_nano, _plain(event.attributes)) for event in span.events
        ]
        assert [(link.trace_id, link.span_id, link.attributes) for link in whole.links] == [
            (f"tr-{link.trace_id.hex()}", link.span_id, _plain(link.attributes)) for link in span.links
        ]
        assert (whole.resource, whole.scope_name, whole.scope_version) == (resource, *scope)


def _plain(pairs: object) -> dict[str, AttributeValue]:
    items: list[KeyValue] = list(pairs)  # type: ignore[call-overload]  # protobuf's repeated container
    return {item.key: from_any_value(item.value) for item in items}


@given(body=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        read_request(body)
