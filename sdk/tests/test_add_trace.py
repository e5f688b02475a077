"""What a called service answers of its trace becomes a part of the trace that calls it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import trilha
from trilha import _faults
from trilha.entities import SpanStatusCode, Trace, TraceState
from trilha.testing import InMemory, in_memory

from sdk.tests.test_entities import a_span, a_trace


@pytest.fixture(name="told")
def _told() -> Iterator[InMemory]:
    with in_memory() as told:
        yield told


def answered(**said: Any) -> Trace:
    root = a_span(
        "served", attributes={"mlflow.spanInputs": {"q": 1}, "mlflow.spanOutputs": "a", "mlflow.traceTag.a": "b"}
    )
    child = a_span("look up", root.span_id, {"mlflow.spanType": "TOOL", "mlflow.spanDescription": "finds", "own": [1]})
    return a_trace(root, child, **said)


@pytest.mark.parametrize("is_json", [False, True])
def test_the_steps_of_a_trace_that_ended_elsewhere_are_below_the_current_span(told: InMemory, *, is_json: bool) -> None:
    trace = answered()
    with trilha.start_span("calls") as span:
        trilha.add_trace(json.loads(trace.to_json()) if is_json else trace)
    assert told.tree() == [["calls", ["served", ["look up"]]]]
    served, step = told.span("served"), told.span("look up")
    assert served.trace_id == span.trace_id
    assert (served.span_id, served.inputs, served.outputs) == (trace.data.spans[0].span_id, {"q": 1}, "a")
    assert (served.start_time_ns, served.end_time_ns) == (
        trace.data.spans[0].start_time_ns,
        trace.data.spans[0].end_time_ns,
    )
    assert (step.span_type, step.description, step.get_attribute("own")) == ("TOOL", "finds", [1])
    assert (step.status, step.events, step.links) == (
        trace.data.spans[1].status,
        trace.data.spans[1].events,
        trace.data.spans[1].links,
    )
    assert "mlflow.traceTag.a" not in served.attributes


def test_they_are_below_the_span_that_is_named(told: InMemory) -> None:
    with trilha.start_span("calls") as span, trilha.start_span("inner"):
        trilha.add_trace(answered(), target=span)
    assert told.tree() == [["calls", ["served", ["look up"]], ["inner"]]]


def test_without_a_span_they_are_a_trace_of_their_own(told: InMemory) -> None:
    trilha.add_trace(answered())
    assert told.tree() == [["Remote Trace <served>", ["served", ["look up"]]]]
    root = told.span("Remote Trace <served>")
    assert (root.inputs, root.outputs, root.status.status_code) == ({"q": 1}, "a", SpanStatusCode.ERROR)


def test_what_the_trace_here_says_of_itself_stands(told: InMemory) -> None:
    elsewhere = answered(
        tags={"a": "there", "b": "there", "mlflow.traceName": "served"},
        trace_metadata={"mlflow.trace.session": "s", "mlflow.trace.tokenUsage": "{}"},
    )
    with trilha.start_span("calls"):
        trilha.update_current_trace(tags={"a": "here"})
        trilha.add_trace(elsewhere)
    (trace,) = told.traces
    assert trace.tags == {"a": "here", "b": "there"}
    assert trace.metadata["mlflow.trace.session"] == "s"
    assert "mlflow.trace.tokenUsage" not in trace.metadata


def test_in_a_trace_that_is_not_kept_nothing_is(told: InMemory) -> None:
    with trilha.tracing.context(enabled=False):
        trilha.add_trace(answered())
    assert told.names == []


@pytest.mark.parametrize("what", [None, {}, {"info": {"trace_id": "x"}, "data": {}}, "text", "unfinished"])
def test_what_is_no_trace_that_has_ended_is_told_and_stops_nothing(told: InMemory, what: Any) -> None:
    if what == "unfinished":
        what = answered()
        what.info.state = TraceState.IN_PROGRESS
    trilha.add_trace(what)
    with trilha.start_span("calls"):
        pass
    assert told.names == ["calls"]
    assert _faults.counts() == {"a trace could not be added to another": 1}
