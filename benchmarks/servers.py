"""The servers that are compared: how each is started, watched and ended."""
# ruff: noqa: ARG001, ARG005  # every server is offered a port and a folder, and takes what it needs

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

import msgspec
import psutil

ROOT = Path(__file__).resolve().parent.parent
MLFLOW_VERSION = "3.17.2"
PHOENIX_VERSION = "20.26.1"
_PYTHON = "3.11"
_START_TIMEOUT_S = 180
_STOP_TIMEOUT_S = 60
_POLL_S = 0.01
_WINDOW_S = 0.5
_INHERITED = dict(os.environ)  # noqa: TID251  # for the children, not settings of ours
_IDLE_SHARE = 0.1

Command = Callable[[int, Path], list[str]]
"""From a port and a folder to the command line."""


class Server(msgspec.Struct, frozen=True):
    """One way to run one product."""

    name: str
    title: str
    dialect: Literal["mlflow", "phoenix", "floor"]
    command: Command
    ready_path: str
    environment: Callable[[int, Path], dict[str, str]]
    package: tuple[str, str] | None = None
    """The name and version on PyPI, for a peer that lives in an environment of its own."""

    def install(self) -> None:
        """Make the peer's environment, once."""
        if self.package is None:
            return
        name, version = self.package
        folder = _peer_folder(name)
        stamp = folder / f"{name}-{version}.installed"
        if stamp.exists():
            return
        subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", _PYTHON, str(folder)], check=True)
        python = str(folder / "bin" / "python")
        install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
        subprocess.run([*install, f"{name}=={version}"], check=True)
        stamp.touch()


class Memory(msgspec.Struct, frozen=True):
    """What the processes of one server hold together."""

    rss_mb: float
    pss_mb: float
    processes: int


class Running:
    """A server that answers, until it is stopped or killed."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        start_s = time.perf_counter()
        with (folder.parent / f"{folder.name}.log").open("ab") as log:
            self._popen = subprocess.Popen(
                server.command(self.port, folder),
                cwd=folder,
                env=_INHERITED | _QUIET | server.environment(self.port, folder),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._process = psutil.Process(self._popen.pid)
        try:
            self._wait_until_ready(start_s + _START_TIMEOUT_S)
        except BaseException:
            self.kill()
            raise
        self.start_s = time.perf_counter() - start_s
        self.start_cpu_s = self.cpu_s()

    def cpu_s(self) -> float:
        """Return the processor time of the server and all its children, ended ones included."""
        total_s = 0.0
        for process in self._tree():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total_s += times.user + times.system + times.children_user + times.children_system
        return total_s

    def memory(self) -> Memory:
        rss = pss = 0
        tree = self._tree()
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                info = process.memory_full_info()
                rss, pss = rss + info.rss, pss + info.pss
        return Memory(rss_mb=rss / 1e6, pss_mb=pss / 1e6, processes=len(tree))

    def disk_bytes(self) -> int:
        return sum(path.lstat().st_blocks * 512 for path in self.folder.rglob("*") if path.is_file())

    def settle(self, longest_s: float = 120.0) -> float:
        """Wait until the server is idle, so that work it put off counts too; return how long it was still busy."""
        start_s, before_s = time.perf_counter(), self.cpu_s()
        while True:
            window_start_s = time.perf_counter()
            time.sleep(_WINDOW_S)
            now_s = self.cpu_s()
            idle = now_s - before_s < _IDLE_SHARE * _WINDOW_S
            if idle or window_start_s - start_s > longest_s:
                return window_start_s - start_s
            before_s = now_s

    def stop(self) -> float:
        """Ask the server to end and wait for it; return how long that took."""
        start_s = time.perf_counter()
        self._popen.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(_STOP_TIMEOUT_S)
        self.kill()
        return time.perf_counter() - start_s

    def kill(self) -> None:
        """End all processes of this server, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def _tree(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return [self._process, *self._process.children(recursive=True)]
        return []

    def _wait_until_ready(self, end_s: float) -> None:
        url = f"http://127.0.0.1:{self.port}{self.server.ready_path}"
        while time.perf_counter() < end_s:
            if self._popen.poll() is not None:
                raise RuntimeError(f"{self.server.name} ended at start: see {self.folder}.log")
            with suppress(URLError, OSError), urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(_POLL_S)
        raise TimeoutError(f"{self.server.name} does not answer: see {self.folder}.log")


def new_folder(server: Server) -> Path:
    """Return a new folder for a server's data; its log will stand beside it."""
    return Path(tempfile.mkdtemp(prefix=f"bench-{server.name}-")) / "data"


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder.parent, ignore_errors=True)


def free_port() -> int:
    """Name a TCP port that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _peer_folder(package: str) -> Path:
    return ROOT / f".venv-bench-{package.removeprefix('arize-')}"


def _workspace_program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


_QUIET = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PHOENIX_TELEMETRY_ENABLED": "false",
    "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
}


def trilha(name: str = "trilha", title: str = "Trilha", store_url: str | None = None) -> Server:
    """Describe our server; on SQLite in its folder unless a store is named."""
    store = ["--store-url", store_url] if store_url else []

    def command(port: int, folder: Path) -> list[str]:
        program = [_workspace_program("trilha"), "server"]
        return [*program, "--port", str(port), "--grpc-port", "off", "--data-dir", str(folder), *store]

    return Server(name, title, "mlflow", command, "/health", lambda port, folder: {})


def _mlflow_command(workers: int | None) -> Command:
    def command(port: int, folder: Path) -> list[str]:
        program = [str(_peer_folder("mlflow") / "bin" / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port)]
        store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/files"]
        return [*program, *store, *(["--workers", str(workers)] if workers else [])]

    return command


def _phoenix_command(port: int, folder: Path) -> list[str]:
    return [str(_peer_folder("phoenix") / "bin" / "phoenix"), "serve"]


def _phoenix_environment(port: int, folder: Path) -> dict[str, str]:
    return {
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_WORKING_DIR": str(folder),
    }


def _mlflow_path(folder: Path) -> dict[str, str]:
    """Let `mlflow` find the programs of its own environment."""
    return {"PATH": f"{_peer_folder('mlflow')}/bin:{_INHERITED['PATH']}"}


MLFLOW = Server(
    name="mlflow",
    title="mlflow server, 1 worker",
    dialect="mlflow",
    command=_mlflow_command(1),
    ready_path="/health",
    environment=lambda port, folder: _mlflow_path(folder) | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
    package=("mlflow", MLFLOW_VERSION),
)
MLFLOW_DEFAULT = Server(
    name="mlflow-default",
    title="mlflow server as installed",
    dialect="mlflow",
    command=_mlflow_command(None),
    ready_path="/health",
    environment=lambda port, folder: _mlflow_path(folder),
    package=("mlflow", MLFLOW_VERSION),
)
PHOENIX = Server(
    name="phoenix",
    title="Phoenix",
    dialect="phoenix",
    command=_phoenix_command,
    ready_path="/healthz",
    environment=_phoenix_environment,
    package=("arize-phoenix", PHOENIX_VERSION),
)
FLOOR = Server(
    name="floor",
    title="floor (parse, fsync)",
    dialect="floor",
    command=lambda port, folder: [
        sys.executable,
        "-m",
        "benchmarks.floor",
        "--port",
        str(port),
        "--data-dir",
        str(folder),
    ],
    ready_path="/health",
    environment=lambda port, folder: {"PYTHONPATH": str(ROOT)},
)
