"""Figures of many traces, added up by the database: it hands over a row for each group and length of traces."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Float, Integer, Row, case, cast, func, literal, null, select

from trilha_server.domain.figures import FiguresQuery, TraceMeasure
from trilha_server.domain.trace import TraceState
from trilha_server.storage.figures_groups import COLUMNS
from trilha_server.storage.figures_matches import Matches
from trilha_server.storage.figures_totals import MAX_TOKENS, NANO, TOKENS, Group, Place, Totals
from trilha_server.storage.histogram import BOUNDS, Counts, counts_bytes
from trilha_server.storage.rollup_parts import MAX_DURATION_MS, MAX_NANO_USD
from trilha_server.storage.schema import trace

SummedRow = Row[*tuple[Any, ...]]
_ERROR = TraceState.ERROR.value


def can_sum(query: FiguresQuery) -> bool:
    """Say whether the rows of traces alone answer, added up."""
    return not query.needs_each and all(each in COLUMNS for each in query.group_by)


def add_summed(
    matches: Matches, query: FiguresQuery, conditions: Sequence[ColumnElement[bool]], totals: Totals[TraceMeasure]
) -> bool:
    """Add the traces that meet some conditions.

    Say no, and add nothing, where some were kept before their rows had all of their tokens.
    """
    bucket_ms = query.bucket_ms
    start = null() if bucket_ms is None else trace.c.time_ms - trace.c.time_ms % bucket_ms
    groups = [trace.c[COLUMNS[each]] for each in query.group_by]
    asked = (cast(start, BigInteger), _histogram_bucket(matches), trace.c.state, *groups)
    keys = [column.label(f"key_{place}") for place, column in enumerate(asked)]
    statement = select(*keys, func.count(), *_sums(matches)).where(*conditions)
    rows: Sequence[SummedRow] = matches.connection.execute(statement.group_by(*(key.name for key in keys))).all()
    if any(row[-1] for row in rows):
        return False
    lengths: dict[Place, Counts] = {}
    for start_ms, bucket, state, *rest in rows:
        group: Group = tuple(map(str, rest[: len(groups)]))
        count, *sums = rest[len(groups) : -1]
        total = totals.at((start_ms, group))
        total.add([count, *(round(one) for one in sums)])
        total.errors += count if state == _ERROR else 0
        if bucket is not None:
            counts = lengths.setdefault((start_ms, group), {})
            counts[bucket] = counts.get(bucket, 0) + count
    for place, counts in lengths.items():
        totals.at(place).histograms.append(counts_bytes(counts))
    return True


def _sums(matches: Matches) -> list[ColumnElement[Any]]:
    """List the columns of `trace_sum` but the first, and how many traces lack tokens.

    Sums of floats do not overflow, and are exact as far as anybody counts.
    """
    row = trace.c

    def total(column: ColumnElement[Any], most: float, least: float = 0) -> ColumnElement[float]:
        smaller, larger = (func.min, func.max) if matches.is_sqlite else (func.least, func.greatest)
        return func.sum(smaller(larger(cast(func.coalesce(column, 0), Float(53)), least), most))

    most_usd = MAX_NANO_USD / NANO
    return [
        func.count(row.duration_ms),
        total(row.duration_ms, MAX_DURATION_MS),
        func.count(row.tokens_total),
        *(total(row[name], MAX_TOKENS) for name in TOKENS),
        func.count(row.cost_total),
        total(row.cost_total, most_usd, -most_usd) * NANO,
        func.count(row.tokens_total) - func.count(row.input_tokens),
    ]


def _histogram_bucket(matches: Matches) -> ColumnElement[int]:
    """Find the bucket of a duration; for SQLite the connection brings the function."""
    duration = trace.c.duration_ms
    bucket: ColumnElement[int] = (
        func.histogram_bucket(duration, type_=Integer)
        if matches.is_sqlite
        else func.width_bucket(duration, literal(BOUNDS, ARRAY(BigInteger)), type_=Integer)
    )
    return case((duration.is_not(None), bucket))
