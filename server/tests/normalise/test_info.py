"""A trace is read through its layers: spans, what was declared, later edits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha import names
from trilha_server.domain.batch import RunLinked, TagsEdited
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.span import Cost, TokenUsage
from trilha_server.domain.trace import Declaration, SpanSummary, TraceInfo, TraceRecord, TraceState
from trilha_server.normalise.info import apply_update, cost_json, read_info, usage_json

from server.tests.support.spans import a_declaration, declared, trace_id

NS = 1_000_000
OK, ERROR, RUNNING, UNSPECIFIED = TraceState.OK, TraceState.ERROR, TraceState.IN_PROGRESS, TraceState.UNSPECIFIED


def info_of(
    declaration: Declaration | None = None,
    summary: SpanSummary | None = None,
    tag_edits: dict[str, str | None] | None = None,
) -> TraceInfo:
    record = TraceRecord(declared=declaration, summary=summary, tag_edits=tag_edits or {})
    return read_info(trace_id(1), ExperimentId(0), record, 1)


def a_summary(**fields: object) -> SpanSummary:
    return SpanSummary(**{"span_count": 1, "start_ns": 5 * NS, "end_ns": 9 * NS, "state": OK, **fields})  # type: ignore[arg-type]


def test_without_a_declaration_the_spans_tell() -> None:
    info = info_of(summary=a_summary(name="root", request_preview="in", tags={"a": "1"}))

    assert (info.request_time_ms, info.duration_ms, info.state, info.name) == (5, 4, OK, "root")
    assert (info.request_preview, info.response_preview, info.tags["a"]) == ("in", None, "1")


def test_what_was_declared_lies_over_what_the_spans_tell() -> None:
    summary = a_summary(metadata={"a": "span", "b": "span"}, tags={"t": "span"}, request_preview="span", name="root")
    declaration = a_declaration(metadata={"b": "declared"}, tags={"t": "declared"}, response_preview="declared")
    info = info_of(declaration, summary)

    assert info.metadata == {"a": "span", "b": "declared"}
    assert info.tags == {"t": "declared", names.TRACE_NAME: "root"}
    assert (info.request_preview, info.response_preview) == ("span", "declared")


def test_edits_lie_over_everything() -> None:
    info = info_of(a_declaration(tags={"a": "1", "b": "1"}), a_summary(name="root"), {"a": "2", "b": None, "c": None})

    assert info.tags == {"a": "2", names.TRACE_NAME: "root"}
    assert info_of(None, a_summary(name="root"), {names.TRACE_NAME: None}).name is None


@pytest.mark.parametrize(
    ("declared_state", "told_by_spans", "expected"),
    [
        (OK, ERROR, OK),
        (ERROR, OK, ERROR),
        (RUNNING, ERROR, ERROR),
        (RUNNING, RUNNING, RUNNING),
        (UNSPECIFIED, OK, OK),
        (UNSPECIFIED, RUNNING, UNSPECIFIED),
        (OK, RUNNING, OK),
    ],
)
def test_a_declared_end_is_final(declared_state: TraceState, told_by_spans: TraceState, expected: TraceState) -> None:
    assert info_of(a_declaration(state=declared_state), a_summary(state=told_by_spans)).state is expected


def test_an_end_before_the_start_is_no_negative_duration() -> None:
    assert info_of(summary=a_summary(end_ns=1)).duration_ms == 0


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"input_tokens": "many"}', '{"input_tokens": 1.5}'])
def test_declared_tokens_that_make_no_sense_leave_those_of_the_spans(text: str) -> None:
    declaration = a_declaration(metadata={names.TRACE_TOKEN_USAGE: text, names.TRACE_COST: text})

    info = info_of(declaration, a_summary(usage=TokenUsage(1, 2, 3), cost=Cost(1.0, 2.0, 3.0)))

    assert info.usage == TokenUsage(1, 2, 3)


@given(parts=st.tuples(*[st.integers(0, 10**6)] * 3, *[st.none() | st.integers(0, 10**6)] * 2))
def test_tokens_and_costs_in_metadata_are_read_as_they_were_written(
    parts: tuple[int, int, int, int | None, int | None],
) -> None:
    usage, cost = TokenUsage(*parts), Cost(parts[0] / 7, parts[1] / 7, parts[2] / 7)
    metadata = {names.TRACE_TOKEN_USAGE: usage_json(usage), names.TRACE_COST: cost_json(cost)}

    info = info_of(a_declaration(metadata=metadata))

    assert (info.usage, info.cost) == (usage, cost)


def test_a_later_declaration_wins_but_keeps_what_it_does_not_say() -> None:
    record = TraceRecord()
    cases: tuple[dict[str, Any], ...] = (
        {"state": RUNNING, "request_preview": "in", "tags": {"a": "1", "b": "1"}, "client_request_id": "c"},
        {"state": OK, "duration_ms": 5, "response_preview": "out", "tags": {"b": "2"}, "request_time_ms": 7},
    )
    for fields in cases:
        record = apply_update(record, declared(**fields))

    assert record.declared == Declaration(
        request_time_ms=7,
        duration_ms=5,
        state=OK,
        client_request_id="c",
        request_preview="in",
        response_preview="out",
        tags={"a": "1", "b": "2"},
    )


def test_a_declaration_from_before_the_end_never_undoes_the_end() -> None:
    begun = declared(state=RUNNING, tags={"a": "begun"}, request_time_ms=1)
    ended = declared(state=ERROR, tags={"a": "ended"}, duration_ms=3, request_time_ms=2)
    orders = [apply_update(apply_update(TraceRecord(), one), other) for one, other in ((begun, ended), (ended, begun))]

    assert orders[0] == orders[1]
    assert orders[0].declared is not None
    assert (orders[0].declared.state, orders[0].declared.tags) == (ERROR, {"a": "ended"})


@given(
    updates=st.lists(
        st.one_of(
            st.builds(declared, state=st.sampled_from(TraceState), tags=st.just({"a": "1"})),
            st.builds(TagsEdited, trace_id=st.just(trace_id(1)), tags=st.just({"a": None})),
            st.builds(RunLinked, trace_id=st.just(trace_id(1)), run_id=st.sampled_from("ab")),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_doing_it_twice_is_doing_it_once(updates: list[RunLinked]) -> None:
    record = TraceRecord()
    for update in updates:
        record = apply_update(record, update)

    assert apply_update(record, updates[-1]) == record
