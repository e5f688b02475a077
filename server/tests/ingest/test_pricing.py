"""Spans are priced as they come in, and the order in which they come changes nothing."""

import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from trilha import names
from trilha_server.domain.batch import SpansArrived, TraceUpdate
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.price import PriceOverride
from trilha_server.domain.span import AttributeValue, Cost, SpanFacts, TokenUsage
from trilha_server.ingest.pricing import FRESH_S, Pricer
from trilha_server.normalise.price_list import listed_tariff
from trilha_server.storage.pending import PendingTrace

from server.tests.support.spans import NOW_MS, START_NS, a_span, arrived, declared, trace_id

ZERO, ONE = ExperimentId(0), ExperimentId(1)
DEAR = {"input": 1000.0, "output": 1000.0}


class ListedPrices:
    """Overrides in memory that count how often they are read."""

    def __init__(self) -> None:
        self.kept: dict[ExperimentId, list[PriceOverride]] = {}
        self.reads = 0

    def overrides(self, experiment_id: ExperimentId) -> list[PriceOverride]:
        self.reads += 1
        return list(self.kept.get(experiment_id, []))

    def put_override(self, experiment_id: ExperimentId, override: PriceOverride) -> None:
        self.kept.setdefault(experiment_id, []).append(override)

    def delete_overrides(
        self, experiment_id: ExperimentId, provider: str | None, model: str | None, from_ms: int | None
    ) -> int:
        raise NotImplementedError


class HandClock:
    """A clock of seconds that is moved by hand."""

    def __init__(self) -> None:
        self.time_s = 100.0

    def __call__(self) -> float:
        return self.time_s


def a_call(
    number: int = 1,
    tokens_in: int = 30,
    tokens_out: int = 3,
    *,
    model: str | None = "gpt-4o-mini",
    parent: int | None = None,
    cost_usd: float | None = None,
    end_ns: int | None = START_NS + 1,
    start_ns: int = START_NS,
) -> Span:
    """A span as the GenAI convention writes it."""
    told: dict[str, AttributeValue] = {
        names.GEN_AI_INPUT_TOKENS: tokens_in,
        names.GEN_AI_OUTPUT_TOKENS: tokens_out,
        "gen_ai.provider.name": "openai",
    }
    if model is not None:
        told["gen_ai.response.model"] = model
    if cost_usd is not None:
        told[names.LLM_COST] = {"input_cost": 0.0, "output_cost": 0.0, "total_cost": cost_usd}
    return a_span(number, parent=parent, attributes=told, end_ns=end_ns, start_ns=start_ns)


def facts_of(updates: Sequence[TraceUpdate]) -> list[SpanFacts]:
    return [facts for update in updates if isinstance(update, SpansArrived) for facts in update.spans.facts]


def cost_of(pricer: Pricer, *spans: Span, experiment: int = 0) -> Cost | None:
    [facts] = facts_of(pricer.priced([arrived(*spans, experiment=experiment)]))
    return facts.cost


@pytest.fixture
def prices() -> ListedPrices:
    return ListedPrices()


@pytest.fixture
def pricer(prices: ListedPrices) -> Pricer:
    return Pricer(prices)


def test_a_call_gets_its_cost_and_the_price_that_was_used(pricer: Pricer) -> None:
    [facts] = facts_of(pricer.priced([arrived(a_call())]))

    assert facts.cost == Cost(4.5e-06, 1.8e-06, 6.3e-06)
    assert facts.price is not None
    assert facts.price.usd_per_million == {"input": 0.15, "output": 0.6}


def test_a_cost_that_the_application_set_is_kept(pricer: Pricer) -> None:
    [facts] = facts_of(pricer.priced([arrived(a_call(cost_usd=0.25))]))

    assert (facts.cost, facts.price) == (Cost(0.0, 0.0, 0.25), None)


@pytest.mark.parametrize("span", [a_call(model=None), a_call(model="my-own-model"), a_call(tokens_in=0, tokens_out=0)])
def test_what_has_no_price_has_no_cost(pricer: Pricer, span: Span) -> None:
    [facts] = facts_of(pricer.priced([arrived(span)]))

    assert (facts.cost, facts.price) == (None, None)


def test_updates_without_calls_pass_unchanged(pricer: Pricer, prices: ListedPrices) -> None:
    updates: list[TraceUpdate] = [arrived(a_span()), declared()]

    passed = pricer.priced(updates)

    assert all(after is before for before, after in zip(updates, passed, strict=True))
    assert prices.reads == 0


def test_the_prices_of_the_experiment_come_first(pricer: Pricer, prices: ListedPrices) -> None:
    prices.put_override(ONE, PriceOverride(model="gpt-4o*", usd_per_million=DEAR))

    assert cost_of(pricer, a_call(), experiment=1) == Cost(0.03, 0.003, 0.033)
    assert cost_of(pricer, a_call(), experiment=0) == Cost(4.5e-06, 1.8e-06, 6.3e-06)


def test_an_override_holds_for_calls_from_its_time_on(pricer: Pricer, prices: ListedPrices) -> None:
    prices.put_override(ZERO, PriceOverride(model="gpt-4o-mini", usd_per_million=DEAR, from_ms=NOW_MS))

    assert cost_of(pricer, a_call(start_ns=START_NS)) == Cost(0.03, 0.003, 0.033)
    assert cost_of(pricer, a_call(start_ns=START_NS - 1)) == Cost(4.5e-06, 1.8e-06, 6.3e-06)


