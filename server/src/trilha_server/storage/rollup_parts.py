"""What traces and spans add to the sums: pure functions of what is known of them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from trilha_server.domain.span import SpanFacts, TokenUsage
from trilha_server.domain.trace import TraceInfo
from trilha_server.storage.labels import CUT_MARK, index_value

NO_VALUE = CUT_MARK
"""Stands for traces without a version or name; no value in the index is this one."""

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


def tokens_of(usage: TokenUsage) -> tuple[int, int, int, int, int]:
    """List the tokens that have columns, in their order."""
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.total_tokens,
        usage.cache_read_tokens or 0,
        usage.cache_write_tokens or 0,
    )


def durations_us(spans: Sequence[SpanFacts]) -> list[int]:
    """List how long spans took, those that have ended: whole microseconds, as they are counted."""
    durations = [(span.end_ns - span.start_ns) // 1000 for span in spans if span.end_ns is not None]
    if durations and (min(durations) < 0 or max(durations) > MAX_SPAN_DURATION_US):
        return [min(max(duration, 0), MAX_SPAN_DURATION_US) for duration in durations]
    return durations


def span_numbers(spans: Sequence[SpanFacts], durations: Sequence[int]) -> list[int]:
    """Add up what spans have together, in the order of the columns of `span_sum`."""
    usages = [tokens_of(span.usage) for span in spans if span.usage is not None]
    costs = [span.cost for span in spans if span.cost is not None]
    tokens = [sum(column) for column in zip(*usages, strict=True)] or _NO_TOKENS
    input_nano_usd = sum(nano_usd(cost.input_usd) for cost in costs)
    output_nano_usd = sum(nano_usd(cost.output_usd) for cost in costs)
    cost_nano_usd = sum(nano_usd(cost.total_usd) for cost in costs)
    numbers = [len(spans), len(durations), sum(durations), *tokens]
    return [*numbers, len(costs), input_nano_usd, output_nano_usd, cost_nano_usd]


def counted_ms(duration_ms: int | None) -> int | None:
    """Write the duration of a trace as it is counted."""
    return None if duration_ms is None else min(max(duration_ms, 0), MAX_DURATION_MS)


def nano_usd(usd: float) -> int:
    """Write a cost as a whole number, so that adding and taking away leave no trace."""
    nano = usd * _NANO
    if -MAX_NANO_USD < nano < MAX_NANO_USD:
        return round(nano)
    return 0 if math.isnan(nano) else MAX_NANO_USD if nano > 0 else -MAX_NANO_USD
