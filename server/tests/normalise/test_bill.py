"""The bill of a trace: which span counts, and what it adds up to."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.ids import SpanId
from trilha_server.domain.price import Charge, TokenKind
from trilha_server.domain.span import Cost, Price, SpanFacts, SpanStatus, TokenUsage
from trilha_server.normalise.bill import Bill, bill_of
from trilha_server.normalise.summary import summarise

from server.tests.support.spans import START_NS, span_id

PRICE = Price("a list", "2026-01-01", {"input": 2.0, "output": 10.0})


def a_call(
    number: int,
    tokens: int | None = None,
    *,
    parent: int | None = None,
    usd: float | None = None,
    price: Price | None = None,
) -> SpanFacts:
    """A span with so many tokens in, and half as many out."""
    usage = None if tokens is None else TokenUsage(tokens, tokens // 2, tokens + tokens // 2)
    cost = None if usd is None else Cost(0.0, 0.0, usd)
    if price is not None and usage is not None:
        priced = (usage.input_tokens * price.usd_per_million["input"]) / 1e6
        rest = (usage.output_tokens * price.usd_per_million["output"]) / 1e6
        cost = Cost(priced, rest, priced + rest)
    parent_id = None if parent is None else span_id(parent)
    started = START_NS + number
    return SpanFacts(
        span_id(number), parent_id, "call", "LLM", started, started, SpanStatus.OK, usage, cost, "m", None, price
    )


def within(bill: Bill) -> dict[int, tuple[int | None, int | None]]:
    """Of each span, which span above holds its tokens, and which its cost."""
    return {
        int.from_bytes(item.facts.span_id, "big"): (
            None if item.tokens_within is None else int.from_bytes(item.tokens_within, "big"),
            None if item.cost_within is None else int.from_bytes(item.cost_within, "big"),
        )
        for item in bill.spans
    }


def test_lines_of_one_kind_and_price_are_added_up() -> None:
    other = Price("a list", "", {"input": 3.0, "output": 10.0})
    bill = bill_of([a_call(1), a_call(2, 100, parent=1, price=PRICE), a_call(3, 50, parent=1, price=PRICE)])
    both = bill_of([a_call(1, 100, price=PRICE), a_call(2, 10, price=other)])

    assert bill.charges == [Charge(TokenKind.INPUT, 150, 2.0), Charge(TokenKind.OUTPUT, 75, 10.0)]
    assert bill.cost is not None
    assert sum(charge.usd for charge in bill.charges) == pytest.approx(bill.cost.total_usd)
    assert both.charges == [
        Charge(TokenKind.INPUT, 100, 2.0),
        Charge(TokenKind.INPUT, 10, 3.0),
        Charge(TokenKind.OUTPUT, 55, 10.0),
    ]


def test_spans_without_tokens_and_cost_are_not_on_the_bill() -> None:
    assert bill_of([]).spans == bill_of([a_call(1)]).spans == []


def test_a_roll_up_holds_what_is_below_it() -> None:
    spans = [a_call(1, 30, price=PRICE), a_call(2, 20, parent=1, price=PRICE), a_call(3, 10, parent=2, price=PRICE)]

    bill = bill_of(spans)

    assert within(bill) == {1: (None, None), 2: (1, 1), 3: (1, 1)}
    assert bill.charges == [Charge(TokenKind.INPUT, 30, 2.0), Charge(TokenKind.OUTPUT, 15, 10.0)]


def test_a_roll_up_without_a_price_leaves_the_cost_to_the_calls_that_it_holds() -> None:
    bill = bill_of([a_call(1, 30), a_call(2, 20, parent=1, price=PRICE), a_call(3, 10, parent=1, price=PRICE)])

    assert within(bill) == {1: (None, None), 2: (1, None), 3: (1, None)}
    assert bill.usage == TokenUsage(30, 15, 45)
    assert sum(charge.tokens for charge in bill.charges) == 45
    assert bill.tokens_without_price == 0


def test_tokens_of_which_no_price_is_known_are_told() -> None:
    bill = bill_of([a_call(1), a_call(2, 20, parent=1), a_call(3, 10, parent=1, price=PRICE)])
    covered = bill_of([a_call(1, usd=1.0), a_call(2, 20, parent=1)])

    assert bill.tokens_without_price == 30
    assert covered.tokens_without_price == 0


def test_a_cost_that_the_application_set_has_no_lines() -> None:
    bill = bill_of([a_call(1, 10, usd=0.5)])

    assert (bill.charges, bill.spans[0].charges) == ([], [])
    assert bill.cost == Cost(0.0, 0.0, 0.5)


def test_spans_that_are_each_others_parents_end() -> None:
    circle = [a_call(1, 1, parent=2, price=PRICE), a_call(2, 1, parent=1, price=PRICE), a_call(3, 1, parent=3)]

    assert within(bill_of(circle)) == {1: (None, None), 2: (1, 1), 3: (None, None)}


calls = st.tuples(st.none() | st.integers(0, 1000), st.sampled_from([None, "app", "list"]))


@st.composite
def trees(draw: st.DrawFn) -> list[SpanFacts]:
    """Spans below each other, each with or without tokens, a cost of the application's, or a price."""
    spans: list[SpanFacts] = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        parent = draw(st.none() | st.integers(1, number - 1)) if number > 1 else None
        tokens, origin = draw(calls)
        usd = 0.001 * number if origin == "app" else None
        spans.append(a_call(number, tokens, parent=parent, usd=usd, price=PRICE if origin == "list" else None))
    return spans


