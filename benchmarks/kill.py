"""What is missing after a server was killed in the middle of its work."""

import time
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from benchmarks.corpus import Corpus, midnight_ns
from benchmarks.dialects import dialect_of
from benchmarks.load import Load, LoadProcess
from benchmarks.results import save
from benchmarks.servers import Running, Server, new_folder, remove_folder

_LOADS: Final = ((10, 4), (1, 16), (100, 4), (1, 1))
"""Traces a request and connections; each kill takes the next."""
_PREPARED: Final = {1: 6_000, 10: 20_000, 100: 30_000}
_INDICES_PER_KILL: Final = 100_000
_UNDER_LOAD_S: Final = (0.3, 1.5)


class Kill(msgspec.Struct, frozen=True):
    """One load that a kill ended."""

    traces_per_request: int
    connections: int
    under_load_s: float
    acknowledged: int
    missing: int
    """Acknowledged, and afterwards not there with all ten spans."""
    restart_s: float
    finished_early: bool
    """All that was prepared had been sent before the kill, so that it hit an idle server."""


class Kills(msgspec.Struct, frozen=True):
    """All kills of one server, on one store."""

    server: str
    title: str
    kills: list[Kill]


def measure_kills(servers: list[Server], *, kills: int, peer_kills: int, results: Path) -> None:
    """Kill every server again and again under load, look for what it had acknowledged, and keep the results."""
    for server in servers:
        count = peer_kills if server.package else kills
        if count == 0:
            continue
        found = _kill_repeatedly(server, count)
        save(results, f"kill-{server.name}", Kills(server.name, server.title, found))
        total, missing = sum(kill.acknowledged for kill in found), sum(kill.missing for kill in found)
        print(f"kill {server.name}: {count} kills, {total} acknowledged, {missing} missing", flush=True)


def _kill_repeatedly(server: Server, count: int) -> list[Kill]:
    random = Random(5)
    run = time.time_ns()  # a shared store may hold the traces of an earlier run, which must not pass for these
    corpus = Corpus(traces=1_000_000, end_ns=midnight_ns(), seed=run)
    running = Running(server, new_folder(server))
    found: list[Kill] = []
    try:
        for number in range(count):
            under_load_s = random.uniform(*_UNDER_LOAD_S) * (3 if server.package else 1)
            dialect = dialect_of(running)
            experiment = dialect.create_experiment(f"kill {number} of {run}")
            batch, connections = _LOADS[number % len(_LOADS)]
            load = Load(
                port=running.port,
                experiment_id=experiment,
                corpus=corpus,
                first=number * _INDICES_PER_KILL,
                traces=_PREPARED[batch] // (10 if server.package else 1),
                traces_per_request=batch,
                connections=connections,
                body=dialect.otlp,
            )
            running, kill = _kill_under(load, running, under_load_s)
            print(f"kill {server.name} {number + 1}: {kill}", flush=True)
            found.append(kill)
    finally:
        running.kill()
        remove_folder(running.folder)
    return found


def _kill_under(load: Load, running: Running, under_load_s: float) -> tuple[Running, Kill]:
    process = LoadProcess(load)
    process.go()
    time.sleep(under_load_s)
    running.kill()
    result = process.result()
    acknowledged = [index for request in result.acknowledged for index in load.indices(request)]
    again = Running(running.server, running.folder)
    missing = dialect_of(again).incomplete(load.experiment_id, load.corpus, acknowledged)
    return again, Kill(
        traces_per_request=load.traces_per_request,
        connections=load.connections,
        under_load_s=under_load_s,
        acknowledged=len(acknowledged),
        missing=len(missing),
        restart_s=again.start_s,
        finished_early=len(acknowledged) == load.traces,
    )
