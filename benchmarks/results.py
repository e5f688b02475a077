"""Where measurements are kept between the run and the report, and what machine they are from."""

import os
import platform
import statistics
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psutil

FOLDER = Path(__file__).parent / "results"
QUICK_FOLDER = FOLDER / "quick"
"""For runs that show that everything works, and nothing else."""

Measured = TypeVar("Measured")


class Machine(msgspec.Struct, frozen=True):
    """Where and when something was measured."""

    date: str
    commit: str
    cpu: str
    cores: int
    memory_gb: int
    kernel: str
    python: str
    load_average: float
    """Of the minute before; above the number of cores the machine was not ours alone."""


class Stamped(msgspec.Struct, frozen=True):
    machine: Machine
    measured: Any  # Any: msgspec converts it to the type that the reader names


def save(folder: Path, name: str, measured: msgspec.Struct) -> None:
    """Replace what is kept under this name."""
    folder.mkdir(parents=True, exist_ok=True)
    content = msgspec.json.format(msgspec.json.encode(Stamped(machine_now(), measured)))
    (folder / f"{name}.json").write_bytes(content)


def load_all(folder: Path, prefix: str, kind: type[Measured]) -> list[tuple[Machine, Measured]]:
    """Return everything that is kept under names with this prefix."""
    found: list[tuple[Machine, Measured]] = []
    for path in sorted(folder.glob(f"{prefix}-*.json")):
        stamped = msgspec.json.decode(path.read_bytes(), type=Stamped)
        found.append((stamped.machine, msgspec.convert(stamped.measured, kind)))
    return found


def machine_now() -> Machine:
    return Machine(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),  # noqa: TID251  # the stamp is of the real clock
        commit=_commit(),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 0,
        memory_gb=round(psutil.virtual_memory().total / 1e9),
        kernel=platform.release(),
        python=platform.python_version(),
        load_average=round(os.getloadavg()[0], 1),
    )


def percentile(values: Iterable[float], share: float) -> float | None:
    """Return the smallest value that at least this share of the values does not exceed; `None` of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * round(share * 100) // 100) - 1))]


def median(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None


def _commit() -> str:
    head = _git("rev-parse", "--short=12", "HEAD")
    if not head:
        return "not committed"
    return f"{head} and changes" if _git("status", "--porcelain", "--untracked-files=no") else head


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=FOLDER.parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
