"""What every store promises about writing traces and reading them back."""

import threading
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from trilha import names
from trilha_server.domain.batch import RunLinked, SpansArrived, TagsEdited, TraceUpdate
from trilha_server.domain.errors import NotFound
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.span import AttributeValue, Cost, SpanEvent, SpanFacts, SpanLink, SpanStatus, TokenUsage
from trilha_server.domain.span import Span as WholeSpan
from trilha_server.domain.trace import TraceInfo, TraceState
from trilha_server.normalise.otlp import read_request
from trilha_server.normalise.values import to_key_values
from trilha_server.ports import Store, TraceQuery

from server.tests.support.spans import (
    NOW_MS,
    SECOND_NS,
    START_NS,
    a_request,
    a_span,
    arrived,
    declared,
    otel_id,
    span_id,
    trace_id,
)

_numbers = count(1000)

LINE = "nothing is dropped in silence "


def info_of(store: Store, trace: int) -> TraceInfo:
    [info] = store.reader.get([trace_id(trace)])
    return info


def written(store: Store, trace: TraceId) -> dict[bytes, WholeSpan]:
    spans = list(store.reader.spans(trace))
    by_id: dict[bytes, WholeSpan] = {span.facts.span_id: span for span in spans}
    assert len(by_id) == len(spans), "a span was read twice"
    return by_id


