"""What spans tell together: nothing is counted twice, and no circle of parents hangs us."""

import random

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from trilha import names
from trilha_server.domain.ids import SpanId
from trilha_server.domain.span import AttributeValue, Cost, SpanFacts, TokenUsage
from trilha_server.domain.trace import SpanSummary, TraceState
from trilha_server.normalise.summary import earlier_root, newer, summarise

from server.tests.support.spans import START_NS, a_span, some_spans, span_id


def facts_of(*spans: Span) -> dict[SpanId, SpanFacts]:
    return {facts.span_id: facts for facts in some_spans(*spans).facts}


def summary_of(*spans: Span) -> SpanSummary:
    return summarise(facts_of(*spans), some_spans(*spans).root)


def counted(number: int, tokens: int | None, parent: int | None = None, cost_usd: float | None = None) -> Span:
    usage: dict[str, AttributeValue] = (
        {} if tokens is None else {names.GEN_AI_INPUT_TOKENS: tokens, names.GEN_AI_OUTPUT_TOKENS: 0}
    )
    cost: dict[str, AttributeValue] = {} if cost_usd is None else {names.LLM_COST: {"total_cost": cost_usd}}
    return a_span(number, parent=parent, attributes={**usage, **cost})


def tokens_of(*spans: Span) -> int | None:
    usage = summary_of(*spans).usage
    return None if usage is None else usage.total_tokens


def test_tokens_of_siblings_add_up() -> None:
    assert tokens_of(counted(1, None), counted(2, 10, 1), counted(3, 5, 1)) == 15


def test_what_an_ancestor_has_counted_is_not_counted_again() -> None:
    spans = (counted(1, None), counted(2, 10, 1), counted(3, None, 2), counted(4, 7, 3), counted(5, 3, 1))

    assert tokens_of(*spans) == 13


def test_where_nobody_counted_there_is_no_sum() -> None:
    assert tokens_of(counted(1, None), counted(2, None, 1)) is None
    assert tokens_of(counted(1, 0)) == 0


def test_tokens_and_costs_are_added_each_for_itself() -> None:
    summary = summary_of(counted(1, 10), counted(2, 10, 1, cost_usd=0.5), counted(3, None, 2, cost_usd=0.5))

    assert summary.usage == TokenUsage(10, 0, 10)
    assert summary.cost == Cost(0.0, 0.0, 0.5)


def test_a_parent_that_is_missing_counts_nothing() -> None:
    assert tokens_of(counted(2, 10, 99), counted(3, 5, 99)) == 15


def test_spans_that_are_each_others_parents_end() -> None:
    circle = [counted(1, 1, parent=3), counted(2, None, parent=1), counted(3, None, parent=2)]

    assert tokens_of(*circle) == 1
    assert tokens_of(counted(1, 4, parent=1)) == 4
    assert summary_of(*circle).root_span_id is None


def test_a_long_chain_is_no_trouble() -> None:
    chain = [counted(number, 1, parent=number - 1 or None) for number in range(1, 3000)]

    assert tokens_of(*chain) == 1


@given(parents=st.lists(st.integers(0, 8), min_size=1, max_size=8), seed=st.integers(0, 99))
def test_the_order_of_spans_does_not_matter(parents: list[int], seed: int) -> None:
    spans = [
        counted(number, number if number % 2 else None, parent or None, 0.1 * number if number % 3 else None)
        for number, parent in enumerate(parents, start=1)
    ]
    shuffled = random.Random(seed).sample(spans, len(spans))

    assert summary_of(*shuffled) == summary_of(*spans)


def test_the_first_root_to_start_is_the_root() -> None:
    late, early = a_span(1, name="late", start_ns=START_NS + 5), a_span(2, name="early")
    summary = summary_of(late, early, a_span(3, parent=1, start_ns=START_NS - 5))

    assert (summary.root_span_id, summary.name, summary.start_ns) == (span_id(2), "early", START_NS)


def test_without_a_root_the_first_start_counts_and_there_is_no_end() -> None:
    summary = summary_of(a_span(2, parent=1, start_ns=START_NS + 5), a_span(3, parent=1))

    assert (summary.start_ns, summary.end_ns, summary.state) == (START_NS, None, TraceState.IN_PROGRESS)


def test_the_root_tells_how_it_ended() -> None:
    failed = Status.STATUS_CODE_ERROR
    assert summary_of(a_span(1, end_ns=None, status=failed)).state is TraceState.IN_PROGRESS
    assert summary_of(a_span(1, status=failed)).state is TraceState.ERROR
    assert summary_of(a_span(1), a_span(2, parent=1, status=failed)).state is TraceState.OK


def test_no_spans_are_a_trace_in_progress() -> None:
    assert summarise({}, None) == SpanSummary(span_count=0, start_ns=0)


def test_only_what_is_more_complete_replaces_a_span() -> None:
    [running] = facts_of(a_span(end_ns=None)).values()
    [ended] = facts_of(a_span()).values()
    [changed] = facts_of(a_span(name="renamed")).values()

    assert newer(None, running)
    assert newer(running, ended)
    assert newer(ended, changed)
    assert not newer(ended, running)
    assert not newer(ended, ended)


def test_the_payload_that_is_kept_is_that_of_the_first_root() -> None:
    early, late = a_span(1), a_span(2, start_ns=START_NS + 5)
    first, second = some_spans(early).root, some_spans(late).root
    spans = facts_of(early, late)

    assert earlier_root(spans, first, second) == earlier_root(spans, second, first) == first
    assert earlier_root(spans, None, second) == second
    assert earlier_root(spans, first, None) == first
