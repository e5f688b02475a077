"""What a call costs: the arithmetic, once it is known which prices count."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import msgspec

from trilha_server.domain.price import TokenKind, tokens_by_kind
from trilha_server.domain.span import Cost, Price, TokenUsage

COST_DECIMALS = 12
"""Costs are kept to a millionth of a millionth of a dollar, so that 3 tokens at $0.60 are 1.8e-06 and no digit more."""

_INPUTS = (TokenKind.INPUT, TokenKind.CACHE_READ, TokenKind.CACHE_WRITE, TokenKind.INPUT_AUDIO)
_OUTPUTS = (TokenKind.OUTPUT, TokenKind.OUTPUT_AUDIO)
_IS_INPUT = frozenset(_INPUTS)
_NS_PER_DAY = 86_400 * 1_000_000_000


class Rate(msgspec.Struct, frozen=True):
    """US dollars for a million tokens."""

    usd: float
    steps: tuple[tuple[int, float], ...] = ()
    """Other prices for all tokens of calls whose whole input is longer than so many tokens; the longest last."""

    def at(self, input_tokens: int) -> float:
        """Read the price for a call of that input."""
        for longer_than, usd in reversed(self.steps):
            if input_tokens > longer_than:
                return usd
        return self.usd


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of one model that held at one time."""

    source: str
    as_of: str = ""
    rates: Mapping[TokenKind, Rate]
    """Of every kind."""
    reasoning: Rate | None = None
    """Where reasoning costs something else than the rest of the output."""


def full_rates(rates: Mapping[TokenKind, Rate]) -> dict[TokenKind, Rate]:
    """Complete rates: what has no price of its own costs as input or output do, and output without a price nothing.

    `rates` holds input. A list that has a price for input only is of models whose output is not charged: embeddings.
    """
    output = rates.get(TokenKind.OUTPUT, Rate(0.0))
    full = {kind: rates.get(kind, rates[TokenKind.INPUT]) for kind in _INPUTS}
    return full | {kind: rates.get(kind, output) for kind in _OUTPUTS}


def charge(usage: TokenUsage, tariff: Tariff, time_ns: int) -> tuple[Cost, Price] | None:
    """Compute the cost of a call, and note its prices; `None` where there are no tokens of any kind.

    `time_ns` is when the call began, Unix time: prices of which nobody says since when they hold are those of its day.
    """
    input_tokens = usage.input_tokens
    input_usd = output_usd = 0.0
    paid: dict[str, float] = {}
    for kind, tokens in tokens_by_kind(usage).items():
        rate = tariff.rates[kind]
        usd = rate.at(input_tokens) if rate.steps else rate.usd
        if tariff.reasoning is not None and kind is TokenKind.OUTPUT:
            usd = _blended(usage.reasoning_tokens or 0, tokens, tariff.reasoning.at(input_tokens), usd)
        paid[kind] = usd
        if kind in _IS_INPUT:
            input_usd += tokens * usd
        else:
            output_usd += tokens * usd
    if not paid:
        return None
    cost = Cost(
        round(input_usd / 1e6, COST_DECIMALS),
        round(output_usd / 1e6, COST_DECIMALS),
        round((input_usd + output_usd) / 1e6, COST_DECIMALS),
    )
    return cost, Price(tariff.source, tariff.as_of or _day(time_ns // _NS_PER_DAY), paid)


@lru_cache(maxsize=1024)
def _day(number: int) -> str:
    """Write a day of Unix time as YYYY-MM-DD."""
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def _blended(part: int, whole: int, usd_of_part: float, usd_of_rest: float) -> float:
    """The one price at which all tokens cost what the two kinds cost together."""
    part = min(part, whole)
    return (part * usd_of_part + (whole - part) * usd_of_rest) / whole