class RoundTripSuite:
    """What goes in comes out."""

    def test_a_whole_span_comes_back_as_it_was_sent(self, store: Store) -> None:
        nested: dict[str, AttributeValue] = {
            "deep": {"list": [1, 2.5, True, None, "ä", b"\x00\xff"], "empty": {}},
            "none": None,
        }
        sent = a_span(
            7,
            trace=3,
            parent=6,
            name="plan",
            status=Status.STATUS_CODE_ERROR,
            status_message="boom",
            attributes={"inputs": nested, names.SPAN_TYPE: "TOOL", names.GEN_AI_INPUT_TOKENS: 12, "nul": "a\x00b"},
            events=[Span.Event(name="retry", time_unix_nano=START_NS + 5, attributes=to_key_values({"n": 1}))],
            links=[Span.Link(trace_id=otel_id(9), span_id=span_id(8), attributes=to_key_values({"why": "batch"}))],
        )
        request = a_request(sent, resource={"service.name": "agent", "pid": 7}, scope=("lib", "1.2"))
        [trace] = read_request(request.SerializeToString()).traces

        store.writer.write([SpansArrived(experiment_id=ExperimentId(0), spans=trace)])

        assert list(store.reader.spans(trace_id(3))) == [
            WholeSpan(
                facts=SpanFacts(
                    span_id(7),
                    span_id(6),
                    "plan",
                    "TOOL",
                    START_NS,
                    START_NS + SECOND_NS,
                    SpanStatus.ERROR,
                    TokenUsage(12, 0, 12),
                ),
                status_message="boom",
                attributes={
                    "inputs": nested,
                    names.SPAN_TYPE: "TOOL",
                    names.GEN_AI_INPUT_TOKENS: 12,
                    "nul": "a\x00b",
                },
                events=[SpanEvent(name="retry", time_ns=START_NS + 5, attributes={"n": 1})],
                links=[SpanLink(trace_id=trace_id(9), span_id=span_id(8), attributes={"why": "batch"})],
                resource={"service.name": "agent", "pid": 7},
                scope_name="lib",
                scope_version="1.2",
            )
        ]

    def test_the_trace_reads_as_its_root_tells(self, store: Store) -> None:
        root = a_span(
            name="answer",
            attributes={
                names.SPAN_INPUTS: '{"question": "why"}',
                names.SPAN_OUTPUTS: '"because"',
                names.OTEL_SESSION_ID: "s-1",
                names.OTEL_USER_ID: "ana",
                names.CHAT_TOKEN_USAGE: '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}',
                names.LLM_COST: '{"input_cost": 0.5, "output_cost": 0.25, "total_cost": 0.75}',
            },
        )
        store.writer.write([arrived(root, resource={"service.name": "agent", "service.version": "1.0"})])

        assert info_of(store, 1) == TraceInfo(
            trace_id=trace_id(1),
            experiment_id=info_of(store, 1).experiment_id,
            request_time_ms=NOW_MS,
            duration_ms=1000,
            state=TraceState.OK,
            client_request_id=None,
            request_preview='{"question": "why"}',
            response_preview="because",
            metadata={names.TRACE_SESSION: "s-1", names.TRACE_USER: "ana"},
            tags={names.TRACE_NAME: "answer", "service.name": "agent", "service.version": "1.0"},
            run_ids=(),
            span_count=1,
            usage=TokenUsage(3, 4, 7),
            cost=Cost(0.5, 0.25, 0.75),
            change=info_of(store, 1).change,
        )

    def test_what_is_unknown_is_left_out_and_the_rest_stands_in_the_order_asked_for(self, store: Store) -> None:
        store.writer.write([arrived(a_span(trace=1)), arrived(a_span(trace=2))])

        found = store.reader.get([trace_id(2), trace_id(77), trace_id(1), trace_id(2)])

        assert [info.trace_id for info in found] == [trace_id(2), trace_id(1)]
        assert store.reader.structure(trace_id(77)) == []
        assert list(store.reader.spans(trace_id(77))) == []

    def test_the_structure_is_ordered_by_start(self, store: Store) -> None:
        store.writer.write([arrived(a_span(1, start_ns=START_NS + 2), a_span(2, parent=1, start_ns=START_NS + 1))])
        store.writer.write([arrived(a_span(3, parent=1, start_ns=START_NS + 1))])

        assert [facts.span_id for facts in store.reader.structure(trace_id(1))] == [span_id(2), span_id(3), span_id(1)]

    def test_some_spans_can_be_read_without_the_others(self, store: Store) -> None:
        store.writer.write([arrived(*(a_span(number, parent=None if number == 1 else 1) for number in range(1, 9)))])

        found = store.reader.spans(trace_id(1), [span_id(3), span_id(5), span_id(99)])

        assert {span.facts.span_id for span in found} == {span_id(3), span_id(5)}

    def test_spans_of_several_services_in_one_request_keep_their_own_resources(self, store: Store) -> None:
        request = a_request(a_span(1), resource={"service.name": "front"})
        request.MergeFrom(a_request(a_span(2, parent=1), resource={"service.name": "back"}))
        request.MergeFrom(a_request(a_span(3, parent=1), resource={"service.name": "front"}))
        [trace] = read_request(request.SerializeToString()).traces

        store.writer.write([SpansArrived(experiment_id=ExperimentId(0), spans=trace)])

        spans = written(store, trace_id(1))
        assert [spans[span_id(number)].resource["service.name"] for number in (1, 2, 3)] == ["front", "back", "front"]
        assert info_of(store, 1).tags["service.name"] == "front"

    def test_five_thousand_spans_come_back_whole(self, store: Store) -> None:
        spans = [a_span(n, parent=None if n == 1 else 1, name=f"s{n}", start_ns=START_NS + n) for n in range(1, 5001)]

        assert store.writer.write([arrived(*spans)]) == [5000]

        assert info_of(store, 1).span_count == 5000
        assert [facts.name for facts in store.reader.structure(trace_id(1))] == [f"s{n}" for n in range(1, 5001)]
        assert written(store, trace_id(1)).keys() == {span_id(number) for number in range(1, 5001)}

    def test_a_span_of_megabytes_comes_back_whole_between_small_ones(self, store: Store) -> None:
        text = LINE * 200_000
        spans = [a_span(n, parent=n - 1 or None, attributes={"text": text if n == 2 else "small"}) for n in (1, 2, 3)]

        store.writer.write([arrived(*spans)])

        found = written(store, trace_id(1))
        assert [found[span_id(n)].attributes["text"] == text for n in (1, 2, 3)] == [False, True, False]

    def test_text_with_nul_is_kept_everywhere(self, store: Store) -> None:
        nul = "a\x00b"
        span = a_span(name=nul, attributes={names.SPAN_TYPE: nul, names.OTEL_SESSION_ID: nul})
        store.writer.write([arrived(span, run_id=nul)])
        store.writer.write([declared(tags={nul: nul}, metadata={nul: nul}, client_request_id=nul)])
        store.writer.write([TagsEdited(trace_id=trace_id(1), tags={"later": nul})])

        info = info_of(store, 1)
        assert info.tags == {names.TRACE_NAME: nul, nul: nul, "later": nul}
        assert info.metadata == {names.TRACE_SESSION: nul, nul: nul}
        assert (info.client_request_id, info.run_ids) == (nul, (nul,))
        assert store.reader.structure(trace_id(1))[0].name == nul

    def test_an_absurd_number_of_tokens_does_not_stop_the_store(self, store: Store) -> None:
        huge = {names.GEN_AI_INPUT_TOKENS: 2**63 - 1, names.GEN_AI_OUTPUT_TOKENS: 2**63 - 1}
        metadata = {names.TRACE_TOKEN_USAGE: f'{{"input_tokens": 1, "output_tokens": 1, "total_tokens": {10**30}}}'}
        store.writer.write([arrived(a_span(1, attributes=huge), a_span(2, parent=99, attributes=huge))])
        store.writer.write([declared(2, metadata=metadata)])

        usage = info_of(store, 1).usage
        assert usage is not None
        assert usage.total_tokens > 2**40
        assert info_of(store, 2).metadata == metadata

    def test_an_infinite_cost_counts_as_none(self, store: Store) -> None:
        cost: dict[str, AttributeValue] = {"input_cost": float("inf"), "output_cost": 1.0, "total_cost": float("nan")}
        store.writer.write([arrived(a_span(attributes={names.LLM_COST: cost}))])

        assert info_of(store, 1).cost == Cost(0.0, 1.0, 1.0)


