"""The `traces.json` of MLflow's clients is read, and what we write is read back."""

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha import names
from trilha_server.api.mlflow.span_json import artifact_json
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.span import Span
from trilha_server.normalise.mlflow_artifact import parse_artifact
from trilha_server.normalise.otlp import decode_spans, read_request

from server.tests.support.spans import START_NS, span_id, trace_id


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


SPAN: dict[str, Any] = {
    "trace_id": b64(b"\x01" * 16),
    "span_id": b64(span_id(2)),
    "parent_span_id": b64(span_id(1)),
    "name": "chat",
    "start_time_unix_nano": START_NS,
    "end_time_unix_nano": START_NS + 5,
    "status": {"code": "STATUS_CODE_ERROR", "message": "boom"},
    "attributes": {
        names.SPAN_TYPE: '"CHAT_MODEL"',
        names.SPAN_INPUTS: '{"question": ["ä", 1, null]}',
        "plain": "not json",
        "number": 5,
        "nan": "NaN",
    },
    "events": [{"name": "exception", "time_unix_nano": START_NS + 1, "attributes": {"exception.type": "ValueError"}}],
    "links": [{"trace_id": trace_id(9), "span_id": "00f067aa0ba902b6", "attributes": {"why": "x"}}],
}


def spans_of(document: object) -> list[Span]:
    body = json.dumps(document).encode()
    [trace] = read_request(parse_artifact(trace_id(1), body).SerializeToString()).traces
    return list(decode_spans(trace.facts, trace.encoded))


def test_every_kind_of_field_is_read() -> None:
    [span] = spans_of({"spans": [SPAN]})

    assert (span.facts.span_id, span.facts.parent_id, span.facts.name) == (span_id(2), span_id(1), "chat")
    assert (span.facts.span_type, span.facts.status.name, span.status_message) == ("CHAT_MODEL", "ERROR", "boom")
    assert (span.facts.start_ns, span.facts.end_ns) == (START_NS, START_NS + 5)
    assert repr(span.attributes.pop("nan")) == "nan"
    assert span.attributes == {
        names.SPAN_TYPE: "CHAT_MODEL",
        names.SPAN_INPUTS: {"question": ["ä", 1, None]},
        "plain": "not json",
        "number": 5,
    }
    assert [(event.name, event.time_ns) for event in span.events] == [("exception", START_NS + 1)]
    assert [(link.trace_id, link.span_id.hex()) for link in span.links] == [(trace_id(9), "00f067aa0ba902b6")]


def test_the_trace_is_that_of_the_path_whatever_the_body_says() -> None:
    body = json.dumps({"spans": [SPAN]}).encode()

    [trace] = read_request(parse_artifact(trace_id(5), body).SerializeToString()).traces
    assert trace.trace_id == trace_id(5)


def test_a_span_may_lack_what_can_be_lacking() -> None:
    [span] = spans_of({"spans": [{"span_id": b64(span_id(1)), "name": "n", "start_time_unix_nano": START_NS}]})

    assert (span.facts.parent_id, span.facts.end_ns, span.attributes, span.events) == (None, None, {}, [])


def test_the_form_before_three_is_read() -> None:
    old: dict[str, Any] = {
        "name": "chat",
        "context": {"span_id": "0xf067aa0ba902b7", "trace_id": "0x1"},
        "parent_id": None,
        "start_time": START_NS,
        "end_time": START_NS + 5,
        "status_code": "ERROR",
        "status_message": "boom",
        "attributes": {names.SPAN_TYPE: '"LLM"'},
        "events": [{"name": "e", "timestamp": 7, "attributes": {}}],
    }
    [span] = spans_of({"spans": [old]})

    assert (span.facts.span_id.hex(), span.facts.parent_id) == ("00f067aa0ba902b7", None)
    assert (span.facts.status.name, span.status_message, span.facts.span_type) == ("ERROR", "boom", "LLM")
    assert span.events[0].time_ns == 7


def test_what_we_write_we_read() -> None:
    [span] = spans_of({"spans": [{**SPAN, "attributes": {**SPAN["attributes"], "nan": "1"}}]})
    again = json.loads(artifact_json(trace_id(1), [span]))

    [back] = spans_of(again)
    assert back.attributes.pop(names.TRACE_REQUEST_ID) == trace_id(1)
    assert back == span


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"spans": 5}',
        b'{"spans": [5]}',
        b'{"spans": [{}]}',
        b'{"spans":' + b"[" * 100_000,
    ],
)
def test_what_is_no_artifact_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_artifact(trace_id(1), body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(SPAN)), inner, max_size=3),
    max_leaves=6,
)


@given(changes=st.dictionaries(st.sampled_from([*SPAN, "context", "parent_id", "start_time"]), _json, max_size=3))
def test_any_json_is_read_or_refused(changes: dict[str, object]) -> None:
    body = json.dumps({"spans": [{**SPAN, **changes}]}).encode()
    with contextlib.suppress(InvalidInput):
        parse_artifact(trace_id(1), body)
