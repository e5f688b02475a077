"""What Trilha promises, beside what was measured."""

from collections.abc import Iterator, Sequence

import msgspec

from benchmarks.aggregates import Aggregates
from benchmarks.ingest import Ingest
from benchmarks.kill import Kills
from benchmarks.results import median
from benchmarks.search import Search
from benchmarks.start import Starts
from benchmarks.tables import asked_of, figure, table, typical_cell

_INDEXED = ("latest 50", "user, latest 20", "session", "client request id", "two tags, latest 1", "one whole trace")
_TAGS = "two tags, latest 50"
_P95_AT_MILLION_MS = 20.0
_GROWTH = 2.0
_MILLION = 1_000_000


class Target(msgspec.Struct, frozen=True):
    """One promise. A value below or at the limit keeps it, unless more is better."""

    name: str
    limit: float
    unit: str
    measured: float | None
    more_is_better: bool = False

    def row(self) -> list[str]:
        bound = f"{'≥' if self.more_is_better else '≤'} {self.limit:,g} {self.unit}".strip()
        if self.measured is None:
            return [self.name, bound, "not measured", ""]
        kept = self.measured >= self.limit if self.more_is_better else self.measured <= self.limit
        return [self.name, bound, f"{figure(self.measured)} {self.unit}".strip(), "yes" if kept else "**no**"]


def target_table(
    ingest: Sequence[Ingest],
    searches: Sequence[Search],
    starts: Sequence[Starts],
    kills: Sequence[Kills],
    aggregates: Sequence[Aggregates],
) -> str:
    """Show each target for Trilha on SQLite, what was measured, and whether it is reached."""
    targets = [
        *_ingest_targets(ingest),
        *_search_targets(searches),
        *_aggregate_targets(aggregates),
        *_start_targets(starts),
        *_kill_targets(kills),
    ]
    return table(["Trilha", "target", "measured", "reached"], [target.row() for target in targets])


def _ingest_targets(ingest: Sequence[Ingest]) -> Iterator[Target]:
    ours = next((one for one in ingest if one.server == "trilha"), None)
    mlflow = next((one for one in ingest if one.server == "mlflow"), None)
    yield Target("server CPU a trace, 10 traces a request, 4 connections", 0.2, "ms", _cpu_ms(ours, 10, 4))
    yield Target("server CPU a trace, 1 trace a request, 16 connections", 0.6, "ms", _cpu_ms(ours, 1, 16))
    best = _best_per_s(ours) / _best_per_s(mlflow) if ours and mlflow else None
    yield Target("best rate of stored traces, times that of `mlflow server`", 30, "", best, more_is_better=True)
    disk_bytes = ours.disk_bytes_per_trace if ours else None
    yield Target("on disk a trace of 4 kB payload", 2_500, "bytes", disk_bytes)


def _cpu_ms(measured: Ingest | None, batch: int, connections: int) -> float | None:
    cell = typical_cell(measured, batch, connections) if measured else None
    return cell.cpu_ms_per_trace if cell else None


def _best_per_s(measured: Ingest) -> float:
    loads = {(cell.traces_per_request, cell.connections) for cell in measured.cells}
    return max(
        median(c.stored_per_s for c in measured.cells if (c.traces_per_request, c.connections) == load) or 0.0
        for load in loads
    )


def _search_targets(searches: Sequence[Search]) -> Iterator[Target]:
    by_size = {one.traces: one for one in searches if one.server == "trilha"}
    large, small = by_size.get(_MILLION), by_size.get(10_000)
    for name in _INDEXED:
        large_ms, small_ms = _ms(large, name), _ms(small, name)
        yield Target(f"{name}, p95 at 1,000,000 traces", _P95_AT_MILLION_MS, "ms", large_ms[1])
        growth = large_ms[0] / small_ms[0] if large_ms[0] and small_ms[0] else None
        yield Target(f"{name}, p50 there, times that at 10,000", _GROWTH, "", growth)
    yield Target(f"{_TAGS}, p95 at 1,000,000 traces", _P95_AT_MILLION_MS, "ms", _ms(large, _TAGS)[1])
    yield Target("text, p95 at 1,000,000 traces", 300, "ms", _ms(large, "text")[1])


def _ms(measured: Search | None, name: str) -> tuple[float | None, float | None]:
    asked = asked_of(measured, name) if measured else None
    return (asked.p50_ms, asked.p95_ms) if asked and not (asked.timed_out or asked.failed) else (None, None)


def _start_targets(starts: Sequence[Starts]) -> Iterator[Target]:
    ours = next((one for one in starts if one.server == "trilha"), None)
    first_s = median(start.start_s for start in ours.starts) if ours else None
    idle_mb = median(start.idle.rss_mb for start in ours.starts) if ours else None
    yield Target("start to first 200", 2, "s", first_s)
    yield Target("idle memory, RSS", 150, "MB", idle_mb)


def _aggregate_targets(aggregates: Sequence[Aggregates]) -> Iterator[Target]:
    for store, title, limit_ms in (("sqlite", "SQLite", 300), ("postgresql", "PostgreSQL", 200)):
        ours = next((one for one in aggregates if one.store == store and one.traces == _MILLION), None)
        for name in ("by version", "by status"):
            found = next((one for one in ours.asked if one.name == name), None) if ours else None
            title_of = f"figures {name}, p50 of 30 days with 1,000,000 traces, {title}"
            yield Target(title_of, limit_ms, "ms", found.p50_ms if found else None)


def _kill_targets(kills: Sequence[Kills]) -> Iterator[Target]:
    for server, store in (("trilha", "SQLite"), ("trilha-postgres", "PostgreSQL")):
        ours = next((one for one in kills if one.server == server), None)
        missing = float(sum(kill.missing for kill in ours.kills)) if ours else None
        count = len(ours.kills) if ours else 0
        name = f"acknowledged traces missing after {count or 'twenty'} kills, {store}"
        yield Target(name, 0, "", missing)