@given(spans=trees())
def test_the_bill_adds_up_to_the_totals_of_the_trace(spans: list[SpanFacts]) -> None:
    bill = bill_of(spans)
    counted = [item.facts for item in bill.spans if item.cost_within is None]
    set_by_hand = sum(facts.cost.total_usd for facts in counted if facts.cost is not None and facts.price is None)
    lines = sum(charge.usd for charge in bill.charges)
    tokens = [item.facts.usage for item in bill.spans if item.tokens_within is None and item.facts.usage is not None]

    assert (0.0 if bill.cost is None else bill.cost.total_usd) == pytest.approx(lines + set_by_hand)
    assert (0 if bill.usage is None else bill.usage.total_tokens) == sum(usage.total_tokens for usage in tokens)
    assert 0 <= bill.tokens_without_price <= (0 if bill.usage is None else bill.usage.total_tokens)


@given(spans=trees())
def test_on_no_way_down_the_tree_is_anything_counted_twice(spans: list[SpanFacts]) -> None:
    above = {span.span_id: span.parent_id for span in spans}
    bill = bill_of(spans)
    for counted in (
        {item.facts.span_id for item in bill.spans if item.facts.usage and item.tokens_within is None},
        {item.facts.span_id for item in bill.spans if item.facts.cost and item.cost_within is None},
    ):
        for number in counted:
            parent = above[number]
            while parent is not None:
                assert parent not in counted
                parent = above[parent]


@pytest.mark.slow
@given(spans=trees())
def test_where_every_call_has_a_price_tokens_and_cost_are_of_the_same_spans(spans: list[SpanFacts]) -> None:
    priced = [
        a_call(
            int.from_bytes(span.span_id, "big"),
            None if span.usage is None else span.usage.input_tokens,
            parent=None if span.parent_id is None else int.from_bytes(span.parent_id, "big"),
            price=PRICE,
        )
        for span in spans
    ]

    bill = bill_of(priced)

    assert all(item.tokens_within == item.cost_within for item in bill.spans)
    assert sum(charge.tokens for charge in bill.charges) == (0 if bill.usage is None else bill.usage.total_tokens)
    assert bill.tokens_without_price == 0


def rolled_up(spans: list[SpanFacts], wrappers: set[int]) -> list[SpanFacts]:
    """Give wrappers the sum of what is below them, and leaves what they have."""
    below: dict[SpanId, list[SpanId]] = {}
    by_id = {span.span_id: span for span in spans}
    for span in reversed(spans):
        children = [by_id[child] for child in below.get(span.span_id, [])]
        counted = [child.usage for child in children if child.usage is not None]
        total = counted[0] if counted else None
        for usage in counted[1:]:
            assert total is not None
            total = total + usage
        if children and int.from_bytes(span.span_id, "big") in wrappers:
            by_id[span.span_id] = msgspec.structs.replace(span, usage=total, cost=None, price=None)
        if span.parent_id is not None:
            handed_up = [span.span_id] if by_id[span.span_id].usage is not None else below.get(span.span_id, [])
            below.setdefault(span.parent_id, []).extend(handed_up)
    return list(by_id.values())


@given(parents=st.lists(st.integers(0, 10), min_size=1, max_size=12), wrappers=st.sets(st.integers(1, 12)))
def test_faithful_roll_ups_without_a_price_show_the_tokens_that_were_paid_for(
    parents: list[int], wrappers: set[int]
) -> None:
    above = {number: min(parent, number - 1) or None for number, parent in enumerate(parents, start=1)}
    leaves = above.keys() - set(above.values())
    spans = [
        a_call(number, 10 * number if number in leaves else None, parent=parent, price=PRICE)
        for number, parent in above.items()
    ]

    bill = bill_of(rolled_up(spans, wrappers))

    assert bill.usage is not None
    assert sum(charge.tokens for charge in bill.charges) == bill.usage.total_tokens
    assert bill.tokens_without_price == 0


@given(spans=trees(), seed=st.integers(0, 99))
def test_the_order_of_spans_does_not_change_the_totals(spans: list[SpanFacts], seed: int) -> None:
    shuffled = random.Random(seed).sample(spans, len(spans))

    assert summarise({span.span_id: span for span in shuffled}, None).cost == bill_of(spans).cost
