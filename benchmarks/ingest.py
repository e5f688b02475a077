"""How many traces a second each server keeps, and what one costs it."""

from pathlib import Path
from typing import Final

import msgspec

from benchmarks.corpus import Corpus, midnight_ns
from benchmarks.dialects import Dialect, dialect_of
from benchmarks.load import Load, LoadProcess
from benchmarks.results import percentile, save
from benchmarks.servers import Running, Server, new_folder, remove_folder

CELLS: Final = tuple((batch, connections) for batch in (1, 10, 100) for connections in (1, 4, 16))
_PHOENIX_CELLS: Final = ((1, 1), (1, 16), (10, 4), (100, 1))
_PHOENIX_TRACES: Final = 200
"""It answers before it stores, and stores about ten a second: more than this would be waiting only."""
_PEERS_SHARE: Final = 0.6
"""The peers get a shorter time, which is enough for figures as stable as theirs."""
_PREPARED_PER_S: Final = {1: 3_000, 10: 8_000, 100: 10_000}
"""Traces made ready, by traces a request. The floor may need more: then its cell ends before the time is up."""
_SAMPLE: Final = 50
_TRACES_PER_CELL: Final = 200_000


class Cell(msgspec.Struct, frozen=True):
    """One load on one server."""

    traces_per_request: int
    connections: int
    round: int
    acknowledged: int
    stored: int
    """Read back afterwards."""
    incomplete: int
    """Of a sample of the acknowledged, those without their ten spans."""
    seconds: float
    busy_after_s: float
    """How long the server went on working after the last answer."""
    p50_ms: float | None
    p99_ms: float | None
    cpu_ms_per_trace: float
    server_cpu_share: float
    client_cpu_share: float
    """Near 1 the client was the limit, not the server."""
    refusals: dict[str, int]

    @property
    def stored_per_s(self) -> float:
        return self.stored / (self.seconds + self.busy_after_s)


class Ingest(msgspec.Struct, frozen=True):
    """All loads on one server, one after the other."""

    server: str
    title: str
    cells: list[Cell]
    disk_bytes_per_trace: float
    """After a clean stop, less what the empty store had."""
    pss_mb: float
    """At the end."""


class _Plan(msgspec.Struct, frozen=True):
    """One cell of one round, the same for all servers."""

    traces_per_request: int
    connections: int
    round: int
    first: int
    """Index of its first trace; no other cell sends the same."""


class _Candidate:
    """A server that takes part, and what it has shown so far."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.running = Running(server, new_folder(server))
        self.dialect: Dialect = dialect_of(self.running)
        self.empty_bytes = self.running.disk_bytes()
        self.cells: list[Cell] = []

    def takes(self, plan: _Plan) -> bool:
        return self.server.dialect != "phoenix" or (plan.traces_per_request, plan.connections) in _PHOENIX_CELLS

    def seconds(self, asked_s: float) -> float:
        return asked_s * _PEERS_SHARE if self.server.package else asked_s

    def traces(self, plan: _Plan, seconds: float) -> int:
        """Return how many to make ready, at most."""
        if self.server.dialect == "phoenix":
            return min(_PHOENIX_TRACES, int(_PHOENIX_TRACES * seconds / 2) // 100 * 100)
        return min(int(_PREPARED_PER_S[plan.traces_per_request] * seconds), _TRACES_PER_CELL)


def measure_ingest(servers: list[Server], *, seconds: float, rounds: int, results: Path) -> None:
    """Run every cell on every server in turn, so that a noisy minute hits all of them, and keep the results."""
    corpus = Corpus(traces=1_000_000, end_ns=midnight_ns())
    candidates: list[_Candidate] = []
    try:
        candidates.extend(map(_Candidate, servers))
        for plan in _plans(rounds):
            for candidate in candidates:
                if candidate.takes(plan):
                    candidate.cells.append(_measure(candidate, plan, corpus, candidate.seconds(seconds)))
                    print(f"ingest {candidate.server.name}: {_line(candidate.cells[-1])}", flush=True)
    finally:
        for candidate in candidates:
            _finish(candidate, results)


def _plans(rounds: int) -> list[_Plan]:
    return [
        _Plan(batch, connections, number, (number * len(CELLS) + position) * _TRACES_PER_CELL)
        for number in range(rounds)
        for position, (batch, connections) in enumerate(CELLS)
    ]


def _measure(candidate: _Candidate, plan: _Plan, corpus: Corpus, seconds: float) -> Cell:
    running, dialect = candidate.running, candidate.dialect
    experiment = dialect.create_experiment(f"{plan.traces_per_request} x {plan.connections}, round {plan.round}")
    load = Load(
        port=running.port,
        experiment_id=experiment,
        corpus=corpus,
        first=plan.first,
        traces=candidate.traces(plan, seconds),
        traces_per_request=plan.traces_per_request,
        connections=plan.connections,
        seconds=seconds,
        body=dialect.otlp,
    )
    process = LoadProcess(load)
    before_s = running.cpu_s()
    process.go()
    result = process.result()
    busy_s = running.settle()
    cpu_s = running.cpu_s() - before_s
    acknowledged = [index for request in result.acknowledged for index in load.indices(request)]
    sample = acknowledged[:: max(1, len(acknowledged) // _SAMPLE)]
    stored = dialect.stored_traces(experiment)
    return Cell(
        traces_per_request=plan.traces_per_request,
        connections=plan.connections,
        round=plan.round,
        acknowledged=len(acknowledged),
        stored=stored,
        incomplete=len(dialect.incomplete(experiment, corpus, sample)),
        seconds=result.seconds,
        busy_after_s=busy_s,
        p50_ms=percentile(result.latencies_ms, 0.5),
        p99_ms=percentile(result.latencies_ms, 0.99),
        cpu_ms_per_trace=cpu_s * 1000 / max(stored, 1),
        server_cpu_share=cpu_s / (result.seconds + busy_s),
        client_cpu_share=result.client_cpu_s / result.seconds,
        refusals=result.refusals,
    )


def _line(cell: Cell) -> str:
    load = f"{cell.traces_per_request} x {cell.connections}"
    rate = f"{cell.stored_per_s:.0f} stored/s, {cell.cpu_ms_per_trace:.3f} ms CPU, p50 {cell.p50_ms or 0:.1f} ms"
    return f"{load}: {rate}, {cell.acknowledged} acknowledged, {cell.stored} stored, refusals {cell.refusals}"


def _finish(candidate: _Candidate, results: Path) -> None:
    """Stop the server, keep what it has shown, and remove its data."""
    running, cells = candidate.running, candidate.cells
    pss_mb = running.memory().pss_mb
    running.stop()
    stored = sum(cell.stored for cell in cells)
    measured = Ingest(
        server=candidate.server.name,
        title=candidate.server.title,
        cells=cells,
        disk_bytes_per_trace=(running.disk_bytes() - candidate.empty_bytes) / max(stored, 1),
        pss_mb=pss_mb,
    )
    remove_folder(running.folder)
    if cells:
        save(results, f"ingest-{candidate.server.name}", measured)
