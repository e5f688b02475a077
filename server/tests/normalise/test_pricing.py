"""What calls cost: the arithmetic, the public list, and an experiment's own prices."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import msgspec
import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.price import PriceOverride, TokenKind, charges, tokens_by_kind
from trilha_server.domain.span import Cost, Price, TokenUsage
from trilha_server.normalise.price_list import MAX_NAME_CHARS, listed_tariff
from trilha_server.normalise.price_overrides import OverrideBook, check_override
from trilha_server.normalise.pricing import Rate, Tariff, charge, full_rates
from trilha_server.normalise.provider_names import same_provider

from server.tests.support.spans import NOW_MS, START_NS

CHEAP = {"input": 1.0, "output": 2.0}


def time_ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def input_usd(model: str, provider: str | None = None, at_ns: int = START_NS) -> float | None:
    tariff = listed_tariff(model, provider, at_ns)
    return None if tariff is None else tariff.rates[TokenKind.INPUT].usd


@st.composite
def usages(draw: st.DrawFn) -> TokenUsage:
    """Tokens of a call whose parts fit into the whole, as the rule of tokens has them."""
    counts = st.integers(0, 400_000)
    parts = st.none() | st.integers(0, 200_000)
    read, written, audio, thought, spoken = (draw(parts) for _ in range(5))
    tokens_in = draw(counts) + (read or 0) + (written or 0)
    tokens_out = draw(counts) + (thought or 0)
    return TokenUsage(tokens_in, tokens_out, tokens_in + tokens_out, read, written, thought, audio, spoken)


rates = st.builds(
    Rate,
    st.floats(0, 500),
    st.lists(st.tuples(st.integers(1, 300_000), st.floats(0, 500)), max_size=2).map(lambda steps: tuple(sorted(steps))),
)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    found = draw(st.dictionaries(st.sampled_from(TokenKind), rates))
    full = full_rates({TokenKind.INPUT: draw(rates), **found})
    return Tariff(source="a list", rates=full, reasoning=draw(st.none() | rates))


@given(usage=usages())
def test_every_token_is_of_one_kind(usage: TokenUsage) -> None:
    kinds = tokens_by_kind(usage)
    outputs = kinds.get(TokenKind.OUTPUT, 0) + kinds.get(TokenKind.OUTPUT_AUDIO, 0)

    assert outputs == usage.output_tokens
    assert sum(kinds.values()) - outputs == usage.input_tokens
    assert all(tokens > 0 for tokens in kinds.values())


@given(usage=usages(), tariff=tariffs())
def test_tokens_by_kind_times_the_stored_prices_are_the_cost(usage: TokenUsage, tariff: Tariff) -> None:
    charged = charge(usage, tariff, START_NS)

    if charged is None:
        assert usage.input_tokens == usage.output_tokens == 0
        return
    cost, price = charged
    lines = charges(usage, price)
    assert sum(line.usd for line in lines) == pytest.approx(cost.total_usd, rel=1e-9, abs=2e-12)
    assert cost.input_usd + cost.output_usd == pytest.approx(cost.total_usd, rel=1e-9, abs=3e-12)
    assert set(price.usd_per_million) == set(tokens_by_kind(usage))


def test_a_call_of_gpt_4o_mini_costs_what_mlflow_says() -> None:
    tariff = listed_tariff("gpt-4o-mini", "openai", START_NS)
    assert tariff is not None

    charged = charge(TokenUsage(30, 3, 33), tariff, START_NS)

    assert charged is not None
    assert charged[0] == Cost(4.5e-06, 1.8e-06, 6.3e-06)
    assert charged[1] == Price(tariff.source, "2026-09-21", {"input": 0.15, "output": 0.6})
    assert tariff.source.startswith("genai-prices ")


def test_nothing_is_charged_where_no_kind_of_tokens_is_told() -> None:
    tariff = Tariff(source="a list", rates=full_rates({TokenKind.INPUT: Rate(1.0)}))

    assert charge(TokenUsage(0, 0, 50), tariff, START_NS) is None


def test_the_whole_input_decides_the_step_and_all_tokens_take_it() -> None:
    steps = {TokenKind.INPUT: Rate(1.0, ((1000, 2.0), (2000, 4.0))), TokenKind.OUTPUT: Rate(10.0, ((1000, 20.0),))}
    tariff = Tariff(source="a list", rates=full_rates(steps))

    def prices(tokens: int) -> dict[str, float]:
        charged = charge(TokenUsage(tokens, 1, tokens + 1), tariff, START_NS)
        assert charged is not None
        return charged[1].usd_per_million

    assert prices(1000) == {"input": 1.0, "output": 10.0}
    assert prices(1001) == {"input": 2.0, "output": 20.0}
    assert prices(2001) == {"input": 4.0, "output": 20.0}


def test_cached_tokens_are_charged_once_at_their_own_price() -> None:
    usage = TokenUsage(1000, 100, 1100, cache_read_tokens=800, cache_write_tokens=100)
    tariff = listed_tariff("claude-3-5-sonnet-20240620", "anthropic", START_NS)
    assert tariff is not None

    charged = charge(usage, tariff, START_NS)

    assert charged is not None
    assert charged[1].usd_per_million == {"input": 3.0, "cache_read": 0.3, "cache_write": 3.75, "output": 15.0}
    assert charged[0].input_usd == pytest.approx((100 * 3 + 800 * 0.3 + 100 * 3.75) / 1e6)


def listed_models() -> list[tuple[str, str]]:
    """Every model of the list that is charged for tokens, and not by the request too."""
    found: list[tuple[str, str]] = []
    for provider in get_snapshot().providers:
        for model in provider.models:
            prices = [item.prices for item in model.prices] if isinstance(model.prices, list) else [model.prices]
            keys = {key for item in prices for key, usd in item.__dict__.items() if usd is not None}
            if "input_mtok" in keys and "requests_kcount" not in keys:
                found.append((provider.id, model.id))
    return found


CALLS = (
    (TokenUsage(1000, 500, 1500), "2025-01-15T02:30:00"),
    (TokenUsage(250_000, 2000, 252_000, 100_000, 50_000, 1000), "2026-11-01T03:59:59"),
    (TokenUsage(250_000, 2000, 252_000, 100_000, 50_000, 1000), "2026-11-01T04:00:00"),
)


@pytest.mark.slow
def test_the_library_itself_computes_the_same_for_every_model() -> None:
    compared = 0
    for (usage, text), (provider, model) in product(CALLS, listed_models()):
        told = Usage(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            output_reasoning_tokens=usage.reasoning_tokens,
        )
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        try:
            theirs = calc_price(told, model, provider_id=provider, genai_request_timestamp=at)
        except LookupError:  # a model whose own name does not find it
            continue
        tariff = listed_tariff(model, provider, time_ns(text))
        charged = None if tariff is None else charge(usage, tariff, START_NS)
        if charged is not None:  # else charged by something else at that time
            expected = pytest.approx(float(theirs.total_price), rel=1e-9, abs=2e-12)
            assert charged[0].total_usd == expected, f"{provider}: {model}"
            compared += 1
    assert compared > 5000


def test_a_price_is_that_of_the_time_of_the_call() -> None:
    before, after = time_ns("2026-08-16T23:59:59"), time_ns("2026-08-17T00:00:00")

    assert input_usd("deepseek-v4-flash", "deepseek", before - 12 * 3600 * 10**9) == 0.14
    assert input_usd("deepseek-v4-flash", "deepseek", after) == 0.22
    tariff = listed_tariff("deepseek-v4-flash", "deepseek", after)
    assert tariff is not None
    assert tariff.as_of == "2026-08-17"


def test_at_some_hours_of_the_day_another_price_holds() -> None:
    assert input_usd("deepseek-v4-pro", "deepseek", time_ns("2026-10-01T00:59:59")) == 0.66
    assert input_usd("deepseek-v4-pro", "deepseek", time_ns("2026-10-01T01:00:00")) == 1.32
    assert input_usd("deepseek-v4-pro", "deepseek", time_ns("2026-10-01T04:00:00")) == 0.66


@pytest.mark.parametrize(
    ("model", "provider", "usd"),
    [
        ("gpt-4o-mini", "openai", 0.15),
        ("gpt-4o-mini", None, 0.15),
        ("gpt-4o-mini", "", 0.15),
        ("GPT-4o-mini-2024-07-18", "OpenAI", 0.15),
        ("gpt-4o-mini", "langchain_openai", 0.15),
        ("gpt-4o-mini", "openai.chat", 0.15),
        ("openai/gpt-4o-mini", None, 0.15),
        ("openai/gpt-4o-mini", "litellm", 0.15),
        ("gpt-4o-mini", "azure.ai.openai", 0.15),
        ("gpt-4o-mini", "AzureChatOpenAI", 0.15),
        ("claude-3-5-sonnet-20240620", "anthropic", 3.0),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "aws.bedrock", 3.0),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "bedrock", 3.0),
        ("us.anthropic.claude-3-5-sonnet-20240620-v1:0", None, 3.0),
        ("anthropic/claude-3-5-sonnet-20240620", "somebody's gateway", 3.0),
        ("gemini-2.5-pro", "gcp.gemini", 1.25),
        ("gemini-2.5-pro", "gcp.vertex_ai", 1.25),
        ("gemini-2.5-pro", "vertex_ai", 1.25),
        ("gemini-2.5-pro", "google", 1.25),
        ("models/gemini-2.5-pro", "gemini", 1.25),
        ("publishers/google/models/gemini-2.5-pro", None, 1.25),
        ("mistral-large-latest", "mistral_ai", 2.0),
        ("grok-4", "x_ai", 3.0),
        ("databricks-meta-llama-3-3-70b-instruct", None, 0.5),
        ("databricks-meta-llama-3-3-70b-instruct", "databricks", 0.5),
        ("text-embedding-3-small", "openai", 0.02),
    ],
)
def test_models_and_providers_are_found_in_the_spellings_that_spans_have(
    model: str, provider: str | None, usd: float
) -> None:
    assert input_usd(model, provider) == usd


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("my-own-model", None),
        ("my-own-model", "openai"),
        ("whisper-1", "openai"),  # charged by the hour
        ("deepseek-r1:8b", "ollama"),  # on somebody's own machine
        ("ollama/deepseek-r1", None),
        ("", None),
        ("/", "/"),
        ("\x00", "\ud800"),
        ("gpt-4o-mini" + "x" * MAX_NAME_CHARS, None),
        ("gpt-4o-mini", "x" * (MAX_NAME_CHARS + 1)),
    ],
)
def test_a_model_that_the_list_does_not_know_has_no_price(model: str, provider: str | None) -> None:
    assert listed_tariff(model, provider, START_NS) is None


@given(model=st.text(max_size=40), provider=st.none() | st.text(max_size=20), at_ns=st.integers(1, 2**63 - 1))
def test_no_name_is_too_strange(model: str, provider: str | None, at_ns: int) -> None:
    listed_tariff(model, provider, at_ns)
    OverrideBook([an_override(model="*" + (model or "x"), provider=provider or "")]).tariff(model, provider, at_ns)


def an_override(**fields: Any) -> PriceOverride:  # Any: fields of the override
    return msgspec.structs.replace(PriceOverride(model="gpt-4o", usd_per_million=CHEAP), **fields)


def overridden(*overrides: PriceOverride, model: str = "gpt-4o", provider: str | None = "openai") -> float | None:
    tariff = OverrideBook(overrides).tariff(model, provider, START_NS)
    return None if tariff is None else tariff.rates[TokenKind.INPUT].usd


def priced_at(usd: float, **fields: Any) -> PriceOverride:  # Any: fields of the override
    return an_override(usd_per_million={"input": usd, "output": 1.0}, **fields)


def test_an_override_fits_its_model_by_its_name_or_by_a_pattern() -> None:
    assert overridden(priced_at(5)) == 5
    assert overridden(priced_at(5), model="GPT-4O") == 5
    assert overridden(priced_at(5), model="gpt-4o-mini") is None
    assert overridden(priced_at(5, model="gpt-4o*"), model="gpt-4o-mini") == 5
    assert overridden(priced_at(5, model="*/gpt.4o"), model="azure/gpt-4o") is None
    assert overridden(priced_at(5, model="*"), model="a\nb") == 5
    assert overridden() is None


def test_an_override_of_a_provider_fits_however_the_provider_is_spelled() -> None:
    assert overridden(priced_at(5, provider="azure"), provider="azure.ai.openai") == 5
    assert overridden(priced_at(5, provider="Acme AI"), provider="acme-ai") == 5
    assert overridden(priced_at(5, provider="azure"), provider="openai") is None
    assert overridden(priced_at(5, provider="azure"), provider=None) is None
    assert not same_provider("acme", "zenith")


def test_the_newest_override_that_holds_at_the_time_of_the_call_counts() -> None:
    old, new = priced_at(1, from_ms=NOW_MS - 10), priced_at(2, from_ms=NOW_MS)

    assert overridden(old, new, priced_at(3, from_ms=NOW_MS + 1)) == 2
    assert overridden(new, old) == 2
    assert overridden(old) == 1
    assert overridden(priced_at(3, from_ms=NOW_MS + 1)) is None


def test_an_override_from_beyond_all_calls_changes_nothing() -> None:
    assert overridden(priced_at(1), priced_at(2, from_ms=2**53)) == 1


def test_of_overrides_of_one_time_the_one_that_says_most_counts() -> None:
    assert overridden(priced_at(1, model="gpt*"), priced_at(2), priced_at(3, model="gpt-4*")) == 2
    assert overridden(priced_at(1), priced_at(2, provider="openai")) == 2
    assert overridden(priced_at(1, model="gpt*"), priced_at(3, model="gpt-4*")) == 3


def test_an_override_says_where_its_price_is_from_and_since_when() -> None:
    tariff = OverrideBook([an_override(from_ms=NOW_MS)]).tariff("gpt-4o", None, START_NS)

    assert tariff is not None
    assert (tariff.source, tariff.as_of) == ("override", "2026-09-21")
    assert tariff.rates[TokenKind.CACHE_READ] == tariff.rates[TokenKind.INPUT] == Rate(1.0)
    assert tariff.rates[TokenKind.OUTPUT_AUDIO] == Rate(2.0)


def test_many_models_are_remembered_without_end() -> None:
    book = OverrideBook([an_override(model="*")])

    assert all(book.tariff(f"model {number}", None, START_NS) for number in range(5000))


@pytest.mark.parametrize(
    "fields",
    [
        {"model": ""},
        {"model": "x" * 301},
        {"model": "*****"},
        {"provider": "x" * 301},
        {"usd_per_million": {"input": 1.0}},
        {"usd_per_million": {**CHEAP, "images": 1.0}},
        {"usd_per_million": {**CHEAP, "input": -1.0}},
        {"usd_per_million": {**CHEAP, "input": float("nan")}},
        {"usd_per_million": {**CHEAP, "output": float("inf")}},
    ],
)
def test_overrides_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        check_override(an_override(**fields))


def test_an_override_that_makes_sense_is_passed_on() -> None:
    override = an_override(usd_per_million={**CHEAP, "cache_read": 0.0})

    assert check_override(override) is override
