"""Programs that are traced with the SDK, each a process of its own."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PRELUDE = """
import json, os, signal, sys, threading, time
import trilha.tracing
from trilha._context import current_span
from trilha._export import process
from trilha._ids import new_trace_id
from trilha._settings import settings
from trilha._span import OpenTrace, Span

def a_trace(name="root", children=2, size=50):
    trace = OpenTrace(new_trace_id(), process.outbox(), settings().destination)
    root = Span(trace, None, name, "AGENT")
    root.set_inputs({"question": "x" * size})
    for number in range(children):
        child = Span(trace, root.number, f"child {number}", "TOOL")
        child.set_outputs({"n": number})
        child.end()
    root.set_outputs("done")
    root.end()
    return root

def report(**said):
    print(json.dumps(said), flush=True)

def stay():
    # Not in one sleep: a signal that comes just before it would be noticed after it.
    for _ in range(600):
        time.sleep(0.1)

def counted():
    import msgspec
    return msgspec.to_builtins(process.stats())
"""


def environment(url: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Make an environment for a program that sends to a server."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TRILHA_", "MLFLOW_", "OTEL_"))}
    path = os.pathsep.join(filter(None, (str(ROOT / "sdk" / "src"), str(ROOT), kept.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, "TRILHA_TRACKING_URI": url, **(more or {})}


def start(program: str, url: str, more: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a program; the prelude's names are there for it."""
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(program)],
        env=environment(url, more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(program: str, url: str, more: Mapping[str, str] | None = None, timeout_s: float = 60) -> "Ended":
    """Run a program to its end."""
    with start(program, url, more) as running:
        try:
            out, err = running.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            running.kill()
            raise
    return Ended(running.returncode, out, err)


class Ended:
    """How a program ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def reports(self) -> list[dict[str, Any]]:
        """What the program reported."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]
