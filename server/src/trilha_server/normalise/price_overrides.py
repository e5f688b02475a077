"""The prices that an experiment has set itself: which of them count for a call."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.price import MAX_USD_PER_MILLION, PriceOverride, TokenKind
from trilha_server.normalise.pricing import Rate, Tariff, full_rates
from trilha_server.normalise.provider_names import same_provider

MAX_PATTERN_CHARS = 300
MAX_STARS = 4
"""More would let one name take long to compare."""

MAX_REMEMBERED = 4096
SOURCE = "override"

_NS_PER_MS = 1_000_000
MAX_FROM_MS = (2**63 - 1) // _NS_PER_MS
"""No span begins later: the stores count nanoseconds in signed 64 bits."""


class _Valid(msgspec.Struct, frozen=True):
    from_ns: int
    tariff: Tariff


def check_override(override: PriceOverride) -> PriceOverride:
    """Pass on an override that can be kept. Raises `InvalidInput`."""
    if not 1 <= len(override.model) <= MAX_PATTERN_CHARS or len(override.provider) > MAX_PATTERN_CHARS:
        raise InvalidInput(f"'model' has 1 to {MAX_PATTERN_CHARS} characters, 'provider' no more")
    if override.model.count("*") > MAX_STARS:
        raise InvalidInput(f"'model' has at most {MAX_STARS} '*'")
    if not {TokenKind.INPUT, TokenKind.OUTPUT} <= override.usd_per_million.keys() <= set(TokenKind):
        raise InvalidInput(f"prices are needed for input and output, and may be given for {', '.join(TokenKind)}")
    if not 0 <= override.from_ms <= MAX_FROM_MS:
        raise InvalidInput("'from_ms' is Unix time in milliseconds, before the year 2262")
    if not all(0 <= usd <= MAX_USD_PER_MILLION for usd in override.usd_per_million.values()):
        raise InvalidInput(f"a price is from 0 to {MAX_USD_PER_MILLION:.0f} US dollars for a million tokens")
    return override


class OverrideBook:
    """The overrides of one experiment."""

    def __init__(self, overrides: Sequence[PriceOverride] = ()) -> None:
        # Of those that fit at the time of a call the newest counts; of the same age, what says the most.
        fitting = (override for override in overrides if override.from_ms <= MAX_FROM_MS)
        self._newest_first = sorted(fitting, key=_precedence, reverse=True)
        self._remembered: dict[tuple[str, str | None], tuple[_Valid, ...]] = {}

    def tariff(self, model: str, provider: str | None, time_ns: int) -> Tariff | None:
        """Read the prices of a model at a time; `None` where no override fits."""
        if not self._newest_first:
            return None
        for valid in self._fitting(model, provider):
            if valid.from_ns <= time_ns:
                return valid.tariff
        return None

    def _fitting(self, model: str, provider: str | None) -> tuple[_Valid, ...]:
        key = (model, provider)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = tuple(
                _Valid(override.from_ms * _NS_PER_MS, _tariff(override))
                for override in self._newest_first
                if _fits(override, model, provider)
            )
        return found


def _precedence(override: PriceOverride) -> tuple[int, bool, bool, int, int]:
    is_exact, names_provider = "*" not in override.model, bool(override.provider)
    return override.from_ms, is_exact, names_provider, len(override.model), override.create_time_ms


def _fits(override: PriceOverride, model: str, provider: str | None) -> bool:
    if override.provider and (provider is None or not same_provider(override.provider, provider)):
        return False
    if len(model) > MAX_PATTERN_CHARS:
        return False
    pattern = ".*".join(map(re.escape, override.model.split("*")))
    return re.fullmatch(pattern, model, re.IGNORECASE | re.DOTALL) is not None


def _tariff(override: PriceOverride) -> Tariff:
    as_of = datetime.fromtimestamp(override.from_ms / 1000, UTC).date().isoformat() if override.from_ms else ""
    rates = {TokenKind(kind): Rate(usd) for kind, usd in override.usd_per_million.items()}
    return Tariff(source=SOURCE, as_of=as_of, rates=full_rates(rates))