def test_overrides_are_read_now_and_then_and_at_once_after_a_change_here(prices: ListedPrices) -> None:
    clock = HandClock()
    pricer = Pricer(prices, clock)
    for _ in range(5):
        cost_of(pricer, a_call())
    assert prices.reads == 1

    prices.put_override(ZERO, PriceOverride(model="*", usd_per_million=DEAR))  # as another server does
    before = cost_of(pricer, a_call())
    clock.time_s += FRESH_S
    after = cost_of(pricer, a_call())
    prices.kept.clear()
    pricer.forget(ZERO)

    assert before == cost_of(pricer, a_call()) == Cost(4.5e-06, 1.8e-06, 6.3e-06)
    assert after == Cost(0.03, 0.003, 0.033)


def test_what_was_read_while_prices_changed_is_read_again(prices: ListedPrices) -> None:
    class ChangedWhileReading(ListedPrices):
        def overrides(self, experiment_id: ExperimentId) -> list[PriceOverride]:
            found = super().overrides(experiment_id)
            if self.reads == 1:
                self.put_override(ZERO, PriceOverride(model="*", usd_per_million=DEAR))
                pricer.forget(ZERO)
            return found

    pricer = Pricer(ChangedWhileReading(), HandClock())

    assert cost_of(pricer, a_call()) == Cost(4.5e-06, 1.8e-06, 6.3e-06)
    assert cost_of(pricer, a_call()) == Cost(0.03, 0.003, 0.033)


def test_re_pricing_names_only_what_changes(pricer: Pricer, prices: ListedPrices) -> None:
    spans = [a_call(1), a_call(2, model="my-own-model"), a_call(3, cost_usd=0.5), a_span(4)]
    kept = facts_of(pricer.priced([arrived(*spans)]))
    assert pricer.repriced(ZERO, kept) == []

    prices.put_override(ZERO, PriceOverride(model="my-own-model", usd_per_million=DEAR))
    pricer.forget(ZERO)
    [changed] = pricer.repriced(ZERO, kept)

    assert changed.as_told() == kept[1]
    assert changed.cost == Cost(0.03, 0.003, 0.033)
    prices.kept.clear()
    pricer.forget(ZERO)
    assert pricer.repriced(ZERO, [changed]) == [kept[1]]


def test_a_new_price_at_the_same_cost_is_a_change(pricer: Pricer) -> None:
    [kept] = facts_of(pricer.priced([arrived(a_call())]))
    assert kept.price is not None
    old = msgspec.structs.replace(kept, price=msgspec.structs.replace(kept.price, source="genai-prices 0.0.1"))

    assert pricer.repriced(ZERO, [old]) == [kept]


models = st.sampled_from([None, "gpt-4o-mini", "claude-3-5-sonnet-20240620", "my-own-model"])


@st.composite
def traces(draw: st.DrawFn) -> list[Span]:
    """A tree of spans, some of which tell tokens, a model, or a cost."""
    spans: list[Span] = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        parent = draw(st.none() | st.integers(1, number - 1)) if number > 1 else None
        if draw(st.booleans()):
            spans.append(a_span(number, parent=parent, start_ns=START_NS + number))
            continue
        tokens_in, tokens_out = draw(st.integers(0, 10_000)), draw(st.integers(0, 10_000))
        cost_usd = draw(st.none() | st.floats(0, 10))
        call = a_call(number, tokens_in, tokens_out, model=draw(models), parent=parent, cost_usd=cost_usd)
        call.start_time_unix_nano = START_NS + number
        spans.append(call)
    return spans


def running(span: Span) -> Span:
    """The same span, as some senders tell it while it runs: without an end, and without what is not known yet."""
    early = Span()
    early.CopyFrom(span)
    early.end_time_unix_nano = 0
    del early.attributes[:]
    return early


def totals(pricer: Pricer, requests: Sequence[Sequence[Span]]) -> tuple[TokenUsage | None, Cost | None]:
    """What a trace adds up to after requests in this order."""
    trace = PendingTrace(trace_id(1), ZERO)
    for spans in requests:
        for update in pricer.priced([arrived(*spans)]):
            trace.apply(update)
    assert trace.record.summary is not None
    return trace.record.summary.usage, trace.record.summary.cost


@given(spans=traces(), seed=st.integers(0, 10_000))
def test_the_totals_are_the_same_however_the_spans_come(spans: list[Span], seed: int) -> None:
    """Late, twice, in pieces, and some of them first while they run."""
    pricer, chance = Pricer(ListedPrices()), random.Random(seed)
    sent = [*spans, *chance.choices(spans, k=chance.randint(0, 4))]
    sent += [running(span) for span in chance.choices(spans, k=chance.randint(0, 4))]
    chance.shuffle(sent)
    requests: list[list[Span]] = [[]]
    for span in sent:
        requests[-1].append(span)
        if chance.random() < 0.4:
            requests.append([])

    assert totals(pricer, [request for request in requests if request]) == totals(pricer, [spans])


def test_the_list_that_comes_with_the_server_knows_the_usual_models() -> None:
    usual = (
        "gpt-4o",
        "gpt-4.1-mini",
        "o3-mini",
        "claude-3-5-sonnet-20240620",
        "gemini-2.5-pro",
        "mistral-large-latest",
    )

    assert all(listed_tariff(model, None, START_NS) for model in usual)
