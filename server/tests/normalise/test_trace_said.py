from hypothesis import given
from hypothesis import strategies as st
from trilha import names
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.trace import TraceRecord, TraceState
from trilha_server.normalise.info import read_info
from trilha_server.normalise.otlp import read_request
from trilha_server.normalise.summary import summarise
from trilha_server.normalise.trace_said import trace_said

from server.tests.support.spans import SECOND_NS, START_NS, a_request, a_span

SAID = {
    names.TRACE_CLIENT_REQUEST_ID: "req-1",
    names.TRACE_STATE: "ERROR",
    names.TRACE_REQUEST_PREVIEW: "asked",
    names.TRACE_RESPONSE_PREVIEW: "answered",
    names.TRACE_RUN_ID: "run-1",
    names.TRACE_METADATA_PREFIX + names.TRACE_SESSION: "s-1",
    names.TRACE_METADATA_PREFIX + "shop": "north",
    names.SPAN_INPUTS: '"never shown"',
}


def info_of(end_ns: int | None = START_NS + SECOND_NS):
    [trace] = read_request(a_request(a_span(1, end_ns=end_ns, attributes=SAID)).SerializeToString()).traces
    record = TraceRecord(summary=summarise({facts.span_id: facts for facts in trace.facts}, trace.root, trace.previews))
    return read_info(trace.trace_id, ExperimentId(0), record, 1)


def test_what_a_root_says_of_its_trace_wins_over_what_the_span_tells() -> None:
    info = info_of()
    assert (info.client_request_id, info.state) == ("req-1", TraceState.ERROR)
    assert (info.request_preview, info.response_preview) == ("asked", "answered")
    assert (info.session, info.metadata["shop"], info.all_run_ids) == ("s-1", "north", ("run-1",))


def test_the_session_that_the_application_said_wins_over_a_framework_s() -> None:
    root = a_span(1, attributes=SAID)
    step = a_span(2, parent=1, attributes={"session.id": "thread-7", "user.id": "ana"})
    [trace] = read_request(a_request(root, step).SerializeToString()).traces
    summary = summarise({facts.span_id: facts for facts in trace.facts}, trace.root, trace.previews)
    assert summary.metadata[names.TRACE_SESSION] == "s-1"
    assert summary.metadata[names.TRACE_USER] == "ana"


def test_a_trace_whose_root_runs_is_in_progress_whatever_is_said() -> None:
    assert info_of(end_ns=None).state is TraceState.IN_PROGRESS


def test_an_unknown_state_is_not_taken_over() -> None:
    assert trace_said({names.TRACE_STATE: "MAYBE"}).state is None


@given(st.dictionaries(st.sampled_from(sorted(SAID)), st.one_of(st.none(), st.integers(), st.binary(), st.text())))
def test_values_of_any_type_are_read(attributes: dict[str, str | int | bytes | None]) -> None:
    said = trace_said(attributes)
    assert all(isinstance(value, str) for value in said.metadata.values())
