"""What tracing costs an application, with Trilha's SDK and with others, and what each loses when things go wrong."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from benchmarks.results import save
from benchmarks.sdk_sink import TraceSink
from benchmarks.servers import ROOT, free_port

_PYTHON: Final = "3.11"
_WORKER: Final = Path(__file__).parent / "sdk_worker.py"
_KILL_RATE_PER_S: Final = 50
_KILLED_AFTER_S: Final = 200.0
_INHERITED: Final = {  # for the children, not settings of ours
    key: value
    for key, value in os.environ.items()  # noqa: TID251  # the same
    if not key.startswith(("MLFLOW_", "OTEL_", "TRILHA_", "LANGFUSE_", "LOGFIRE_", "PYTHON"))
}


_dice = random.Random(1)
Found = TypeVar("Found")


class Sdk(msgspec.Struct, frozen=True):
    """One way to trace."""

    name: str
    title: str
    packages: tuple[str, ...]
    """What pip is asked for."""


SDKS: Final = (
    Sdk("plain", "plain call", ()),
    Sdk("trilha", "Trilha", (str(ROOT / "sdk"),)),
    Sdk("otel", "OpenTelemetry SDK", ("opentelemetry-sdk==1.45.2", "opentelemetry-exporter-otlp-proto-http==1.45.2")),
    Sdk("mlflow-tracing", "mlflow-tracing", ("mlflow-tracing==3.17.2",)),
    Sdk("langfuse", "Langfuse", ("langfuse==5.0.4",)),
    Sdk("logfire", "Logfire", ("logfire==5.2.0",)),
)


class Imported(msgspec.Struct, frozen=True):
    """What is spent before the first span: the import and the set-up that the SDK asks for."""

    cpu_ms: float
    rss_mb: float


class Calls(msgspec.Struct, frozen=True):
    """How long callers are held up, in bursts, p50 if not said otherwise."""

    root_us: float
    child_us: float
    tree_us: float
    large_us: float
    root_p99_us: float
    tree_p99_us: float


class Cpu(msgspec.Struct, frozen=True):
    """Processor time of the whole process for one trace of ten spans and 4 kB."""

    cpu_us: float
    rss_mb: float


class Outage(msgspec.Struct, frozen=True):
    """Nobody listens for a while; then somebody does, and the program ends as programs do."""

    seconds: float
    made: int
    received: int
    longest_ms: float
    over_50_ms: int
    exit_s: float


class Exit(msgspec.Struct, frozen=True):
    """A hundred traces of ten spans, and the end of the program."""

    kind: Literal["refuses", "hangs"]
    seconds: float
    was_killed: bool


class Killed(msgspec.Struct, frozen=True):
    """kill -9 while traces are made at a steady rate."""

    made: int
    received: int


class SdkFigures(msgspec.Struct):
    """Everything about one SDK."""

    sdk: str
    title: str
    distributions: int
    size_mb: float
    imports: list[Imported] = []
    calls: list[Calls] = []
    cpus: list[Cpu] = []
    outage: Outage | None = None
    exits: list[Exit] = []
    kills: list[Killed] = []


def measure_sdks(*, rounds: int, quick: bool, results: Path) -> None:
    """Measure all SDKs in turn, round by round, and keep the results."""
    figures = {sdk.name: _installed(sdk) for sdk in SDKS}
    count = 100 if quick else 500
    with TraceSink() as sink:
        for _ in range(rounds):
            for sdk in SDKS:
                found = figures[sdk.name]
                found.imports.append(_asked(sdk, Imported, "import", sink))
                found.calls.append(_asked(sdk, Calls, "calls", sink, count))
                found.cpus.append(_asked(sdk, Cpu, "cpu", sink, count))
                print(f"{sdk.name}: {found.imports[-1]} {found.calls[-1]} {found.cpus[-1]}", flush=True)
                _save(results, figures[sdk.name])
    for sdk in SDKS[1:]:
        found = figures[sdk.name]
        found.outage = _outage(sdk, 6.0 if quick else 60.0)
        print(f"{sdk.name}: {found.outage}", flush=True)
        for kind in ("refuses", "hangs"):
            found.exits.append(_exit(sdk, kind, 20.0 if quick else _KILLED_AFTER_S))
            print(f"{sdk.name}: {found.exits[-1]}", flush=True)
        for _ in range(1 if quick else 3):
            found.kills.append(_kill(sdk, 2.0 if quick else 10.0))
            print(f"{sdk.name}: {found.kills[-1]}", flush=True)
        _save(results, found)


def _save(results: Path, figures: SdkFigures) -> None:
    save(results, f"sdk-{figures.sdk}", figures)


def _installed(sdk: Sdk) -> SdkFigures:
    """Make an environment with this SDK alone, anew for ours, and weigh it."""
    folder = ROOT / f".venv-bench-sdk-{sdk.name}"
    stamp = folder / f"{'+'.join(sdk.packages).replace('/', '_') or 'nothing'}.installed"
    if sdk.name == "trilha" or not stamp.exists():
        subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", _PYTHON, str(folder)], check=True)
        if sdk.packages:
            install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(_python(sdk))]
            again = ["--reinstall-package", "trilha"] if sdk.name == "trilha" else []
            subprocess.run([*install, *again, *sdk.packages], check=True)
        stamp.touch()
    packages = next(folder.glob("lib/python*/site-packages"))
    size_mb = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) / 1e6
    return SdkFigures(sdk.name, sdk.title, len(list(packages.glob("*.dist-info"))), size_mb)


def _python(sdk: Sdk) -> Path:
    return ROOT / f".venv-bench-sdk-{sdk.name}" / "bin" / "python"


def _start(sdk: Sdk, mode: str, url: str, *numbers: int, spool: Path | None = None) -> subprocess.Popen[str]:
    environment = {**_INHERITED, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    if spool is not None:
        environment["TRILHA_SPOOL_DIR"] = str(spool)
    return subprocess.Popen(
        [str(_python(sdk)), str(_WORKER), sdk.name, mode, url, *map(str, numbers)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _asked(sdk: Sdk, kind: type[Found], mode: str, sink: TraceSink, *numbers: int) -> Found:
    with _start(sdk, mode, sink.url, *numbers) as running:
        out, _ = running.communicate(timeout=600)
    sink.bodies.clear()
    return msgspec.json.decode(out.splitlines()[-1], type=kind)


def _outage(sdk: Sdk, outage_s: float) -> Outage:
    rate_per_s = 40
    port = free_port()
    made = round((outage_s + 15) * rate_per_s)
    with _start(sdk, "steady", f"http://127.0.0.1:{port}", made, rate_per_s) as running:
        assert running.stdout is not None
        running.stdout.readline()  # it is ready: the outage begins
        lines: list[str] = []
        until_s = time.monotonic() + outage_s
        while time.monotonic() < until_s:
            lines.append(running.stdout.readline())
        with TraceSink(port) as sink:
            for line in running.stdout:
                lines.append(line)
                if line.startswith("{"):
                    break
            ended_s = time.monotonic()
            _finish(running, _KILLED_AFTER_S)
            exit_s = time.monotonic() - ended_s
            received = sink.traces()
    told = msgspec.json.decode(lines[-1])
    return Outage(outage_s, made, received, told["longest_ms"], told["over_50_ms"], exit_s)


def _exit(sdk: Sdk, kind: Literal["refuses", "hangs"], limit_s: float) -> Exit:
    with TraceSink(hangs=True) as sink:
        url = sink.url if kind == "hangs" else f"http://127.0.0.1:{free_port()}"
        with _start(sdk, "steady", url, 100, 1000) as running:
            assert running.stdout is not None
            for line in running.stdout:
                if "longest_ms" in line:
                    break
            begun_s = time.monotonic()
            was_killed = _finish(running, limit_s)
            return Exit(kind, time.monotonic() - begun_s, was_killed)


def _kill(sdk: Sdk, seconds: float) -> Killed:
    """Kill in the middle; ours gets its spool, and another process that delivers what was left there."""
    spool = Path(tempfile.mkdtemp(prefix="bench-spool-")) if sdk.name == "trilha" else None
    made = 0
    with TraceSink() as sink:
        with _start(sdk, "steady", sink.url, 100_000, _KILL_RATE_PER_S, spool=spool) as running:
            assert running.stdout is not None
            running.stdout.readline()
            until_s = time.monotonic() + seconds
            for line in running.stdout:
                made = int(line)
                if time.monotonic() >= until_s:
                    break
            time.sleep(_dice.uniform(0.0, 1 / _KILL_RATE_PER_S))  # at no particular moment
            running.send_signal(signal.SIGKILL)
            rest = [int(line) for line in running.stdout if line.strip().isdecimal()]
            made = rest[-1] if rest else made
        time.sleep(0.2)
        if spool is not None:
            before = sink.traces()
            with _start(sdk, "steady", sink.url, 1, 1, spool=spool) as running:
                _finish(running, 60)
            received = sink.traces() - 1  # its own
            assert received >= before
            shutil.rmtree(spool)
        else:
            received = sink.traces()
    return Killed(made, min(received, made))


def _finish(running: subprocess.Popen[str], limit_s: float) -> bool:
    """Wait for the end, and bring it about where it does not come; tells whether that was so."""
    try:
        running.wait(limit_s)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
        return True
    return False
