"""The programs of the guide to traces of an application's versions, through every door."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.clients import LEAN_NEWEST, NEWEST
from tests.support.doors import Door
from tests.support.git import a_repository, commit_of
from tests.support.guides import EVERY_DOOR, EVERY_FLAVOUR, EXAMPLES, USUAL_DOORS, Flavour, ServedApp, Stage, set_stage
from tests.support.mlflow_rest import V2
from tests.support.once import Once
from tests.support.processes import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PRINTED_NAME = "customer_support_agent-git-98207f02"
"""What the guide puts into MLFLOW_ACTIVE_MODEL_ID: a name, where an id is meant."""
EXPORT = re.compile(r"export MLFLOW_ACTIVE_MODEL_ID=(m-[0-9a-f]{32})  # (\S+)\n")


def ask(app: ServedApp, message: str) -> str:
    return app.http.post("/chat", params={"message": message}).raise_for_status().json()["response"]


def version_of(info: Any) -> str | None:  # Any: JSON
    return info["trace_metadata"].get("mlflow.modelId")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_repository(tmp_path_factory.mktemp("repository"))


# A version made in CI, deployed by its id.


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A version that was made in CI, and what its application did."""

    stage: Stage
    version_id: str
    name: str
    answers: list[str]


def deploy(stage: Stage, repository: Path) -> Deployment:
    """Make a version with all of MLflow, then serve the application with the stage's client."""
    made = EXPORT.fullmatch(stage.with_client(NEWEST).run("versions/create_version.py", cwd=repository))
    assert made is not None
    with stage.serve("versions/app.py") as app:  # whatever is not linked must not be counted
        ask(app, "before the version")
    with stage.serve("versions/app.py", {"MLFLOW_ACTIVE_MODEL_ID": made[1]}) as app:
        answers = [ask(app, f"olá {number}") for number in range(3)]
    return Deployment(stage=stage, version_id=made[1], name=made[2], answers=answers)