class IdempotenceSuite:
    """Twice is once, and any order is the same."""

    def test_the_same_batch_twice_is_kept_once(self, store: Store) -> None:
        assert store.writer.write([arrived(a_span(1), a_span(2, parent=1))]) == [2]
        before = info_of(store, 1)

        assert store.writer.write([arrived(a_span(1), a_span(2, parent=1))]) == [0]

        assert len(written(store, trace_id(1))) == 2
        assert info_of(store, 1).span_count == before.span_count

    def test_of_an_overlapping_batch_only_what_is_new_is_added(self, store: Store) -> None:
        store.writer.write([arrived(a_span(1), a_span(2, parent=1))])

        assert store.writer.write([arrived(a_span(2, parent=1), a_span(3, parent=1))]) == [1]

        assert written(store, trace_id(1)).keys() == {span_id(1), span_id(2), span_id(3)}

    def test_a_span_twice_in_one_batch_is_kept_once(self, store: Store) -> None:
        same = arrived(a_span(1), a_span(1), a_span(2, parent=1))

        assert store.writer.write([same, same]) == [2, 0]

        assert written(store, trace_id(1)).keys() == {span_id(1), span_id(2)}

    def test_a_span_that_runs_and_ends_within_one_batch_has_ended(self, store: Store) -> None:
        running, ended = a_span(end_ns=None), a_span(attributes={names.SPAN_OUTPUTS: "done"})
        later = a_span(end_ns=None, start_ns=START_NS, attributes={names.SPAN_INPUTS: "begun"})
        store.writer.write([arrived(running, ended, later)])

        assert written(store, trace_id(1))[span_id(1)].attributes == {names.SPAN_OUTPUTS: "done"}
        assert (info_of(store, 1).state, info_of(store, 1).response_preview) == (TraceState.OK, "done")

    def test_updates_of_one_trace_in_one_batch_are_laid_over_each_other(self, store: Store) -> None:
        store.writer.write(
            [
                arrived(a_span(2, parent=1)),
                declared(tags={"env": "test"}),
                arrived(a_span(1)),
                TagsEdited(trace_id=trace_id(1), tags={"env": "prod"}),
                RunLinked(trace_id=trace_id(1), run_id="run-1"),
            ]
        )

        info = info_of(store, 1)
        assert (info.span_count, info.tags["env"], info.run_ids) == (2, "prod", ("run-1",))

    @given(order=st.permutations(range(6)), cuts=st.sets(st.integers(1, 5)))
    def test_the_order_of_arrival_does_not_matter(self, store: Store, order: list[int], cuts: set[int]) -> None:
        expected = _arrive(store, [list(range(6))])
        batches = [order[start:end] for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 6], strict=True)]

        assert _arrive(store, batches) == expected

    @given(order=st.permutations(range(6)), twice=st.integers(0, 5))
    def test_what_comes_late_a_second_time_changes_nothing(self, store: Store, order: list[int], twice: int) -> None:
        expected = _arrive(store, [list(range(6))])

        assert _arrive(store, [order, [twice]]) == expected


