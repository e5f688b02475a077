"""What every store promises about prices, and about costs that are computed anew."""

import msgspec
from trilha import names
from trilha_server.domain.batch import CostsChanged, SpansArrived, TraceSpans
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.price import PriceOverride
from trilha_server.domain.span import AttributeValue, Cost, Price, SpanFacts
from trilha_server.ports import Store

from server.tests.storage.conftest import Opener
from server.tests.support.spans import START_NS, a_span, arrived, declared, span_id, trace_id

ZERO, ONE = ExperimentId(0), ExperimentId(1)
FIRST = trace_id(1)
CHEAP = {"input": 0.15, "output": 0.6}
PRICE = Price("a list 1", "2026-01-01", CHEAP)
USAGE = {names.GEN_AI_INPUT_TOKENS: 30, names.GEN_AI_OUTPUT_TOKENS: 3}


def an_override(model: str = "gpt-4o", **fields: object) -> PriceOverride:
    return msgspec.structs.replace(PriceOverride(model=model, usd_per_million=CHEAP), **fields)


def costing(facts: SpanFacts, usd: float, price: Price | None = PRICE) -> SpanFacts:
    return msgspec.structs.replace(facts, cost=Cost(usd, 0.0, usd), price=price)


def recosted(store: Store, usd: float, trace: TraceId = FIRST) -> CostsChanged:
    """Every span of a trace at another cost."""
    return CostsChanged(trace_id=trace, spans=[costing(facts, usd) for facts in store.reader.structure(trace)])


def cost_of(store: Store, trace: TraceId = FIRST) -> Cost | None:
    [info] = store.reader.get([trace])
    return info.cost


class PricesSuite:
    """Prices of an experiment's own."""

    def test_prices_come_back_as_they_were_kept(self, opener: Opener) -> None:
        override = an_override(provider="azure", from_ms=5, note="a contract\x00", create_time_ms=7)
        opener.open().prices.put_override(ONE, override)
        opener.close()
        store = opener.open()

        [kept] = store.prices.overrides(ONE)
        assert msgspec.structs.replace(kept, note="a contract\x00") == override
        assert kept.note.startswith("a contract")
        assert store.prices.overrides(ZERO) == []

    def test_one_of_the_same_model_provider_and_time_takes_the_place_of_the_other(self, store: Store) -> None:
        for note in ("first", "second"):
            store.prices.put_override(ONE, an_override(note=note))
        for other in (an_override("gpt-4*"), an_override(provider="azure"), an_override(from_ms=1)):
            store.prices.put_override(ONE, other)

        assert len(store.prices.overrides(ONE)) == 4
        assert "first" not in {override.note for override in store.prices.overrides(ONE)}

    def test_prices_are_forgotten_by_what_is_said_of_them(self, store: Store) -> None:
        kept = [
            an_override("a", provider="x"),
            an_override("a", from_ms=1),
            an_override("b"),
            an_override("b", from_ms=1),
        ]
        for override in kept:
            store.prices.put_override(ONE, override)
        store.prices.put_override(ZERO, kept[0])

        assert store.prices.delete_overrides(ONE, "x", "a", 0) == 1
        assert store.prices.delete_overrides(ONE, "x", "a", 0) == 0
        assert store.prices.delete_overrides(ONE, None, "b", None) == 2
        assert [override.model for override in store.prices.overrides(ONE)] == ["a"]
        assert store.prices.delete_overrides(ONE, None, None, None) == 1
        assert len(store.prices.overrides(ZERO)) == 1


