"""What traces and spans add to the sums: pure functions of what is known of them."""

import math
from typing import NamedTuple

from trilha_server.domain.span import Cost, SpanFacts, TokenUsage
from trilha_server.domain.trace import TraceInfo
from trilha_server.storage.labels import CUT_MARK, index_value

NO_VALUE = CUT_MARK
"""Stands for traces without a version or name; no value in the index is this one."""

PAIR_MARK = "\x1d"
"""Between the user and the session of a pair."""

MAX_DURATION_MS = 2**40
"""Whoever says more is mistaken; the sums of an hour must fit 64 bits."""

MAX_SPAN_DURATION_US = 2**46

MAX_NANO_USD = 10**15
_NANO = 1_000_000_000
_NO_TOKENS = (0, 0, 0, 0, 0)


class TracePart(NamedTuple):
    """What a trace adds."""

    experiment_id: int
    time_ms: int
    state: str
    version: str | None
    name: str | None
    session: str | None
    user: str | None
    numbers: tuple[int, ...]
    """In the order of the columns of `trace_sum`."""
    duration_ms: int | None


class KindPart:
    """What spans of one kind and hour add together."""

    __slots__ = ("costs", "durations_ns", "running", "tokens")

    def __init__(self) -> None:
        self.running = 0
        self.durations_ns: list[int] = []
        self.tokens: list[tuple[int, ...]] = []
        self.costs: list[tuple[int, ...]] = []

    def add(self, other: "KindPart") -> None:
        """Add what others add."""
        self.running += other.running
        self.durations_ns += other.durations_ns
        self.tokens += other.tokens
        self.costs += other.costs

    def durations_us(self) -> list[int]:
        """Write the durations as they are counted: whole microseconds."""
        durations_us = [duration_ns // 1000 for duration_ns in self.durations_ns]
        if durations_us and (min(durations_us) < 0 or max(durations_us) > MAX_SPAN_DURATION_US):
            return [min(max(duration_us, 0), MAX_SPAN_DURATION_US) for duration_us in durations_us]
        return durations_us

    def numbers(self, durations_us: list[int]) -> list[int]:
        """Add up, in the order of the columns of `span_sum`."""
        ended = len(durations_us)
        tokens = [sum(column) for column in zip(*self.tokens, strict=True)] or _NO_TOKENS
        costs = [sum(column) for column in zip(*self.costs, strict=True)] or (0, 0, 0)
        return [ended + self.running, ended, sum(durations_us), *tokens, len(self.costs), *costs]


SpanKind = tuple[str, str, int, str, str]
"""Name, type, status, model and provider of a span; the last two are empty for none."""


def trace_part(info: TraceInfo) -> TracePart:
    """Say what a trace adds."""
    usage, cost, duration_ms = info.usage, info.cost, counted_ms(info.duration_ms)
    ended = (0, 0) if duration_ms is None else (1, duration_ms)
    tokens = (0, *_NO_TOKENS) if usage is None else (1, *tokens_of(usage))
    costs = (0, 0) if cost is None else (1, nano_usd(cost.total_usd))
    version, name, session, user = info.version, info.name, info.session, info.user
    return TracePart(
        info.experiment_id,
        info.request_time_ms,
        info.state.value,
        None if version is None else index_value(version),
        None if name is None else index_value(name),
        None if session is None else index_value(session),
        None if user is None else index_value(user),
        (1, *ended, *tokens, *costs),
        duration_ms,
    )


def span_kind(facts: SpanFacts) -> SpanKind:
    """Say of which kind a span is."""
    return facts.name, facts.span_type, int(facts.status), facts.model or "", facts.provider or ""


def tokens_of(usage: TokenUsage) -> tuple[int, int, int, int, int]:
    """List the tokens that have columns, in their order."""
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.total_tokens,
        usage.cache_read_tokens or 0,
        usage.cache_write_tokens or 0,
    )


def costs_of(cost: Cost) -> tuple[int, int, int]:
    """List what has columns of a span's cost, in their order."""
    return nano_usd(cost.input_usd), nano_usd(cost.output_usd), nano_usd(cost.total_usd)


def counted_ms(duration_ms: int | None) -> int | None:
    """Write the duration of a trace as it is counted."""
    return None if duration_ms is None else min(max(duration_ms, 0), MAX_DURATION_MS)


def nano_usd(usd: float) -> int:
    """Write a cost as a whole number, so that adding and taking away leave no trace."""
    nano = usd * _NANO
    if math.isnan(nano):
        return 0
    return round(min(max(nano, -MAX_NANO_USD), MAX_NANO_USD))
