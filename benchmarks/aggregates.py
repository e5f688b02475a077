"""How long figures of many traces take, on stores that are filled through their writer in this process."""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Final

import msgspec
from trilha import names
from trilha_server.domain.batch import EncodedGroup, EncodedSpans, RootFacts, SpansArrived, TraceSpans
from trilha_server.domain.figures import (
    HOUR_MS,
    Dimension,
    FiguresQuery,
    KeyDimension,
    SpanDimension,
    SpanFiguresQuery,
    TraceMeasure,
)
from trilha_server.domain.ids import ExperimentId, SpanId, trace_id_of
from trilha_server.domain.span import Cost, SpanFacts, SpanStatus, TokenUsage
from trilha_server.ports import Store
from trilha_server.search.parse import parse_filter
from trilha_server.storage.open import open_store

from benchmarks.results import median, percentile, save

DAYS: Final = 30
EXPERIMENT: Final = ExperimentId(7)
END_MS: Final = 1_790_000_000_000 // HOUR_MS * HOUR_MS
START_MS: Final = END_MS - DAYS * 24 * HOUR_MS
_BATCH: Final = 500
_REPEATS: Final = 15
_VERSIONS: Final = tuple(f"v1.{number}.0" for number in range(10))
_NAMES: Final = ("answer", "summarise", "route")
_ENVIRONMENTS: Final = ("production", "staging", "development", "canary")


class Clock:
    """The clock of the store that is measured."""

    def now_ms(self) -> int:
        return END_MS


class Figure(msgspec.Struct, frozen=True):
    """One question, asked some times."""

    name: str
    p50_ms: float
    p95_ms: float
    rows: int


class Aggregates(msgspec.Struct, frozen=True):
    """All questions to one store."""

    store: str
    traces: int
    loaded_per_s: float
    disk_bytes_per_trace: float | None
    sums_bytes_per_trace: float | None
    """Of that, the sums by the hour and the totals of sessions and users."""
    percentile_error: float
    """The largest, relative to the exact percentile, over versions and 50, 90, 95, 99 %."""
    asked: list[Figure]


def measure_aggregates(traces: int, postgres_url: str | None, *, results: Path) -> None:
    """Measure SQLite and, if an empty database is named, PostgreSQL."""
    for url in (None, postgres_url) if postgres_url else (None,):
        _measure(traces, postgres_url=url, results=results)


def _measure(traces: int, *, postgres_url: str | None, results: Path) -> None:
    """Fill a store, ask it everything, and keep the results."""
    folder = Path(tempfile.mkdtemp(prefix="bench-aggregates-"))
    path = folder / "aggregates.db"
    url = postgres_url or f"sqlite:///{path}"
    name = "postgresql" if postgres_url else "sqlite"
    store = open_store(url, Clock())
    try:
        loaded_per_s = _fill(store, traces)
        asked = [_asked(store, question, query) for question, query in _questions()]
        error = _percentile_error(store)
    finally:
        store.upkeep.close()
    measured = Aggregates(
        store=name,
        traces=traces,
        loaded_per_s=loaded_per_s,
        disk_bytes_per_trace=None if postgres_url else path.stat().st_size / traces,
        sums_bytes_per_trace=None if postgres_url else _sums_bytes(path) / traces,
        percentile_error=error,
        asked=asked,
    )
    save(results, f"aggregates-{name}-{traces}", measured)
    shutil.rmtree(folder)


def _fill(store: Store, traces: int) -> float:
    random = Random(5)
    start_s = time.perf_counter()
    for first in range(0, traces, _BATCH):
        store.writer.write([_a_trace(random, number, traces) for number in range(first, min(first + _BATCH, traces))])
    while store.upkeep.maintain():
        pass
    return traces / (time.perf_counter() - start_s)


