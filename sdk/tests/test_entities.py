import json
import math
import sys
from dataclasses import replace
from typing import Any

import pytest
import trilha
from hypothesis import given
from hypothesis import strategies as st
from trilha.entities import (
    Assessment,
    AssessmentSource,
    Expectation,
    Feedback,
    Link,
    LoggedModelStatus,
    NoOpSpan,
    Span,
    SpanEvent,
    SpanLogLevel,
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
from trilha.exceptions import InvalidInput, TrilhaError
from trilha.testing import in_memory

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


def test_the_error_of_feedback_can_be_read_from_it() -> None:
    failed, good = Feedback("judge", error=ValueError("no model")), Feedback("good", True)
    assert (failed.error_code, failed.error_message) == ("ValueError", "no model")
    assert (good.error_code, good.error_message) == (None, None)


def test_what_steps_below_the_root_gave_is_found_by_their_names() -> None:
    outputs = [{"mlflow.spanOutputs": text} for text in ("root", "a", "b", "c")]
    root = a_span("root", attributes=outputs[0])
    steps = [
        a_span(name, root.span_id, told) for name, told in zip(("step", "step", "other"), outputs[1:], strict=True)
    ]
    assert a_trace(root, *steps, a_span("silent", root.span_id)).data.intermediate_outputs == {
        "step_1": "a",
        "step_2": "b",
        "other": "c",
    }
    assert a_trace(root).data.intermediate_outputs is None


def test_a_trace_knows_the_columns_of_a_search() -> None:
    trace = a_trace(a_span())
    assert set(trace.pandas_dataframe_columns()) == set(trace.to_pandas_dataframe_row())


def test_a_span_that_runs_is_written_and_read_as_one_that_was_found() -> None:
    with in_memory(), trilha.start_span("chat", "LLM", description="asks", links=[Link("1" * 32, "2" * 16)]) as span:
        span.set_inputs({"q": {"deep": [1]}})
        span.set_attributes({"mlflow.llm.model": "m", "mlflow.llm.cost": {"total_cost": 0.5}})
        span.set_log_level(level="INFO")
        span.add_event(SpanEvent("e", attributes={"many": list(range(100))}))
        read = Span.from_dict(json.loads(json.dumps(span.to_dict())))
        assert (read.trace_id, read.span_id, read.parent_id, read.end_time_ns) == (
            span.trace_id,
            span.span_id,
            None,
            None,
        )
        assert (read.inputs, read.outputs, read.span_type, read.description) == (
            {"q": {"deep": [1]}},
            None,
            "LLM",
            "asks",
        )
        assert (read.model_name, read.llm_cost, read.log_level) == ("m", {"total_cost": 0.5}, SpanLogLevel.INFO)
        assert (span.model_name, span.llm_cost, span.log_level) == ("m", {"total_cost": 0.5}, SpanLogLevel.INFO)
        assert read.events[0].attributes == {"many": list(range(100))}
        assert (read.links, span.request_id) == (span.links, span.trace_id)


def test_a_span_that_keeps_nothing_has_all_that_one_has_that_does() -> None:
    public = {name for name in dir(trilha.entities.LiveSpan) if not name.startswith("_")}
    told = {name for name in public if isinstance(getattr(trilha.entities.LiveSpan, name), property)}
    methods = {name for name in public if callable(getattr(trilha.entities.LiveSpan, name))}
    assert sorted((told | methods - {"note"}) - set(dir(NoOpSpan))) == []


def test_a_span_is_the_same_after_it_was_a_message_of_opentelemetry() -> None:
    span = a_span(attributes={"n": 1, "deep": {"a": [1, 2.5, None, {"b": True}]}, "raw": b"\x00", "text": "olá"})
    span.links = [Link("tr-" + "ab" * 16, "cd" * 8, {"why": "again"})]
    span.events = [SpanEvent("chunk", 5, {"n": 1})]
    span.status = SpanStatus(SpanStatusCode.UNSET, "still open")
    proto = span.to_otel_proto()
    again = Span.from_otel_proto(proto)
    assert proto.trace_id.hex() == TRACE_ID.removeprefix("tr-")
    assert again == replace(span, attributes={**span.attributes, "mlflow.traceRequestId": TRACE_ID})


def test_a_span_that_runs_is_a_message_of_opentelemetry_too() -> None:
    with in_memory(), trilha.start_span("step") as span:
        span.set_inputs({"n": 1})
        read = Span.from_otel_proto(span.to_otel_proto())
    assert (read.trace_id, read.span_id, read.inputs, read.end_time_ns) == (span.trace_id, span.span_id, {"n": 1}, None)


def test_what_a_message_of_opentelemetry_cannot_hold_is_text() -> None:
    nested: list[Any] = []
    for _ in range(60):
        nested = [nested]
    span = a_span(attributes={"nested": nested, "large": 2**70, "lone": "\ud800"})
    span.links = [Link("tr-" + "ab" * 40, "cd" * 8)]
    read = Span.from_otel_proto(span.to_otel_proto())
    assert (read.attributes["large"], read.attributes["lone"], read.links) == (str(2**70), "?", [])
    assert json.dumps(read.attributes["nested"]).count("[") == 61


def test_a_message_of_opentelemetry_without_ids_is_no_span() -> None:
    proto = a_span().to_otel_proto()
    proto.ClearField("span_id")
    with pytest.raises(InvalidInput, match="a span needs"):
        Span.from_otel_proto(proto)


def test_where_the_messages_of_opentelemetry_are_missing_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.proto.trace.v1.trace_pb2", None)
    with pytest.raises(TrilhaError, match="pip install opentelemetry-proto"):
        a_span().to_otel_proto()
