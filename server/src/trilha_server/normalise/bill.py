"""The arithmetic of what a trace cost: which span counts, at which price, and what it adds up to."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from trilha_server.domain.ids import SpanId
from trilha_server.domain.price import Charge, TokenKind, charges
from trilha_server.domain.span import Cost, SpanFacts, TokenUsage
from trilha_server.normalise.counting import holders
from trilha_server.normalise.summary import summarise


class SpanBill(msgspec.Struct, frozen=True, kw_only=True):
    """One span that has tokens or a cost."""

    facts: SpanFacts
    charges: list[Charge]
    """Empty where no price was used: the application set the cost, or the price is not known."""
    tokens_within: SpanId | None
    """The span above whose tokens hold these; `None` where they count in the total."""
    cost_within: SpanId | None
    """The span above whose cost holds this one; `None` where it counts in the total."""


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A trace."""

    spans: list[SpanBill]
    """By start time."""
    charges: list[Charge]
    """Of the spans whose cost counts, added up where kind and price are the same."""
    usage: TokenUsage | None
    cost: Cost | None
    """More than the charges say where the application set costs."""
    tokens_without_price: int
    """Tokens in `usage` of which nothing is in `cost`."""


def bill_of(spans: Sequence[SpanFacts]) -> Bill:
    """Write the bill of a trace."""
    by_id = {span.span_id: span for span in spans}
    with_usage = {span.span_id for span in spans if span.usage is not None}
    with_cost = {span.span_id for span in spans if span.cost is not None}
    tokens_in = holders(by_id, with_usage, with_usage | with_cost)
    cost_in = holders(by_id, with_cost, with_usage | with_cost)
    items = [
        SpanBill(
            facts=span,
            charges=[] if span.usage is None or span.price is None else charges(span.usage, span.price),
            tokens_within=tokens_in[span.span_id],
            cost_within=cost_in[span.span_id],
        )
        for span in spans
        if span.usage is not None or span.cost is not None
    ]
    summary = summarise(by_id, None)
    return Bill(
        spans=items,
        charges=_added_up(item for item in items if item.cost_within is None),
        usage=summary.usage,
        cost=summary.cost,
        tokens_without_price=_without_price(by_id, items),
    )


def _added_up(items: Iterable[SpanBill]) -> list[Charge]:
    tokens: dict[tuple[TokenKind, float], int] = {}
    for item in items:
        for charge in item.charges:
            key = (charge.kind, charge.usd_per_million)
            tokens[key] = tokens.get(key, 0) + charge.tokens
    order = list(TokenKind)
    return [
        Charge(kind, count, usd)
        for (kind, usd), count in sorted(tokens.items(), key=lambda entry: (order.index(entry[0][0]), entry[0][1]))
    ]


def _without_price(spans: Mapping[SpanId, SpanFacts], items: Sequence[SpanBill]) -> int:
    told: set[SpanId] = set()  # spans that have a cost, or stand above one
    for item in items:
        at = item.facts.span_id if item.facts.cost is not None else None
        while at is not None and at not in told:
            told.add(at)
            span = spans.get(at)
            at = None if span is None else span.parent_id
    return sum(
        item.facts.usage.total_tokens
        for item in items
        if item.facts.usage is not None
        and item.tokens_within is None
        and item.cost_within is None
        and item.facts.span_id not in told
    )