def _a_trace(random: Random, number: int, traces: int) -> SpansArrived:
    """A root, a call of a model and a tool, in the order of time, as live traces come."""
    start_ns = (START_MS + (END_MS - START_MS) * number // traces) * 1_000_000
    version = random.choice(_VERSIONS)
    duration_ns = int(random.lognormvariate(21, 0.6))
    is_error = random.random() < 0.03
    usage = TokenUsage(random.randrange(100, 4000), random.randrange(20, 800), random.randrange(200, 4800))
    facts = [
        SpanFacts(
            span_id=SpanId(number.to_bytes(7, "big") + bytes([place])),
            parent_id=None if place == 0 else SpanId(number.to_bytes(7, "big") + b"\x00"),
            name=name,
            span_type=span_type,
            start_ns=start_ns + place * 1000,
            end_ns=start_ns + duration_ns // (place + 1),
            status=SpanStatus.ERROR if is_error and place != 1 else SpanStatus.OK,
            usage=usage if place == 1 else None,
            cost=Cost(0.001, 0.002, usage.total_tokens / 1_000_000) if place == 1 else None,
            model=random.choice(("gpt-5-mini", "claude-sonnet-4-5")) if place == 1 else None,
            provider="openai" if place == 1 else None,
        )
        for place, (name, span_type) in enumerate(
            ((random.choice(_NAMES), "AGENT"), ("chat", "CHAT_MODEL"), ("search", "TOOL"))
        )
    ]
    root = RootFacts(
        span_id=facts[0].span_id,
        request_preview="what is the answer",
        response_preview="the answer is this",
        metadata={names.TRACE_USER: f"user-{random.randrange(2000)}", names.TRACE_SESSION: f"session-{number // 5}"},
        tags={"app_version": version, "environment": random.choice(_ENVIRONMENTS)},
    )
    encoded = EncodedSpans([EncodedGroup(b"", b"", 3)], [b"", b"", b""])
    spans = TraceSpans(
        trace_id=trace_id_of(random.randbytes(8) + number.to_bytes(8, "big")), facts=facts, encoded=encoded, root=root
    )
    return SpansArrived(experiment_id=EXPERIMENT, spans=spans)


def _questions() -> Iterator[tuple[str, FiguresQuery | SpanFiguresQuery]]:
    month = FiguresQuery(experiment_ids=(EXPERIMENT,), start_ms=START_MS, end_ms=END_MS)
    since = msgspec.structs.replace
    yield "by version", since(month, group_by=(Dimension.VERSION,))
    yield "by version, not on the hour", since(month, group_by=(Dimension.VERSION,), start_ms=START_MS + 1_234_567)
    yield "by status", since(month, group_by=(Dimension.STATUS,))
    yield "by hour, 7 days", since(month, start_ms=END_MS - 7 * 24 * HOUR_MS, bucket_ms=HOUR_MS)
    yield "by day and version", since(month, group_by=(Dimension.VERSION,), bucket_ms=24 * HOUR_MS)
    yield (
        "by version, where status is ERROR",
        since(month, group_by=(Dimension.VERSION,), filter=parse_filter("status = 'ERROR'")),
    )
    yield (
        "by span name and model",
        SpanFiguresQuery(
            experiment_ids=(EXPERIMENT,),
            start_ms=START_MS,
            end_ms=END_MS,
            group_by=(SpanDimension.NAME, SpanDimension.MODEL),
        ),
    )
    yield "by tag, of one user", since(month, group_by=(_TAG,), filter=parse_filter("user = 'user-7'"))
    yield "by tag, of one version", since(month, group_by=(_TAG,), filter=parse_filter("version = 'v1.3.0'"))
    yield "by tag", since(month, group_by=(_TAG,))


_TAG: Final = KeyDimension("environment")


def _asked(store: Store, name: str, query: FiguresQuery | SpanFiguresQuery) -> Figure:
    times_ms: list[float] = []
    rows = 0
    end_s = time.perf_counter() + 30
    while len(times_ms) < _REPEATS and (len(times_ms) < 2 or time.perf_counter() < end_s):
        start_s = time.perf_counter()
        if isinstance(query, FiguresQuery):
            rows = len(store.figures.trace_figures(query).rows)
        else:
            rows = len(store.figures.span_figures(query).rows)
        times_ms.append((time.perf_counter() - start_s) * 1000)
    warm_ms = times_ms[1:]
    figure = Figure(name, median(warm_ms) or 0.0, percentile(warm_ms, 0.95) or 0.0, rows)
    print(f"aggregates: {figure}", flush=True)
    return figure


def _percentile_error(store: Store) -> float:
    """Compare with the percentiles of all durations, which are worked out where measures are asked for too."""
    query = FiguresQuery(
        experiment_ids=(EXPERIMENT,), group_by=(Dimension.VERSION,), start_ms=END_MS - 7 * 24 * HOUR_MS, end_ms=END_MS
    )
    exact = store.figures.trace_figures(msgspec.structs.replace(query, measures=(TraceMeasure.COST_USD,)))
    known = {row.group: row.duration_ms.percentiles for row in exact.rows}
    return max(
        abs(found - wanted) / wanted
        for row in store.figures.trace_figures(query).rows
        for found, wanted in zip(row.duration_ms.percentiles, known[row.group], strict=True)
    )


def _sums_bytes(path: Path) -> int:
    """Measure the tables by copying them into a file of their own."""
    copy = path.with_name("sums.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS sums", (str(copy),))
        for (sql,) in connection.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name IN ('trace_sum', 'span_sum', 'subject_total')"
            " AND sql IS NOT NULL ORDER BY type DESC"
        ).fetchall():
            connection.execute(
                sql.replace("CREATE TABLE ", "CREATE TABLE sums.").replace("CREATE INDEX ", "CREATE INDEX sums.")
            )
        for table in ("trace_sum", "span_sum", "subject_total"):
            connection.execute(f"INSERT INTO sums.{table} SELECT * FROM main.{table}")  # names of ours
        connection.commit()
    return copy.stat().st_size
