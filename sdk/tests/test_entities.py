import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha.entities import (
    Assessment,
    AssessmentSource,
    Expectation,
    Feedback,
    Link,
    LoggedModelStatus,
    Span,
    SpanEvent,
    SpanStatus,
    SpanStatusCode,
    SpanType,
    Trace,
    TraceData,
    TraceInfo,
    TraceLocation,
    TraceState,
)
from trilha.entities._spans import span_of_wire
from trilha.entities._times import time_ms, time_text
from trilha.exceptions import InvalidInput

TRACE_ID = "tr-97414d69501dd3e1a0f82c58f2ab33d8"


def a_span(name: str = "root", parent_id: str | None = None, attributes: dict[str, Any] | None = None) -> Span:
    return Span(
        trace_id=TRACE_ID,
        span_id=f"{len(name):016x}",
        parent_id=parent_id,
        name=name,
        start_time_ns=1_795_256_983_690_908_301,
        end_time_ns=1_795_256_983_742_908_302,
        status=SpanStatus(SpanStatusCode.ERROR, "ValueError: boom"),
        attributes=attributes or {},
        events=[SpanEvent("exception", 1_795_256_983_700_000_000, {"exception.type": "ValueError"})],
        links=[Link("tr-" + "1" * 32, "2" * 16, {"why": "retry"})],
    )


def a_trace(*spans: Span, **said: Any) -> Trace:
    info = TraceInfo(
        trace_id=TRACE_ID,
        trace_location=TraceLocation.from_experiment_id("9"),
        request_time=1_795_256_983_690,
        state=TraceState.OK,
        execution_duration=52,
        **said,
    )
    return Trace(info, TraceData(list(spans)))


def test_a_trace_survives_its_json() -> None:
    root = a_span(attributes={"mlflow.spanInputs": {"q": "wörld"}, "mlflow.spanType": "AGENT", "own": "text"})
    trace = a_trace(
        root,
        a_span("child", root.span_id),
        client_request_id="req-1",
        tags={"mlflow.traceName": "root"},
        trace_metadata={"mlflow.trace.session": "s"},
        assessments=[
            Feedback("good", True, source=AssessmentSource("HUMAN", "jane"), trace_id=TRACE_ID, create_time_ms=5),
            Expectation("wanted", {"a": [1]}, trace_id=TRACE_ID),
            Feedback("judge", error=ValueError("no model")),
        ],
    )
    assert Trace.from_json(trace.to_json()) == trace


def test_a_span_is_written_as_mlflow_writes_it() -> None:
    written = a_span(attributes={"mlflow.spanInputs": {"q": 1}}).to_dict()
    assert written["trace_id"] == "l0FNaVAd0+Gg+CxY8qsz2A=="
    assert written["parent_span_id"] is None
    assert written["status"] == {"code": "STATUS_CODE_ERROR", "message": "ValueError: boom"}
    assert json.loads(written["attributes"]["mlflow.spanInputs"]) == {"q": 1}


def test_a_span_is_read_from_the_wire() -> None:
    span = span_of_wire(
        {
            "trace_id": "l0FNaVAd0+Gg+CxY8qsz2A==",
            "span_id": "AAAAAAAAAAE=",
            "parent_span_id": "AAAAAAAAAAI=",
            "name": "s",
            "start_time_unix_nano": 1,
            "end_time_unix_nano": 0,
            "status": {"code": "STATUS_CODE_UNSET"},
            "attributes": [
                {"key": "text", "value": {"string_value": "{}"}},
                {"key": "number", "value": {"int_value": "9007199254740993"}},
                {"key": "words", "value": {"double_value": "NaN"}},
                {"key": "bytes", "value": {"bytes_value": "AAE="}},
                {"key": "nothing"},
                {
                    "key": "deep",
                    "value": {
                        "kvlist_value": {
                            "values": [
                                {"key": "list", "value": {"array_value": {"values": [{"bool_value": False}]}}},
                                {"key": "empty", "value": {"array_value": {}}},
                            ]
                        }
                    },
                },
            ],
        }
    )
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE_ID, "0" * 15 + "1", "0" * 15 + "2")
    assert span.end_time_ns is None
    assert math.isnan(span.attributes.pop("words"))
    assert span.attributes == {
        "text": "{}",
        "number": 9_007_199_254_740_993,
        "bytes": b"\x00\x01",
        "nothing": None,
        "deep": {"list": [False], "empty": []},
    }


