"""The guides' programs as they are printed, in an environment that holds `trilha` and neither mlflow nor pandas."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.clients import TRILHA
from tests.support.doors import Door
from tests.support.git import a_repository
from tests.support.guides import ServedApp, Stage
from tests.support.mlflow_rest import V2, MlflowRest
from tests.support.once import Once
from tests.support.ports import LOOPBACK, free_port
from tests.support.processes import REPOSITORY, RunningServer, start_trilha

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PRINTED = REPOSITORY / "tests" / "guides_as_printed"
JANE = "user-jane-doe-12345"
HEADERS = {"X-Request-ID": "req-abc-123-xyz-789", "X-Session-ID": "session-def-456-uvw-012", "X-User-ID": JANE}
PRODUCTION_APP, GENAI_APP = "/Shared/production-app", "/Shared/production-genai-app"
PRINTED_VERSION = "customer_support_agent-git-98207f02"
OTHER_VERSIONS = """
import trilha

@trilha.trace
def process(version, fails):
    trilha.update_current_trace(tags={"environment": "production", "app_version": version})
    if fails:
        raise ValueError("no")

for version, fails in [("1.0.0", False), ("1.2.0", True), ("1.2.0", False)]:
    try:
        process(version, fails)
    except ValueError:
        pass
"""


class Way(StrEnum):
    """How a printed program comes to mean this package."""

    UNCHANGED = "python -m trilha"
    RENAMED = "import trilha as mlflow"


@dataclass(frozen=True, kw_only=True)
class Guides:
    """A server of their own for the printed programs, which name experiments outright."""

    stage: Stage
    way: Way

    def command(self, program: str) -> list[str]:
        """Write the command that runs a program."""
        python = str(self.stage.client.program("python"))
        if self.way is Way.UNCHANGED:
            return [python, "-m", "trilha", str(PRINTED / program)]
        return [python, str(self.renamed(program))]

    def renamed(self, program: str) -> Path:
        """Write a program with the one change to its imports."""
        text = (PRINTED / program).read_text()
        text = re.sub(r"^import mlflow$", "import trilha as mlflow", text, flags=re.MULTILINE)
        text = re.sub(r"^from mlflow(\S*) import", r"from trilha\1 import", text, flags=re.MULTILINE)
        path = self.stage.workdir / program
        path.write_text(text)
        return path

    def run(self, program: str, settings: Mapping[str, str], cwd: Path | None = None) -> str:
        """Run a program to its end and return what it prints."""
        return self.stage.command(self.command(program), settings=settings, cwd=cwd)

    def serve(self, program: str, settings: Mapping[str, str]) -> ServedApp:
        """Serve an app with uvicorn, as the guide does."""
        port = free_port()
        folder = PRINTED if self.way is Way.UNCHANGED else self.renamed(program).parent
        launcher = ["-m", "trilha", "-m", "uvicorn"] if self.way is Way.UNCHANGED else ["-m", "uvicorn"]
        app = [f"{Path(program).stem}:app", "--app-dir", str(folder), "--host", LOOPBACK, "--port", str(port)]
        return ServedApp([str(self.stage.client.program("python")), *launcher, *app], port, self.stage, settings)

    def rest(self, experiment: str) -> MlflowRest:
        """Read what the server has of an experiment."""
        answer = httpx.get(
            f"{self.stage.server.url}{V2}/experiments/get-by-name", params={"experiment_name": experiment}, timeout=60
        )
        return MlflowRest(self.stage.server.url, answer.raise_for_status().json()["experiment"]["experiment_id"])


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the programs printed and answered, in the order of the guides."""

    guides: Guides
    chat: list[Any]
    feedback: Any
    unknown: Any
    connection: str
    search: str
    created: list[str]
    versions: list[str]
    by_version: str
    processed: str
    compared: str
    tokens: str


def tell(guides: Guides, repository: Path) -> Told:
    """Run all programs, each once."""
    app_settings = {"MLFLOW_EXPERIMENT_NAME": PRODUCTION_APP}
    with guides.serve("production_chat.py", app_settings) as app:
        chat = [
            app.http.post("/chat", json={"message": message}, headers=headers).json()
            for message, headers in [
                ("What is my account balance?", HEADERS),
                ("second", {"X-Request-ID": "req-2", "X-Session-ID": "session-123", "X-User-ID": JANE}),
                ("nobody", {}),
            ]
        ]
    with guides.serve("production_feedback.py", app_settings) as app:
        praise = {"is_correct": True, "comment": "The response was accurate and helpful"}
        feedback, unknown = (
            app.http.post(
                "/chat_feedback", params={"client_request_id": request_id}, json=praise, headers={"X-User-ID": JANE}
            ).json()
            for request_id in ("req-abc-123-xyz-789", "req-of-nobody")
        )
    genai = {"MLFLOW_EXPERIMENT_NAME": GENAI_APP}
    created = [guides.run("versions_create.py", genai, cwd=repository) for _ in range(2)]
    with guides.serve("versions_app.py", {**genai, "MLFLOW_ACTIVE_MODEL_ID": PRINTED_VERSION}) as app:
        versions = [app.http.post("/chat", params={"message": text}).json()["response"] for text in ("olá", "你好")]
    first = {"MLFLOW_EXPERIMENT_ID": "1", "MLFLOW_EXPERIMENT_NAME": ""}
    processed = guides.run("environments_process.py", {**first, "APP_ENVIRONMENT": "production"})
    guides.stage.command([str(TRILHA.program("python")), "-c", OTHER_VERSIONS], settings=first)
    return Told(
        guides=guides,
        chat=chat,
        feedback=feedback,
        unknown=unknown,
        connection=guides.run("production_connection.py", app_settings),
        search=guides.run("production_search.py", app_settings),
        created=created,
        versions=versions,
        by_version=guides.run("versions_search.py", genai),
        processed=processed,
        compared=guides.run("environments_compare.py", first),
        tokens=guides.run("agents_tokens.py", genai),
    )