def _arrive(store: Store, batches: list[list[int]]) -> tuple[object, ...]:
    """Send a trace of two services, two roots, a span that runs first, and a declaration; read it back."""
    number = next(_numbers)
    for batch in batches:
        store.writer.write([_update(number, part) for part in batch])
    info = info_of(store, number)
    spans = {span.facts.span_id: span for span in store.reader.spans(trace_id(number))}
    facts = [
        getattr(info, field) for field in info.__struct_fields__ if field not in ("trace_id", "change", "experiment_id")
    ]
    return (*facts, spans, store.reader.structure(trace_id(number)))


def _update(number: int, part: int) -> TraceUpdate:
    front, back = {"service.name": "front"}, {"service.name": "back"}
    usage = {names.GEN_AI_INPUT_TOKENS: 10, names.GEN_AI_OUTPUT_TOKENS: 1}
    root = {names.SPAN_INPUTS: "question", names.OTEL_USER_ID: "ana"}
    match part:
        case 0:  # the root while it runs
            return arrived(a_span(1, trace=number, name="root", end_ns=None, attributes=root), resource=front)
        case 1:  # the root, ended, beside a child
            ended = a_span(1, trace=number, name="root", attributes={**root, names.SPAN_OUTPUTS: "answer"})
            return arrived(ended, a_span(2, trace=number, parent=1, start_ns=START_NS + 5), resource=front)
        case 2:  # a second root that began later, twice in one batch with the first one as it ran
            other = a_span(3, trace=number, name="other", start_ns=START_NS + 9, attributes={names.SPAN_INPUTS: "x"})
            running = a_span(1, trace=number, name="root", end_ns=None, attributes=root)
            return arrived(other, running, resource=front)
        case 3:  # another service
            return arrived(a_span(4, trace=number, parent=2, start_ns=START_NS + 7, attributes=usage), resource=back)
        case 4:  # a child whose usage holds that of the one above
            return arrived(a_span(2, trace=number, parent=1, start_ns=START_NS + 5), resource=front)
        case _:
            return declared(number, tags={"env": "prod", names.TRACE_NAME: "declared"}, request_time_ms=NOW_MS + 1)


