"""How long each server takes to answer, and what it holds while it does nothing."""

import time
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.results import save
from benchmarks.servers import Memory, Running, Server, new_folder, remove_folder

_IDLE_S: Final = 10.0


class Start(msgspec.Struct, frozen=True):
    """One start and one stop."""

    fresh: bool
    """On an empty folder; otherwise on the one that the fresh start left."""
    start_s: float
    """From the command to the first 200."""
    cpu_s: float
    idle: Memory
    """Ten seconds later."""
    idle_cpu_share: float
    stop_s: float


class Starts(msgspec.Struct, frozen=True):
    """All starts of one server."""

    server: str
    title: str
    starts: list[Start]


def measure_starts(servers: list[Server], *, runs: int, results: Path) -> None:
    """Start every server in turn, fresh and again, and keep the results."""
    starts: dict[str, list[Start]] = {server.name: [] for server in servers}
    for _ in range(runs):
        for server in servers:
            folder = new_folder(server)
            for fresh in (True, False):
                start = _start_and_stop(server, folder, fresh=fresh)
                starts[server.name].append(start)
                idle = f"{start.idle.rss_mb:.0f} MB RSS, {start.idle.pss_mb:.0f} MB PSS"
                print(f"start {server.name}: {start.start_s:.2f} s, {start.cpu_s:.2f} s CPU, {idle}", flush=True)
            remove_folder(folder)
            save(results, f"start-{server.name}", Starts(server.name, server.title, starts[server.name]))


def _start_and_stop(server: Server, folder: Path, *, fresh: bool) -> Start:
    running = Running(server, folder)
    try:
        time.sleep(_IDLE_S / 2)
        before_s = running.cpu_s()
        time.sleep(_IDLE_S / 2)
        idle_cpu_share = (running.cpu_s() - before_s) / (_IDLE_S / 2)
        idle = running.memory()
    finally:
        stop_s = running.stop()
    return Start(fresh, running.start_s, running.start_cpu_s, idle, idle_cpu_share, stop_s)