class CostsSuite:
    """Costs that are computed anew."""

    def test_spans_take_new_costs_and_the_trace_their_sum(self, store: Store) -> None:
        store.writer.write([arrived(a_span(1), a_span(2, parent=1, attributes=USAGE), a_span(3, parent=1))])
        before = store.reader.last_change()
        [call] = [facts for facts in store.reader.structure(trace_id(1)) if facts.usage is not None]

        assert store.writer.write([CostsChanged(trace_id=trace_id(1), spans=[costing(call, 0.5)])]) == [0]

        kept = {facts.span_id: facts for facts in store.reader.structure(trace_id(1))}
        assert kept[span_id(2)] == costing(call, 0.5)
        assert kept[span_id(1)].cost is None
        assert cost_of(store) == Cost(0.5, 0.0, 0.5)
        assert [info.trace_id for info in store.reader.changes_since(before, 10).traces] == [trace_id(1)]

    def test_payloads_and_places_of_spans_stay(self, store: Store) -> None:
        spans = [a_span(number, parent=1 if number > 1 else None, name=f"step {number}") for number in range(1, 2500)]
        store.writer.write([arrived(*spans, resource={"service.name": "agent"})])
        before = {span.facts.span_id: span for span in store.reader.spans(FIRST)}
        [info] = store.reader.get([FIRST])

        store.writer.write([recosted(store, 0.1)])

        [info_after] = store.reader.get([FIRST])
        assert msgspec.structs.replace(info_after, cost=info.cost, change=info.change) == info
        after = {span.facts.span_id: span for span in store.reader.spans(FIRST)}
        assert after.keys() == before.keys()
        for span_id_of, span in after.items():
            told = msgspec.structs.replace(span, facts=span.facts.as_told())
            assert told == before[span_id_of]
            assert span.facts.price == PRICE

    def test_the_same_costs_again_change_nothing(self, store: Store) -> None:
        store.writer.write([arrived(a_span(attributes=USAGE))])
        update = recosted(store, 0.5)
        store.writer.write([update])
        before = store.reader.last_change()

        store.writer.write([update])

        assert store.reader.changes_since(before, 10).traces == []

    def test_a_span_that_says_something_else_by_now_is_left_alone(self, store: Store) -> None:
        store.writer.write([arrived(a_span(1, attributes=USAGE), a_span(2, attributes=USAGE))])
        update = recosted(store, 0.5)
        more = {names.GEN_AI_INPUT_TOKENS: 1000, names.GEN_AI_OUTPUT_TOKENS: 3}
        store.writer.write([arrived(a_span(1, attributes=more))])

        store.writer.write([update])

        kept = {facts.span_id: facts for facts in store.reader.structure(trace_id(1))}
        assert kept[span_id(1)].cost is None
        assert kept[span_id(2)].cost == Cost(0.5, 0.0, 0.5)

    def test_a_cost_that_the_application_set_meanwhile_stays(self, store: Store) -> None:
        store.writer.write([arrived(a_span(attributes=USAGE))])
        update = recosted(store, 0.5)
        own: dict[str, AttributeValue] = {
            **USAGE,
            names.LLM_COST: {"input_cost": 1.0, "output_cost": 2.0, "total_cost": 3.0},
        }
        store.writer.write([arrived(a_span(attributes=own))])

        store.writer.write([update])

        assert cost_of(store) == Cost(1.0, 2.0, 3.0)

    def test_costs_of_a_trace_that_is_gone_are_no_trouble(self, store: Store) -> None:
        store.writer.write([arrived(a_span(attributes=USAGE)), arrived(a_span(trace=2, attributes=USAGE))])
        updates = [recosted(store, 0.5), recosted(store, 0.5, trace_id(2))]
        store.writer.delete(ZERO, [trace_id(1)])

        assert store.writer.write(updates) == [0, 0]

        assert store.reader.get([trace_id(1)]) == []
        assert cost_of(store, trace_id(2)) == Cost(0.5, 0.0, 0.5)

    def test_spans_and_new_costs_may_come_together(self, store: Store) -> None:
        store.writer.write([arrived(a_span(1, attributes=USAGE))])
        late = arrived(a_span(2, parent=99, attributes=USAGE))

        assert store.writer.write([late, recosted(store, 0.5)]) == [1, 0]

        kept = {facts.span_id: facts.cost for facts in store.reader.structure(trace_id(1))}
        assert kept == {span_id(1): Cost(0.5, 0.0, 0.5), span_id(2): None}

    def test_a_span_that_comes_again_at_another_price_is_not_new(self, store: Store) -> None:
        first = arrived(a_span(attributes=USAGE))
        dearer, cheaper = (
            msgspec.structs.replace(first, spans=_costing_spans(first, usd, Price("a list", "", {"input": usd})))
            for usd in (2.0, 1.0)
        )

        assert store.writer.write([dearer]) == [1]
        assert store.writer.write([cheaper]) == [0]
        assert cost_of(store) == Cost(2.0, 0.0, 2.0)

    def test_what_an_application_declared_of_a_trace_stays(self, store: Store) -> None:
        cost = '{"input_cost": 1.0, "output_cost": 2.0, "total_cost": 3.0}'
        store.writer.write([arrived(a_span(attributes=USAGE)), declared(metadata={names.TRACE_COST: cost})])

        store.writer.write([recosted(store, 0.5)])

        assert cost_of(store) == Cost(1.0, 2.0, 3.0)


class WalkSuite:
    """The way past all traces of an experiment."""

    def test_every_trace_of_the_range_is_met_once_in_order(self, store: Store) -> None:
        for number in range(1, 8):
            ms = 10 - number // 2  # some at the same time
            store.writer.write([arrived(a_span(trace=number, start_ns=START_NS + ms * 1_000_000), experiment=1)])
        store.writer.write([arrived(a_span(trace=99), experiment=2)])
        start_ms = START_NS // 1_000_000
        times = {info.trace_id: info.request_time_ms for info in store.reader.get([trace_id(n) for n in range(1, 8)])}

        met: list[TraceId] = []
        position = None
        while True:
            portion = store.walk.portion(ONE, start_ms + 7, start_ms + 10, position, 2)
            met += portion.trace_ids
            position = portion.position
            if position is None:
                break

        assert len(met) == len(set(met)) == store.walk.count(ONE, start_ms + 7, start_ms + 10) == 6
        assert [times[trace] for trace in met] == sorted(times[trace] for trace in met)
        assert trace_id(1) not in met

    def test_what_comes_and_goes_meanwhile_neither_hides_nor_repeats_another(self, store: Store) -> None:
        for number in (2, 4, 6):
            store.writer.write([arrived(a_span(trace=number, start_ns=START_NS + number * 1_000_000))])
        first = store.walk.portion(ZERO, 0, 2**53, None, 2)
        store.writer.delete(ZERO, [trace_id(4)])
        for number in (1, 5):
            store.writer.write([arrived(a_span(trace=number, start_ns=START_NS + number * 1_000_000))])

        rest = store.walk.portion(ZERO, 0, 2**53, first.position, 10)

        assert first.trace_ids == [trace_id(2), trace_id(4)]
        assert rest.trace_ids == [trace_id(5), trace_id(6)]
        assert rest.position is None

    def test_an_experiment_without_traces_has_an_end(self, store: Store) -> None:
        assert store.walk.portion(ONE, 0, 2**53, None, 5).position is None
        assert store.walk.count(ONE, 0, 2**53) == 0


def _costing_spans(update: SpansArrived, usd: float, price: Price) -> TraceSpans:
    facts = [costing(facts, usd, price) for facts in update.spans.facts]
    return msgspec.structs.replace(update.spans, facts=facts)
