"""MLflow's clients, each version in an environment of its own, and the programs that they run."""
# the tests read the environment that they pass on

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.support.processes import REPOSITORY, uv_command
from tests.support.warm import WarmPython

SCENARIOS = REPOSITORY / "tests" / "clients"
LOCKS = REPOSITORY / ".venv-locks"
MAKE_TIMEOUT_S = 900.0
RUN_TIMEOUT_S = 90.0


class ClientFailed(Exception):
    """A client program ended with an error, or said nothing."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """One version of one package of MLflow."""

    group: str
    """The dependency group that pins it."""
    modules: tuple[str, ...] = ("mlflow", "databricks.sdk")
    """What its programs find imported already, since that takes long; no setting matters to it as it is imported."""

    @property
    def is_lean(self) -> bool:
        """Tell whether this is `mlflow-tracing`, which has no `MlflowClient` and no pandas."""
        return "tracing" in self.group

    @property
    def is_oldest(self) -> bool:
        """Tell whether this is 3.1, which sends spans as artifacts instead of OTLP."""
        return self.group.endswith("-oldest")

    @property
    def environment(self) -> Path:
        """Where the environment is."""
        return REPOSITORY / f".venv-{self.group}"

    def program(self, name: str) -> Path:
        """Name a program of the environment."""
        return self.environment / "bin" / name

    def make(self) -> "Client":
        """Make the environment as uv.lock has it. Raises `ClientFailed`."""
        LOCKS.mkdir(exist_ok=True)
        with FileLock(LOCKS / self.group, timeout=MAKE_TIMEOUT_S):  # several test processes may come at once
            made = subprocess.run(
                [uv_command(), "sync", "--quiet", "--frozen", "--only-group", self.group],
                cwd=REPOSITORY,
                env={**_without("VIRTUAL_ENV"), "UV_PROJECT_ENVIRONMENT": str(self.environment)},
                capture_output=True,
                text=True,
                timeout=MAKE_TIMEOUT_S,
                check=False,
            )
        if made.returncode != 0:
            raise ClientFailed(f"the environment of {self.group} could not be made:\n{made.stderr}")
        return self

    def run(self, scenario: str, url: str, workdir: Path, settings: Mapping[str, str]) -> Any:  # Any: JSON
        """Run one program of tests/clients against a server and return what it reports. Raises `ClientFailed`."""
        workdir.mkdir(parents=True, exist_ok=True)
        report = workdir / f"{scenario}.json"
        report.unlink(missing_ok=True)
        told = {**client_environment(url, workdir), "REPORT": str(report), **settings}
        ended = self._python().run(SCENARIOS / f"{scenario}.py", workdir, told, RUN_TIMEOUT_S)
        if ended.code != 0 or not report.exists():
            raise ClientFailed(f"{self.group} {scenario} ended with {ended.code}:\n{ended.errors[-6_000:]}")
        seen = json.loads(report.read_text())
        seen["stderr"] = ended.errors
        return seen

    def _python(self) -> WarmPython:
        python = _WARM.get(self)
        if python is None or not python.is_there:
            python = _WARM[self] = WarmPython(self.program("python"), self.modules, _quiet())
        return python


_WARM: dict[Client, WarmPython] = {}


def _without(*names: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in names}


def client_environment(url: str, workdir: Path) -> Mapping[str, str]:
    """Make an environment in which a client is given nothing but its server."""
    return {**_quiet(), "HOME": str(workdir), "MLFLOW_TRACKING_URI": url, "TRILHA_URL": url}


def _quiet() -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # by default a server's failure costs minutes
        "GIT_PYTHON_REFRESH": "quiet",
    }


TRILHA = Client(group="client-trilha", modules=())
"""No MLflow: this project's own."""
NOTEBOOK = Client(group="client-trilha-notebook", modules=("nbclient",))
"""The same, and a notebook's kernel."""
NEWEST = Client(group="client-mlflow")
OLDEST = Client(group="client-mlflow-oldest")
LEAN_NEWEST = Client(group="client-tracing")
LEAN_OLDEST = Client(group="client-tracing-oldest")
INSTRUMENTED = Client(group="client-instrumented", modules=())
"""No client of MLflow's: libraries that call models, and packages that make spans of it."""

CLIENTS = (NEWEST, OLDEST, LEAN_NEWEST, LEAN_OLDEST)