@pytest.fixture(scope="module")
def servers() -> Iterator[list[RunningServer]]:
    running: list[RunningServer] = []
    yield running
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def tellers(servers: list[RunningServer], tmp_path_factory: pytest.TempPathFactory) -> Once[Way, Told]:
    def start(way: Way) -> Told:
        workdir = tmp_path_factory.mktemp("guides")
        server = start_trilha(workdir / "data")
        servers.append(server)
        stage = Stage(
            server=server,
            client=TRILHA.make(),
            door=Door.TOKEN,
            workdir=workdir,
            experiment=GENAI_APP,
            experiment_id="",
        )
        return tell(Guides(stage=stage, way=way), a_repository(tmp_path_factory.mktemp("repository")))

    return Once(start)


@pytest.fixture(params=list(Way))
def told(request: pytest.FixtureRequest, tellers: Once[Way, Told]) -> Told:
    return tellers(request.param)


def test_the_environment_has_neither_mlflow_nor_pandas() -> None:
    look = "import importlib.util as u; print([name for name in ('mlflow', 'pandas', 'yaml') if u.find_spec(name)])"
    python = str(TRILHA.make().program("python"))
    assert subprocess.run([python, "-c", look], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_chat_answers_and_every_request_is_a_trace(told: Told) -> None:
    assert told.chat[0] == {"response": "Processed message: 'What is my account balance?'"}
    with told.guides.rest(PRODUCTION_APP) as rest:
        infos = rest.search(filter="tags.deployment_id = 'unknown'")["traces"]
    assert len(infos) == 3
    assert {info["tags"]["region"] for info in infos} == {"us-east-1"}


def test_a_missing_header_leaves_no_session_behind(told: Told) -> None:
    with told.guides.rest(PRODUCTION_APP) as rest:
        infos = rest.search(filter="tags.deployment_id = 'unknown'")["traces"]
    sessions = sorted(str(info["tags"].get("mlflow.trace.session")) for info in infos)
    assert sessions == ["None", "session-123", "session-def-456-uvw-012"]
    assert "'None'" not in repr(infos)


def test_feedback_is_on_the_trace_of_the_request(told: Told) -> None:
    assert told.feedback["status"] == "success"
    assert told.feedback["feedback_by"] == JANE
    with told.guides.rest(PRODUCTION_APP) as rest:
        (info,) = rest.search(filter="feedback.response_is_correct = 'true'")["traces"]
    assert (info["trace_id"], info["client_request_id"]) == (told.feedback["trace_id"], "req-abc-123-xyz-789")
    (said,) = info["assessments"]
    assert said["source"] == {"source_type": "HUMAN", "source_id": JANE}
    assert said["rationale"] == "The response was accurate and helpful"


def test_feedback_on_a_request_that_is_not_there_finds_nothing(told: Told) -> None:
    problem = "Unable to find data for client request ID: req-of-nobody"
    assert told.unknown == [{"status": "error", "message": problem}, 500]


def test_the_connection_check_finds_the_server_and_recent_traces(told: Told) -> None:
    connected, traces = told.connection.splitlines()
    assert re.fullmatch(r"Connected to MLflow. Found \d+ experiments.", connected)
    assert traces == "Found 5 recent traces."


def test_the_search_finds_the_user_and_the_session(told: Told) -> None:
    assert told.search == "2 1\n"


def test_a_version_is_made_once_for_a_commit(told: Told) -> None:
    first, second = told.created
    assert first == second
    assert re.fullmatch(r"m-[0-9a-f]{32} customer_support_agent-git-[0-9a-f]{8}\n", first)


def test_traces_are_linked_to_the_version_that_is_named(told: Told) -> None:
    assert told.versions == ["Processed: olá", "Processed: 你好"]
    assert told.by_version == "Found 2 traces for this model version\n"


def test_the_context_of_an_environment_is_on_the_trace(told: Told) -> None:
    assert told.processed == "Processed 'Summarize this document...' in production with app 1.1.0\n"
    with MlflowRest(told.guides.stage.server.url, "1") as rest:
        (info,) = rest.search(filter="tags.app_version = '1.1.0'")["traces"]
    assert info["tags"]["processing_mode"] == "online"


def test_the_program_that_made_a_trace_is_known(told: Told) -> None:
    with MlflowRest(told.guides.stage.server.url, "1") as rest:
        (info,) = rest.search(filter="tags.app_version = '1.1.0'")["traces"]
    assert info["trace_metadata"]["mlflow.source.name"].endswith("environments_process.py")


def test_versions_are_compared_by_errors_and_latency(told: Told) -> None:
    rates = re.findall(r"Version (\S+): ([0-9.]+)% errors, [0-9.]+ms avg latency", told.compared)
    assert rates == [("1.0.0", "0.0"), ("1.1.0", "0.0"), ("1.2.0", "50.0")]


def test_the_tokens_of_a_trace_are_read(told: Told) -> None:
    assert told.tokens == "Input tokens: 21\nOutput tokens: 5\nTotal tokens: 26\n"