@pytest.fixture(scope="module")
def deployments(
    trilha_server: RunningServer, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Once[Flavour, Deployment]:
    return Once(lambda flavour: deploy(set_stage(trilha_server, flavour, tmp_path_factory.mktemp("v")), repository))


@pytest.fixture(params=EVERY_FLAVOUR)
def deployment(request: pytest.FixtureRequest, deployments: Once[Flavour, Deployment]) -> Deployment:
    return deployments(EVERY_FLAVOUR[request.param])


def test_the_version_is_named_for_the_commit(deployment: Deployment, repository: Path) -> None:
    assert deployment.name == f"customer_support_agent-git-{commit_of(repository)[:8]}"


def test_the_server_has_the_version(deployment: Deployment) -> None:
    with deployment.stage.read() as rest:
        answer = rest.http.get(f"{V2}/logged-models/{deployment.version_id}").raise_for_status().json()
    info = answer["model"]["info"]
    assert (info["name"], info["experiment_id"]) == (deployment.name, deployment.stage.experiment_id)
    assert info["status"] == "LOGGED_MODEL_READY"
    assert {"key": "mlflow.model.isExternal", "value": "true"} in info["tags"]


def test_every_trace_of_the_application_is_linked_to_its_version(deployment: Deployment) -> None:
    assert deployment.answers == [f"Processed: olá {number}" for number in range(3)]
    with deployment.stage.read() as rest:
        infos = rest.search()["traces"]
    assert sorted(map(str, map(version_of, infos))) == ["None", *[deployment.version_id] * 3]


def test_the_search_counts_the_traces_of_the_version(deployment: Deployment) -> None:
    stage = deployment.stage.with_client(NEWEST)
    settings = {"MLFLOW_ACTIVE_MODEL_ID": deployment.version_id}
    found = stage.run("versions/search_by_version.py", settings=settings)
    assert found == "Found 3 traces for this model version\n"


# What the guide prints: the name instead of the id.


@dataclass(frozen=True, kw_only=True)
class NamedDeployment:
    """An application whose environment has a version's name."""

    stage: Stage
    infos: list[Any]
    """JSON"""


def deploy_by_name(stage: Stage) -> NamedDeployment:
    with stage.serve("versions/app.py", {"MLFLOW_ACTIVE_MODEL_ID": PRINTED_NAME}) as app:
        for number in range(2):
            ask(app, f"message {number}")
    with stage.read() as rest:
        return NamedDeployment(stage=stage, infos=rest.search()["traces"])


@pytest.fixture(scope="module")
def named_deployments(
    trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Once[Flavour, NamedDeployment]:
    return Once(lambda flavour: deploy_by_name(set_stage(trilha_server, flavour, tmp_path_factory.mktemp("named"))))


@pytest.fixture(params=USUAL_DOORS)
def named(request: pytest.FixtureRequest, named_deployments: Once[Flavour, NamedDeployment]) -> NamedDeployment:
    return named_deployments(USUAL_DOORS[request.param])


def test_a_name_that_is_no_version_links_traces_as_well(named: NamedDeployment) -> None:
    assert [version_of(info) for info in named.infos] == [PRINTED_NAME] * 2


def test_the_search_counts_the_traces_of_a_name(named: NamedDeployment) -> None:
    found = named.stage.run("versions/search_by_version.py")  # the printed name is its default
    assert found == "Found 2 traces for this model version\n"


def test_the_traces_belong_to_the_version_once_it_is_made(named: NamedDeployment) -> None:
    with named.stage.read() as rest:
        body = {"experiment_id": rest.experiment_id, "name": PRINTED_NAME, "get_or_create": True}
        version = rest.http.post("/api/v1/versions", json=body).raise_for_status().json()["version"]["version_id"]

        expected = sorted(info["trace_id"] for info in named.infos)
        assert sorted(rest.found(f"metadata.`mlflow.modelId` = '{version}'")) == expected
        assert sorted(rest.found(f"model_id = '{PRINTED_NAME}' AND status = 'OK'")) == expected


# CI without git, and the deployments.


@pytest.fixture(scope="module")
def plain_stage(trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_stage(trilha_server, EVERY_DOOR[str(Door.HTTP)], tmp_path_factory.mktemp("plain"))


def test_a_folder_without_git_history_makes_a_local_version(plain_stage: Stage, tmp_path: Path) -> None:
    made = EXPORT.fullmatch(plain_stage.run("versions/create_version.py", cwd=tmp_path))
    assert made is not None
    assert made[2] == "customer_support_agent-local-dev"


def test_a_machine_without_git_makes_a_local_version(plain_stage: Stage, tmp_path: Path) -> None:
    assert shutil.which("git", path=str(tmp_path)) is None
    made = EXPORT.fullmatch(plain_stage.run("versions/create_version.py", settings={"PATH": str(tmp_path)}))
    assert made is not None
    assert made[2] == "customer_support_agent-local-dev"


def manifest_environment(stage: Stage, version: str) -> Mapping[str, str]:
    """Read the environment that the Kubernetes manifest gives the container, with our own values where it says so."""
    config, secret, deployment = yaml.safe_load_all((EXAMPLES / "versions" / "kubernetes.yaml").read_text())
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    sources = [next(iter(source.values()))["name"] for source in container["envFrom"]]
    assert sources == [config["metadata"]["name"], secret["metadata"]["name"]]
    named = {**config["data"], **secret["stringData"], **{each["name"]: each["value"] for each in container["env"]}}
    ours = {
        **stage.door.environment(stage.server.url),
        "MLFLOW_EXPERIMENT_NAME": stage.experiment,
        "MLFLOW_ACTIVE_MODEL_ID": version,
    }
    assert ours.keys() < named.keys()
    assert named["MLFLOW_TRACKING_URI"] == "databricks"
    return {**named, **ours}


def test_two_replicas_of_the_manifest_write_to_one_experiment(
    trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    flavour = Flavour(door=Door.TOKEN, client=LEAN_NEWEST)
    stage = set_stage(trilha_server, flavour, tmp_path_factory.mktemp("replicas"))
    settings = manifest_environment(stage, PRINTED_NAME)
    with stage.serve("versions/app.py", settings) as one, stage.serve("versions/app.py", settings) as other:
        for number in range(20):
            ask(one if number % 2 else other, f"message {number}")
    with stage.read() as rest:
        infos = rest.search()["traces"]
    assert len(infos) == 20
    assert {version_of(info) for info in infos} == {PRINTED_NAME}


def test_the_command_of_the_dockerfile_serves_the_application(plain_stage: Stage) -> None:
    with plain_stage.serve_script("versions/app.py") as app:  # test_guides_folder.py holds the command itself
        assert ask(app, "hello") == "Processed: hello"