class TraceSuite:
    """What a trace is while its parts come in."""

    def test_a_trace_is_in_progress_until_its_root_has_ended(self, store: Store) -> None:
        store.writer.write([arrived(a_span(2, parent=1, start_ns=START_NS + SECOND_NS))])
        before = info_of(store, 1)
        store.writer.write([arrived(a_span(1, end_ns=None))])
        running = info_of(store, 1)
        store.writer.write([arrived(a_span(1, status=Status.STATUS_CODE_ERROR))])
        ended = info_of(store, 1)

        assert (before.state, before.request_time_ms, before.duration_ms) == (
            TraceState.IN_PROGRESS,
            NOW_MS + 1000,
            None,
        )
        assert (running.state, running.request_time_ms, running.duration_ms) == (TraceState.IN_PROGRESS, NOW_MS, None)
        assert (ended.state, ended.duration_ms, ended.span_count) == (TraceState.ERROR, 1000, 2)

    def test_a_span_that_ended_is_not_replaced_by_its_beginning(self, store: Store) -> None:
        store.writer.write([arrived(a_span(1, attributes={names.SPAN_OUTPUTS: "done"}))])

        store.writer.write([arrived(a_span(1, end_ns=None), a_span(2, parent=1))])

        assert written(store, trace_id(1))[span_id(1)].attributes == {names.SPAN_OUTPUTS: "done"}
        assert (info_of(store, 1).state, info_of(store, 1).response_preview) == (TraceState.OK, "done")

    def test_a_declaration_wins_over_what_the_spans_tell(self, store: Store) -> None:
        store.writer.write([arrived(a_span(name="root", attributes={names.SPAN_INPUTS: "from the span"}))])
        store.writer.write(
            [declared(request_time_ms=5, duration_ms=7, request_preview="declared", state=TraceState.ERROR)]
        )

        info = info_of(store, 1)
        assert (info.request_time_ms, info.duration_ms, info.request_preview) == (5, 7, "declared")
        assert (info.state, info.name) == (TraceState.ERROR, "root")

    def test_the_strongest_claim_decides_theExperimentId(self, store: Store) -> None:
        claims = (
            arrived(a_span(2, parent=1), experiment=1),
            arrived(a_span(3, parent=1), experiment=2),
            arrived(a_span(1), experiment=3),
            arrived(a_span(4, parent=1), experiment=4),
            declared(experiment=5),
            arrived(a_span(1), experiment=6),
            declared(experiment=7),
        )
        seen: list[int] = []
        for claim in claims:
            store.writer.write([claim])
            seen.append(info_of(store, 1).experiment_id)

        assert seen == [1, 1, 3, 3, 5, 5, 5]

    def test_a_trace_that_moves_is_found_only_where_it_is(self, store: Store) -> None:
        store.writer.write([arrived(a_span(2, parent=1), experiment=1)])
        store.writer.write([declared(experiment=2, tags={"env": "prod"})])

        assert store.reader.search(TraceQuery(experiment_ids=(ExperimentId(1),))).traces == []
        assert len(store.reader.search(TraceQuery(experiment_ids=(ExperimentId(2),))).traces) == 1

    def test_tags_are_set_and_deleted_whatever_comes_later(self, store: Store) -> None:
        store.writer.write([arrived(a_span(name="root"))])
        store.writer.write(
            [TagsEdited(trace_id=trace_id(1), tags={"env": "test", "team": "a", names.TRACE_NAME: None})]
        )
        store.writer.write([TagsEdited(trace_id=trace_id(1), tags={"env": "prod", "team": None, "never": None})])
        store.writer.write([declared(tags={"team": "b", "other": "1"})])

        assert info_of(store, 1).tags == {"env": "prod", "other": "1"}

    @pytest.mark.parametrize(
        "update", [TagsEdited(trace_id=trace_id(5), tags={"a": "b"}), RunLinked(trace_id=trace_id(5), run_id="r")]
    )
    def test_what_does_not_exist_cannot_be_changed_and_nothing_of_the_batch_is_kept(
        self, store: Store, update: TraceUpdate
    ) -> None:
        with pytest.raises(NotFound):
            store.writer.write([arrived(a_span(trace=1)), update])

        assert store.reader.get([trace_id(1)]) == []

    def test_runs_are_linked_once_each(self, store: Store) -> None:
        store.writer.write([arrived(a_span(2, parent=1), run_id="not the root's")])
        store.writer.write([arrived(a_span(1), run_id="run-1")])
        store.writer.write(
            [RunLinked(trace_id=trace_id(1), run_id="run-2"), RunLinked(trace_id=trace_id(1), run_id="run-1")]
        )
        store.writer.write([declared(metadata={names.SOURCE_RUN: "run-0"})])

        assert info_of(store, 1).all_run_ids == ("run-0", "run-1", "run-2")

    def test_a_transaction_that_fails_keeps_nothing_and_a_later_one_works(self, store: Store) -> None:
        new_names = arrived(a_span(1, name="new name"), resource={"service.name": "new service"})
        with pytest.raises(NotFound):
            store.writer.write(
                [new_names, declared(2, tags={"new key": "v"}), TagsEdited(trace_id=trace_id(9), tags={})]
            )
        change = store.reader.last_change()

        store.writer.write([new_names, declared(2, tags={"new key": "v"})])

        assert store.reader.last_change() > change
        assert store.reader.get([trace_id(1), trace_id(2)])[1].tags == {"new key": "v"}

    def test_threads_that_write_the_same_trace_lose_nothing(self, store: Store) -> None:
        failures: list[BaseException] = []

        def write(first: int) -> None:
            try:
                for number in range(first, 100, 4):
                    store.writer.write([arrived(a_span(number + 1, parent=200)), arrived(a_span(trace=number + 10))])
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert info_of(store, 1).span_count == 100
        assert len(store.reader.get([trace_id(number + 10) for number in range(100)])) == 100
