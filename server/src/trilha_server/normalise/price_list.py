"""The public price list that comes with `genai-prices`: which prices a model had at which time."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import msgspec

from trilha_server.domain.price import TokenKind
from trilha_server.normalise.pricing import Rate, Tariff, full_rates
from trilha_server.normalise.provider_names import is_own_machine, provider_id

if TYPE_CHECKING:  # slow to load, and a start does not need it: decision 0013
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, TieredPrices

MAX_NAME_CHARS = 300
"""A longer name is of no model."""

REMEMBERED_MODELS = 4096

_NS_PER_S = 1_000_000_000
_DAY_S = 86_400

_PRICES = {
    TokenKind.INPUT: "input_mtok",
    TokenKind.CACHE_READ: "cache_read_mtok",
    TokenKind.CACHE_WRITE: "cache_write_mtok",
    TokenKind.INPUT_AUDIO: "input_audio_mtok",
    TokenKind.OUTPUT: "output_mtok",
    TokenKind.OUTPUT_AUDIO: "output_audio_mtok",
}
_REASONING = "output_reasoning_mtok"

# Bedrock's ids: the maker, often after the places that the model runs in.
_BEDROCK = re.compile(
    r"(?:[a-z]+(?:-[a-z]+)*(?:-\d+)?\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|meta|mistral|moonshot|nvidia|openai|qwen|writer)\.[a-z]"
)


class _Validity(msgspec.Struct, frozen=True):
    """When one of a model's tariffs holds."""

    tariff: Tariff | None
    """`None` where what is charged is not tokens."""
    from_ns: int | None = None
    hours_s: tuple[float, float] | None = None
    """Within each day, UTC; the end may be before the start."""

    def holds(self, time_ns: int) -> bool:
        if self.from_ns is not None:
            return time_ns >= self.from_ns
        if self.hours_s is None:
            return True
        start, end = self.hours_s
        second = time_ns / _NS_PER_S % _DAY_S
        return start <= second < end if start <= end else second >= start or second < end


def listed_tariff(model: str, provider: str | None, time_ns: int) -> Tariff | None:
    """Read the prices of a model at a time; `None` for a model that the list does not know.

    The provider says whose prices count; where the list does not know its model, or no provider is named, the model's
    name alone decides. The first call loads the list, which takes most of a second.
    """
    if len(model) > MAX_NAME_CHARS or (provider is not None and len(provider) > MAX_NAME_CHARS):
        return None
    validities = _validities(model, provider)
    if not validities:
        return None
    if len(validities) == 1:  # most models, and the next line takes longer than all else here
        return validities[0].tariff
    # As the list has it: the last that holds counts, and the first where none does.
    return next((item.tariff for item in reversed(validities) if item.holds(time_ns)), validities[0].tariff)


def load() -> None:
    """Load the list, so that no call waits for it."""
    _snapshot()


@lru_cache(maxsize=REMEMBERED_MODELS)
def _validities(model: str, provider: str | None) -> tuple[_Validity, ...]:
    if is_own_machine(provider or "") or is_own_machine(model.partition("/")[0]):
        return ()
    for listed_provider, name in _places(model.strip().lower(), _listed_provider(provider)):
        try:
            _, found = _snapshot().find_provider_model(name, None, listed_provider, None)
        except LookupError:
            continue
        validities = _read(found)
        if any(item.tariff is not None for item in validities):
            return validities
    return ()


def _listed_provider(name: str | None) -> str | None:
    if not name:
        return None
    return provider_id(name) or (name.lower() if name.lower() in _listed_ids() else None)


@cache
def _listed_ids() -> frozenset[str]:
    return frozenset(provider.id for provider in _snapshot().providers)


def _places(model: str, provider: str | None) -> Iterator[tuple[str | None, str]]:
    """Name where to look, the likeliest first: a provider of the list, or `None` for any, and a model."""
    head, _, rest = model.partition("/")
    names = [model]
    if head == "models" or "/models/" in model:  # as Google names them
        names.append(model.rpartition("/")[2])
    named_first = provider_id(head) if rest else None
    if rest and named_first is not None and named_first == provider:
        names.append(rest)
    if provider is not None:
        yield from ((provider, name) for name in names)
    if rest and named_first is not None:  # as routers name them
        yield named_first, rest
    if _BEDROCK.match(model):
        yield "aws", model
    if model.startswith("databricks-"):
        yield "databricks", model
    yield from ((None, name) for name in names)


def _read(model: "ModelInfo") -> tuple[_Validity, ...]:
    from genai_prices.types import ModelPrice  # noqa: PLC0415  # loaded when it is first needed: decision 0013

    if isinstance(model.prices, ModelPrice):
        return (_Validity(_tariff(model.prices)),)
    return _read_conditions(model.prices)


def _read_conditions(prices: "Sequence[ConditionalPrice]") -> tuple[_Validity, ...]:
    from genai_prices.types import StartDateConstraint, TimeOfDateConstraint  # noqa: PLC0415  # the same

    found: list[_Validity] = []
    for item in prices:
        constraint = item.constraint
        if isinstance(constraint, StartDateConstraint):
            start = constraint.start_date
            from_s = datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()
            found.append(_Validity(_tariff(item.prices, start.isoformat()), from_ns=int(from_s) * _NS_PER_S))
        elif isinstance(constraint, TimeOfDateConstraint):
            hours_s = _second_of_day(constraint.start_time), _second_of_day(constraint.end_time)
            found.append(_Validity(_tariff(item.prices), hours_s=hours_s))
        else:
            found.append(_Validity(_tariff(item.prices)))
    return tuple(found)


def _second_of_day(at: time) -> float:
    offset = at.utcoffset()
    seconds = at.hour * 3600 + at.minute * 60 + at.second
    return seconds if offset is None else (seconds - offset.total_seconds()) % _DAY_S


def _tariff(prices: "ModelPrice", as_of: str = "") -> Tariff | None:
    rates = {kind: rate for kind, name in _PRICES.items() if (rate := _rate(getattr(prices, name))) is not None}
    if TokenKind.INPUT not in rates:  # charged by the hour, by the page, or not known
        return None
    return Tariff(source=_source(), as_of=as_of, rates=full_rates(rates), reasoning=_rate(getattr(prices, _REASONING)))


def _rate(price: "Decimal | TieredPrices | None") -> Rate | None:
    from genai_prices.types import TieredPrices  # noqa: PLC0415  # the same

    if price is None:
        return None
    if isinstance(price, TieredPrices):
        return Rate(float(price.base), tuple((tier.start, float(tier.price)) for tier in price.tiers))
    return Rate(float(price))


@cache
def _source() -> str:
    from genai_prices import __version__  # noqa: PLC0415  # the same

    return f"genai-prices {__version__}"


@cache
def _snapshot() -> "DataSnapshot":
    # The list that is part of the package: only `UpdatePrices`, which nobody starts here, would fetch another one.
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415  # the same

    return get_snapshot()
