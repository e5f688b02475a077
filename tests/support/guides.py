"""Programs of the examples, run as their README says."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from uuid import uuid4

import httpx

from tests.support.clients import LEAN_NEWEST, NEWEST, Client, ClientFailed, client_environment
from tests.support.doors import Door
from tests.support.mlflow_rest import V2, MlflowRest
from tests.support.ports import LOOPBACK, free_port
from tests.support.processes import REPOSITORY, RunningServer

EXAMPLES = REPOSITORY / "examples"
START_TIMEOUT_S = 60.0
RUN_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 30.0
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """Which client comes through which door."""

    door: Door
    client: Client


EVERY_DOOR = {str(door): Flavour(door=door, client=NEWEST) for door in Door}
EVERY_FLAVOUR = {
    f"{door}, {client.group}": Flavour(door=door, client=client)
    for door in Door
    for client in (NEWEST, LEAN_NEWEST)
    if door is not Door.SECRET or client is NEWEST  # how somebody signs in is the same for both
}
"""For programs that run with `mlflow-tracing` too."""
USUAL_DOORS = {name: flavour for name, flavour in EVERY_DOOR.items() if flavour.door is not Door.SECRET}
USUAL_FLAVOURS = {name: flavour for name, flavour in EVERY_FLAVOUR.items() if flavour.door is not Door.SECRET}
"""How a service principal signs in is tried with the programs about versions: it is the same for all."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A client, the door that it comes through, and an experiment that nobody else uses."""

    server: RunningServer
    client: Client
    door: Door
    workdir: Path
    experiment: str
    experiment_id: str

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Make the environment of a program."""
        return {
            **client_environment(self.server.url, self.workdir),
            **self.door.environment(self.server.url),
            "MLFLOW_EXPERIMENT_NAME": self.experiment,
            "PYTHONUNBUFFERED": "1",
            **settings,
        }

    def with_client(self, client: Client) -> "Stage":
        """Let another client come through the same door to the same experiment."""
        return replace(self, client=client.make())

    def through(self, door: Door) -> "Stage":
        """Let the client come through another door to the same experiment."""
        return replace(self, door=door)

    def run(self, program: str, *, cwd: Path | None = None, settings: Mapping[str, str] = NOTHING) -> str:
        """Run a program of the examples to its end and return what it prints. Raises `ClientFailed`."""
        return self.command([str(self.client.program("python")), str(EXAMPLES / program)], cwd=cwd, settings=settings)

    def command(self, command: Sequence[str], *, cwd: Path | None = None, settings: Mapping[str, str] = NOTHING) -> str:
        """Run any command of the client's environment and return what it prints. Raises `ClientFailed`."""
        done = subprocess.run(
            command,
            cwd=cwd or self.workdir,
            env=self.environment(settings),
            capture_output=True,
            text=True,
            timeout=RUN_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise ClientFailed(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr[-6_000:]}")
        return done.stdout

    def serve(self, program: str, settings: Mapping[str, str] = NOTHING) -> "ServedApp":
        """Serve an app of the examples with uvicorn, as its README says."""
        path = EXAMPLES / program
        uvicorn = [str(self.client.program("uvicorn")), f"{path.stem}:app", "--app-dir", str(path.parent)]
        port = free_port()
        return ServedApp([*uvicorn, "--host", LOOPBACK, "--port", str(port)], port, self, settings)

    def serve_script(self, program: str, settings: Mapping[str, str] = NOTHING) -> "ServedApp":
        """Serve an app of the examples that brings its own server, as a container would."""
        port = free_port()
        command = [str(self.client.program("python")), str(EXAMPLES / program)]
        return ServedApp(command, port, self, {**settings, "HOST": LOOPBACK, "PORT": str(port)})

    def read(self) -> MlflowRest:
        """Read what the server has of the experiment."""
        return MlflowRest(self.server.url, self.experiment_id)


def set_stage(server: RunningServer, flavour: Flavour, workdir: Path) -> Stage:
    """Make an experiment for a client that comes through a door. Raises `ClientFailed`."""
    experiment = f"/Shared/guide-{uuid4().hex[:12]}"
    answer = httpx.post(f"{server.url}{V2}/experiments/create", json={"name": experiment}, timeout=60)
    home = workdir / experiment.rpartition("/")[2]
    home.mkdir(parents=True)
    return Stage(
        server=server,
        client=flavour.client.make(),
        door=flavour.door,
        workdir=home,
        experiment=experiment,
        experiment_id=answer.raise_for_status().json()["experiment_id"],
    )


class ServedApp:
    """An app of the examples as a process; a context, so that it ends."""

    def __init__(self, command: Sequence[str], port: int, stage: Stage, settings: Mapping[str, str]) -> None:
        self._command = command
        self._stage = stage
        self._settings = settings
        self._log = stage.workdir / f"app-{port}.log"
        self.url = f"http://{LOOPBACK}:{port}"
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def __enter__(self) -> Self:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._stage.workdir,
                env=self._stage.environment(self._settings),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline_s and self._process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if self.http.get("/openapi.json").is_success:
                    return self
            time.sleep(0.05)
        self._end()
        raise ClientFailed(f"{self._command} does not serve:\n{self.log()}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self._end()

    def log(self) -> str:
        """Read what the app has written."""
        return self._log.read_text(errors="replace")[-6_000:]

    def _end(self) -> None:
        """Ask it to end, as Docker and Kubernetes do, so that it sends what it still has."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            raise
