"""Servers as processes: started, watched through their log, ended."""
# the tests read the environment that they pass on

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.ports import LOOPBACK, free_port

REPOSITORY = Path(__file__).parents[2]
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
LOG_TAIL_CHARS = 3_000


class ServerDidNotStart(Exception):
    """The process ended, or did not answer, before the time was up."""


@dataclass(kw_only=True)
class RunningServer:
    """A server process, and where it can be reached."""

    port: int
    grpc_port: int | None
    data_dir: Path
    log: Path
    process: subprocess.Popen[bytes]
    is_reference: bool = False

    @property
    def url(self) -> str:
        """The base address for HTTP."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def grpc_target(self) -> str:
        """The address for OTLP over gRPC."""
        assert self.grpc_port is not None, "this server was started without gRPC"
        return f"{LOOPBACK}:{self.grpc_port}"

    def log_tail(self) -> str:
        """Read the end of what the process has written."""
        if not self.log.exists():
            return ""
        return self.log.read_text(errors="replace")[-LOG_TAIL_CHARS:]

    def terminate(self, timeout_s: float = STOP_TIMEOUT_S) -> int:
        """Ask the process to end and return its exit code. Raises `TimeoutExpired`."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=timeout_s)

    def kill(self) -> None:
        """End the process, and those it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=STOP_TIMEOUT_S)
        if self in LIVE:
            LIVE.remove(self)

    def stop(self) -> None:
        """End the process politely, and at once if it does not listen."""
        if self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.terminate()
        self.kill()


LIVE: list[RunningServer] = []
"""Servers that a failing test may want to hear from."""


@dataclass(frozen=True, kw_only=True)
class TrilhaOptions:
    """How `trilha server` is started."""

    store_url: str | None = None
    with_grpc: bool = False
    extra: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    port: int | None = None


def trilha_command() -> Path:
    """Name the `trilha` program that belongs to the running Python."""
    return Path(sys.executable).parent / "trilha"


def trilha_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Make an environment in which no setting of the developer's shell is left."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TRILHA_", "OTEL_", "MLFLOW_"))}
    return {**kept, **extra}


def start_trilha(data_dir: Path, options: TrilhaOptions | None = None) -> RunningServer:
    """Start `trilha server` and wait until it is healthy. Raises `ServerDidNotStart`."""
    options = options or TrilhaOptions()
    port = options.port or free_port()
    grpc_port = free_port() if options.with_grpc else None
    command = [str(trilha_command()), "server", "--host", LOOPBACK, "--port", str(port)]
    command += ["--grpc-port", "off" if grpc_port is None else str(grpc_port), "--data-dir", str(data_dir)]
    if options.store_url is not None:
        command += ["--store-url", options.store_url]
    command += options.extra
    server = RunningServer(
        port=port,
        grpc_port=grpc_port,
        data_dir=data_dir,
        log=_log_beside(data_dir),
        process=_spawn(command, _log_beside(data_dir), trilha_environment(options.env)),
    )
    return _once_healthy(server)


def start_reference(mlflow: Path, data_dir: Path) -> RunningServer:
    """Start `mlflow server` on SQLite with one worker: what the tests of MLflow's clients were written against."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [str(mlflow), "server", "--host", LOOPBACK, "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{data_dir}/mlflow.db"]
    command += ["--artifacts-destination", str(data_dir / "artifacts")]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    server = RunningServer(
        port=port,
        grpc_port=None,
        data_dir=data_dir,
        log=_log_beside(data_dir),
        process=_spawn(command, _log_beside(data_dir), trilha_environment(quiet)),
        is_reference=True,
    )
    return _once_healthy(server)


def _log_beside(data_dir: Path) -> Path:
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    return data_dir.with_name(data_dir.name + ".log")


def _spawn(command: Sequence[str], log: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(  # a group of its own, so that its children end with it
            command, stdout=output, stderr=subprocess.STDOUT, env=env, cwd=log.parent, start_new_session=True
        )


def _once_healthy(server: RunningServer) -> RunningServer:
    LIVE.append(server)
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s and server.process.poll() is None:
        try:
            if httpx.get(f"{server.url}/health", timeout=2).is_success:
                return server
        except httpx.TransportError:
            time.sleep(0.02)
    server.kill()
    raise ServerDidNotStart(f"no answer on {server.url}; its log ends with:\n{server.log_tail()}")


def uv_command() -> str:
    """Name the `uv` program. Raises `FileNotFoundError`."""
    found = os.environ.get("UV") or shutil.which("uv")
    if found is None:
        raise FileNotFoundError("uv is not on the path; the clients' environments cannot be made")
    return found