@given(st.integers(min_value=0, max_value=253_402_300_799_999))
def test_times_survive_their_text(unix_ms: int) -> None:
    assert time_ms(time_text(unix_ms)) == unix_ms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T10:29:43.690Z", 1_795_256_983_690),
        ("2026-11-21T10:29:43Z", 1_795_256_983_000),
        ("2026-11-21T10:29:43.69Z", 1_795_256_983_690),
        ("2026-11-21T10:29:43.690908301Z", 1_795_256_983_690),
        ("2026-11-21T12:29:43.690+02:00", 1_795_256_983_690),
        ("1795256983690", 1_795_256_983_690),
        (7, 7),
        (None, None),
    ],
)
def test_times_are_read_in_every_form(text: str | int | None, expected: int | None) -> None:
    assert time_ms(text) == expected


def test_former_names_of_what_is_known_still_work() -> None:
    info = a_trace(trace_metadata={"k": "v"}).info
    assert (info.request_id, info.timestamp_ms, info.execution_time_ms) == (TRACE_ID, 1_795_256_983_690, 52)
    assert info.status == "OK"
    assert info.request_metadata == {"k": "v"}
    assert info.experiment_id == "9"


def test_tokens_and_cost_are_none_where_nothing_was_counted() -> None:
    usage = {"input_tokens": 21, "output_tokens": 5, "total_tokens": 26}
    info = a_trace(trace_metadata={"mlflow.trace.tokenUsage": json.dumps(usage)}).info
    assert info.token_usage == usage
    assert info.cost is None


def test_spans_are_found_by_type_name_and_pattern() -> None:
    import re

    trace = a_trace(a_span("ask", attributes={"mlflow.spanType": SpanType.LLM}), a_span("ask again"), a_span("look up"))
    assert [span.name for span in trace.search_spans(span_type="LLM")] == ["ask"]
    assert [span.name for span in trace.search_spans(name="ask")] == ["ask"]
    assert [span.name for span in trace.search_spans(name=re.compile("again|up"))] == ["ask again", "look up"]


def test_what_was_overridden_is_found_only_where_all_is_asked_for() -> None:
    former, now = Feedback("good", False, valid=False), Feedback("good", True)
    trace = a_trace(assessments=[former, now, Expectation("wanted", "x")])
    assert trace.search_assessments("good") == [now]
    assert trace.search_assessments("good", all=True) == [former, now]
    assert [each.name for each in trace.search_assessments(type="expectation")] == ["wanted"]


@pytest.mark.parametrize(("said", "meant"), [("human", "HUMAN"), ("Ai_Judge", "LLM_JUDGE"), ("CODE", "CODE")])
def test_a_source_is_named_in_any_case(said: str, meant: str) -> None:
    assert AssessmentSource(said).source_type == meant


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(InvalidInput, match="HUMAN, LLM_JUDGE or CODE"):
        AssessmentSource("robot")


def test_feedback_that_says_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="a value or an error"):
        Feedback("good")


def test_false_is_feedback() -> None:
    assert Feedback("good", value=False).feedback.value is False


def test_an_expectation_that_was_sent_as_text_is_read() -> None:
    serialized = {"serialized_value": {"value": '{"a": 1}', "serialization_format": "JSON_FORMAT"}}
    read = Assessment.from_dictionary(
        {"assessment_name": "e", "source": {"source_type": "HUMAN"}, "expectation": serialized}
    )
    assert isinstance(read, Expectation)
    assert read.value == {"a": 1}


def test_a_failed_judge_says_why() -> None:
    error = Feedback("judge", error=ValueError("no model")).error
    assert error is not None
    assert (error.error_code, error.error_message) == ("ValueError", "no model")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("LOGGED_MODEL_READY", LoggedModelStatus.READY),
        ("READY", LoggedModelStatus.READY),
        ("LOGGED_MODEL_UPLOAD_FAILED", LoggedModelStatus.FAILED),
        ("LOGGED_MODEL_STATUS_UNSPECIFIED", LoggedModelStatus.UNSPECIFIED),
    ],
)
def test_a_versions_status_is_read(text: str, status: LoggedModelStatus) -> None:
    assert LoggedModelStatus.of(text) is status
