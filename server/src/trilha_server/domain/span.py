"""A span: what search and the tree need of it, and the whole of it."""

from enum import IntEnum
from typing import TypeAlias

import msgspec

from trilha_server.domain.ids import SpanId, TraceId

AttributeValue: TypeAlias = "str | int | float | bool | bytes | list[AttributeValue] | dict[str, AttributeValue] | None"
"""A value as OpenTelemetry knows it; `None` is a key without a value."""

UNKNOWN_TYPE = "UNKNOWN"
"""The span type of a span that names none (MLflow's word)."""


class SpanStatus(IntEnum):
    """The status of a span, numbered as in OTLP."""

    UNSET = 0
    OK = 1
    ERROR = 2


MAX_TOKENS = 2**40
"""Who says more is mistaken; the sums of a trace must fit 64 bits."""


class TokenUsage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Tokens of one call or of several together."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cache_read_tokens: int | None = None
    """Part of `input_tokens`; `None` where nobody counted."""
    cache_write_tokens: int | None = None
    """Part of `input_tokens`."""
    reasoning_tokens: int | None = None
    """Part of `output_tokens`."""
    input_audio_tokens: int | None = None
    """Part of `input_tokens`."""
    output_audio_tokens: int | None = None
    """Part of `output_tokens`."""

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.total_tokens + other.total_tokens,
            _add(self.cache_read_tokens, other.cache_read_tokens),
            _add(self.cache_write_tokens, other.cache_write_tokens),
            _add(self.reasoning_tokens, other.reasoning_tokens),
            _add(self.input_audio_tokens, other.input_audio_tokens),
            _add(self.output_audio_tokens, other.output_audio_tokens),
        )


def _add(left: int | None, right: int | None) -> int | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right


class Cost(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """US dollars."""

    input_usd: float = 0.0
    output_usd: float = 0.0
    total_usd: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.input_usd + other.input_usd, self.output_usd + other.output_usd, self.total_usd + other.total_usd
        )


class Price(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the tokens of one call were charged at."""

    source: str
    """Whose price it is: a price list with its version, or an override."""
    as_of: str
    """The day since which the price holds, as YYYY-MM-DD; the day of the call where its source does not say."""
    usd_per_million: dict[str, float]
    """By `TokenKind`; only the kinds that the call has tokens of. Tiers and times of day are decided already."""


class SpanFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the tree, the totals and the search for spans need of a span, without its payload."""

    span_id: SpanId
    parent_id: SpanId | None
    """`None` for a root."""
    name: str
    span_type: str
    start_ns: int
    """Unix time."""
    end_ns: int | None
    """Unix time; `None` while the span is running."""
    status: SpanStatus
    usage: TokenUsage | None = None
    cost: Cost | None = None
    model: str | None = None
    """The model that answered, else the one that was asked for."""
    provider: str | None = None
    price: Price | None = None
    """What `cost` was computed with; `None` where the application set the cost, or where there is none."""
    session: str | None = None
    """The conversation that the span says it belongs to."""
    user: str | None = None
    """The person that the span says it works for."""

    def as_told(self) -> "SpanFacts":
        """The span as its sender told it, without a cost that was computed."""
        return self if self.price is None else msgspec.structs.replace(self, cost=None, price=None)


class SpanEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at one moment of a span."""

    name: str
    time_ns: int
    attributes: dict[str, AttributeValue]


class SpanLink(msgspec.Struct, frozen=True, kw_only=True):
    """A pointer from a span to a span of this or another trace."""

    trace_id: TraceId
    span_id: SpanId
    attributes: dict[str, AttributeValue]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A whole span, as its sender made it."""

    facts: SpanFacts
    status_message: str
    attributes: dict[str, AttributeValue]
    events: list[SpanEvent]
    links: list[SpanLink]
    resource: dict[str, AttributeValue]
    """Attributes of the service that sent the span."""
    scope_name: str
    scope_version: str
