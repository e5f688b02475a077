"""OTLP in JSON means the same as in protobuf."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.batch import Rejection
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.span import Span
from trilha_server.normalise.otlp import OtlpSpans, decode_spans, read_request
from trilha_server.normalise.otlp_json import parse_json

SPAN: dict[str, Any] = {
    "traceId": "97414D69501dd3e1a0f82c58f2ab33d8",
    "spanId": "00f067aa0ba902b7",
    "parentSpanId": "00f067aa0ba902b6",
    "name": "chat",
    "kind": "SPAN_KIND_CLIENT",
    "startTimeUnixNano": "1790000000000000000",
    "endTimeUnixNano": 1790000001000000000,
    "status": {"code": "STATUS_CODE_ERROR", "message": "boom"},
    "attributes": [
        {"key": "text", "value": {"stringValue": "ä"}},
        {"key": "int", "value": {"intValue": "9007199254740993"}},
        {"key": "small", "value": {"intValue": 7}},
        {"key": "double", "value": {"doubleValue": 0.5}},
        {"key": "nan", "value": {"doubleValue": "NaN"}},
        {"key": "bytes", "value": {"bytesValue": "AP8="}},
        {"key": "list", "value": {"arrayValue": {"values": [{"boolValue": True}, {}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"intValue": "1"}}]}}},
    ],
    "events": [{"name": "retry", "timeUnixNano": "5", "attributes": []}],
    "links": [{"traceId": "97414d69501dd3e1a0f82c58f2ab33d8", "spanId": "00f067aa0ba902b6"}],
    "aFieldOfTheFuture": {"any": ["thing"]},
}


def a_body(*spans: object, resource: object = None) -> bytes:
    resource_spans: dict[str, object] = {"scopeSpans": [{"scope": {"name": "lib", "version": "1"}, "spans": spans}]}
    if resource is not None:
        resource_spans["resource"] = resource
    return json.dumps({"resourceSpans": [resource_spans]}).encode()


def read_json(body: bytes) -> tuple[OtlpSpans, list[Rejection]]:
    request, rejections = parse_json(body)
    return read_request(request.SerializeToString()), rejections


def only_span(found: OtlpSpans) -> Span:
    [trace] = found.traces
    [span] = decode_spans(trace.facts, trace.encoded)
    return span


def test_every_kind_of_field_is_read() -> None:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "agent"}}]}
    found, rejections = read_json(a_body(SPAN, resource=resource))
    span = only_span(found)

    assert rejections == found.rejections == []
    assert found.traces[0].trace_id == "tr-97414d69501dd3e1a0f82c58f2ab33d8"
    assert (span.facts.span_id.hex(), span.facts.parent_id and span.facts.parent_id.hex()) == (
        "00f067aa0ba902b7",
        "00f067aa0ba902b6",
    )
    assert (span.facts.start_ns, span.facts.end_ns) == (1790000000000000000, 1790000001000000000)
    assert (span.facts.status.name, span.status_message) == ("ERROR", "boom")
    assert repr(span.attributes.pop("nan")) == "nan"
    assert span.attributes == {
        "text": "ä",
        "int": 9007199254740993,
        "small": 7,
        "double": 0.5,
        "bytes": b"\x00\xff",
        "list": [True, None],
        "map": {"k": 1},
    }
    assert [(event.name, event.time_ns) for event in span.events] == [("retry", 5)]
    assert span.links[0].trace_id == "tr-97414d69501dd3e1a0f82c58f2ab33d8"
    assert (span.resource, span.scope_name, span.scope_version) == ({"service.name": "agent"}, "lib", "1")


def test_numbers_of_enumerations_and_snake_case_are_read_too() -> None:
    snake = {
        "trace_id": SPAN["traceId"],
        "span_id": SPAN["spanId"],
        "name": "chat",
        "kind": 3,
        "start_time_unix_nano": "1790000000000000000",
        "status": {"code": 1},
    }
    body = json.dumps({"resource_spans": [{"scope_spans": [{"spans": [snake]}]}]}).encode()

    assert only_span(read_json(body)[0]).facts.status.name == "OK"


@pytest.mark.parametrize("empty", [b"{}", b'{"resourceSpans": []}', b'{"resourceSpans": null}', a_body()])
def test_no_spans_are_no_traces(empty: bytes) -> None:
    assert read_json(empty)[0].traces == []


@pytest.mark.parametrize(
    "change",
    [
        {"traceId": "not hex"},
        {"traceId": 5},
        {"spanId": "0"},
        {"startTimeUnixNano": "soon"},
        {"startTimeUnixNano": -1},
        {"startTimeUnixNano": 2**64},
        {"name": 5},
        {"attributes": {"a": "b"}},
        {"attributes": [{"key": "a", "value": {"intValue": "x"}}]},
        {"events": "none"},
        {"links": [{"traceId": "zz"}]},
    ],
)
def test_a_bad_span_is_named_and_the_good_ones_are_kept(change: dict[str, Any]) -> None:
    good = {**SPAN, "spanId": "00f067aa0ba902b5"}
    found, rejections = read_json(a_body({**SPAN, "name": "wrong", **change}, good))

    assert only_span(found).facts.span_id.hex() == "00f067aa0ba902b5"
    [rejection] = rejections
    assert rejection.detail.startswith("span '")
    assert "invalid literal" not in rejection.detail


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"5",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"resourceSpans": {}}',
        b'{"resourceSpans": [5]}',
        b'{"resourceSpans": [{"scopeSpans": "x"}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": ["x"]}]}]}',
        b'{"resourceSpans": [{"resource": 5}]}',
        b'{"resourceSpans": [{"resource": {"attributes": 5}}]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_not_otlp_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_json(body)


def test_a_value_that_is_nested_beyond_reason_costs_only_its_span() -> None:
    value: dict[str, Any] = {"intValue": "1"}
    for _ in range(300):
        value = {"arrayValue": {"values": [value]}}
    deep = {**SPAN, "attributes": [{"key": "deep", "value": value}]}
    found, rejections = read_json(a_body(deep, {**SPAN, "spanId": "00f067aa0ba902b5"}))

    assert (found.span_count, len(rejections)) == (1, 1)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(SPAN)), inner, max_size=3),
    max_leaves=8,
)


@given(changes=st.dictionaries(st.sampled_from(list(SPAN)), _json, max_size=3), resource=_json)
def test_any_json_is_read_named_or_refused(changes: dict[str, object], resource: object) -> None:
    try:
        found, rejections = read_json(a_body({**SPAN, **changes}, resource=resource))
    except InvalidInput:
        return
    assert found.span_count + len(rejections) + len(found.rejections) == 1
