"""Measurements as Markdown tables."""

from collections.abc import Callable, Sequence

from benchmarks.aggregates import Aggregates
from benchmarks.ingest import CELLS, Cell, Ingest
from benchmarks.kill import Kills
from benchmarks.results import median
from benchmarks.search import TIMEOUT_S, TOPICS, Asked, Search
from benchmarks.start import Start, Starts


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    lines.insert(1, "|" + "---|" * len(head))
    return "\n".join(lines)


def ingest_tables(measured: Sequence[Ingest]) -> str:
    """Show what one trace costs, how many a second are kept, and how long a caller waits, cell by cell."""
    parts: list[tuple[str, Callable[[Cell], str]]] = [
        ("Server CPU, ms a trace", lambda cell: figure(cell.cpu_ms_per_trace)),
        ("Traces stored a second", lambda cell: figure(cell.stored_per_s)),
        ("Answer, p50 ms", lambda cell: figure(cell.p50_ms)),
        ("Answer, p99 ms", lambda cell: figure(cell.p99_ms)),
    ]
    shown = [f"**{title}**\n\n{_by_cell(measured, text)}" for title, text in parts]
    return "\n\n".join([*shown, _ingest_checks(measured)])


def _by_cell(measured: Sequence[Ingest], text: Callable[[Cell], str]) -> str:
    rows = [
        [f"{batch} × {connections}", *(_cell_text(one, batch, connections, text) for one in measured)]  # noqa: RUF001  # the sign is meant
        for batch, connections in CELLS
    ]
    return table(["traces a request × connections", *(one.title for one in measured)], rows)  # noqa: RUF001  # the same


def _cell_text(measured: Ingest, batch: int, connections: int, text: Callable[[Cell], str]) -> str:
    cell = typical_cell(measured, batch, connections)
    return text(cell) if cell else "-"


def typical_cell(measured: Ingest, batch: int, connections: int) -> Cell | None:
    """Return the round whose CPU time a trace is the median one."""
    cells = [c for c in measured.cells if (c.traces_per_request, c.connections) == (batch, connections)]
    cells.sort(key=lambda cell: cell.cpu_ms_per_trace)
    return cells[len(cells) // 2] if cells else None


def _ingest_checks(measured: Sequence[Ingest]) -> str:
    rows = [
        [
            one.title,
            f"{one.disk_bytes_per_trace:,.0f}",
            f"{sum(cell.acknowledged for cell in one.cells):,}",
            f"{sum(cell.stored for cell in one.cells):,}",
            str(sum(cell.incomplete for cell in one.cells)),
            f"{max(cell.client_cpu_share for cell in one.cells):.0%}",
            _refusals(one.cells),
        ]
        for one in measured
    ]
    head = ["", "bytes on disk a trace", "acknowledged", "read back", "incomplete in samples", "busiest client"]
    return table([*head, "other answers"], rows)


def _refusals(cells: Sequence[Cell]) -> str:
    total: dict[str, int] = {}
    for cell in cells:
        for status, count in cell.refusals.items():
            total[status] = total.get(status, 0) + count
    return ", ".join(f"{status}: {count}" for status, count in sorted(total.items())) or "none"


def search_tables(measured: Sequence[Search]) -> str:
    head = ["ms over HTTP, p50 / p95 (rows)", *(f"{one.title}, {one.traces:,}" for one in measured)]
    rows = [[topic.name, *(asked_text(asked_of(one, topic.name)) for one in measured)] for topic in TOPICS]
    stores = [
        [
            f"{one.title}, {one.traces:,}",
            figure(one.loaded_per_s),
            str(one.incomplete),
            f"{one.disk_bytes_per_trace:,.0f}",
            figure(one.restart_s),
            f"{one.memory.rss_mb:.0f} ({one.memory.pss_mb:.0f})",
        ]
        for one in measured
    ]
    columns = ["the store", "traces a second, filling", "incomplete in a sample", "bytes on disk a trace"]
    store_table = table([*columns, "clean restart, s", "RSS (PSS) after all questions, MB"], stores)
    return f"{table(head, rows)}\n\n{store_table}"


def asked_of(measured: Search, name: str) -> Asked | None:
    return next((asked for asked in measured.asked if asked.name == name), None)


def asked_text(asked: Asked | None) -> str:
    if asked is None:
        return "-"
    if asked.failed:
        return "**failed**"
    if asked.p50_ms is None or asked.p95_ms is None:
        return f"> {TIMEOUT_S * 1000:,.0f}, given up"
    notes = f"{asked.rows}" + (f", **{asked.wrong} wrong**" if asked.wrong else "")
    late = f", then > {TIMEOUT_S:.0f} s" if asked.timed_out else ""
    return f"{figure(asked.p50_ms)} / {figure(asked.p95_ms)} ({notes}){late}"


def start_table(measured: Sequence[Starts]) -> str:
    rows = [
        [
            one.title,
            _of_starts(one, lambda start: start.start_s, fresh=True),
            _of_starts(one, lambda start: start.start_s, fresh=False),
            _of_starts(one, lambda start: start.cpu_s, fresh=False),
            figure(median(start.idle.rss_mb for start in one.starts)),
            figure(median(start.idle.pss_mb for start in one.starts)),
            figure(median(start.idle.processes for start in one.starts)),
            figure(median(start.idle_cpu_share * 100 for start in one.starts)),
            figure(median(start.stop_s for start in one.starts)),
        ]
        for one in measured
    ]
    head = ["", "first 200, new folder, s", "again, s", "CPU to there, s", "idle RSS, MB", "PSS, MB", "processes"]
    return table([*head, "idle CPU, % of a core", "stop, s"], rows)


def _of_starts(measured: Starts, value: Callable[[Start], float], *, fresh: bool) -> str:
    return figure(median(value(start) for start in measured.starts if start.fresh is fresh))


def kill_table(measured: Sequence[Kills]) -> str:
    rows = [
        [
            one.title,
            str(len(one.kills)),
            f"{sum(kill.acknowledged for kill in one.kills):,}",
            f"{sum(kill.missing for kill in one.kills):,}",
            f"{figure(median(kill.restart_s for kill in one.kills))} / {figure(max(k.restart_s for k in one.kills))}",
            str(sum(kill.finished_early for kill in one.kills)),
        ]
        for one in measured
    ]
    head = ["", "kills", "acknowledged traces", "missing or incomplete", "restart, median / longest, s"]
    return table([*head, "kills that hit an idle server"], rows)


def figure(value: float | None) -> str:
    """Write a number with as many digits as it deserves."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def aggregates_tables(measured: Sequence[Aggregates]) -> str:
    """Show how long each question about many traces took, one column a store."""
    head = ["p50 / p95, ms", *(f"{one.store}, {one.traces:,} traces" for one in measured)]
    names = dict.fromkeys(asked.name for one in measured for asked in one.asked)
    rows = [[name, *(_figure_of(one, name) for one in measured)] for name in names]
    rows.append(["loaded, traces/s", *(figure(one.loaded_per_s) for one in measured)])
    rows.append(["bytes a trace of the sums", *(figure(one.sums_bytes_per_trace) for one in measured)])
    rows.append(["error of percentiles", *(f"{one.percentile_error:.2%}" for one in measured)])
    return table(head, rows)


def _figure_of(measured: Aggregates, name: str) -> str:
    asked = next((each for each in measured.asked if each.name == name), None)
    return "-" if asked is None else f"{figure(asked.p50_ms)} / {figure(asked.p95_ms)}"
