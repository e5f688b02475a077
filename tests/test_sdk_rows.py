"""What the guides ask of a client beside their printed programs: requests, sources, versions, tags, figures."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.clients import TRILHA
from tests.support.doors import Door
from tests.support.git import a_repository, commit_of
from tests.support.guides import Flavour, Stage, set_stage
from tests.support.mlflow_rest import MlflowRest
from tests.support.once import Once
from tests.support.processes import RunningServer
from tests.support.trilha_programs import run, spans_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

Json = Any

REQUESTS = """
from fastapi import FastAPI, HTTPException, Request
from fastapi.testclient import TestClient
from flask import Flask, request
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

fast, flask = FastAPI(), Flask("app")

@mlflow.trace(name="fastapi")
@fast.post("/chat")
def chat(request: Request, message: str):
    return {"response": message}

@fast.post("/fails")
@mlflow.trace(name="raises")
async def fails(request: Request):
    raise HTTPException(500, "no model answers")

@fast.post("/idiom")
@mlflow.trace(name="idiom of flask")
def idiom():
    return {"status": "error"}, 500

@mlflow.trace(name="starlette")
async def home(request):
    return JSONResponse({})

@mlflow.trace(name="flask")
def asked(request):
    return {"response": "yes"}

flask.post("/chat")(lambda: asked(request))
said = {"headers": {"authorization": "Bearer hunter2", "cookie": "id=hunter2", "x-request-id": "r-1"}}
web = TestClient(fast)
answers = [
    web.post("/chat?message=hi", **said),
    TestClient(Starlette(routes=[Route("/chat", home, methods=["POST"])])).post("/chat?key=hunter2", **said),
    flask.test_client().post("/chat?key=hunter2", **said),
    web.post("/fails"),
    web.post("/idiom"),
]
report([answer.status_code for answer in answers])
"""

SOURCE = """
version = mlflow.create_external_model(name=mlflow.git_version_name("support"))
mlflow.set_active_model(name=version.name)

@mlflow.trace
def answer(question):
    return question.upper()

answer("hello")
found = mlflow.search_traces(model_id=version.model_id)
report({
    "model_id": version.model_id,
    "name": version.name,
    "tags": version.tags,
    "metadata": found[0].info.trace_metadata,
    "by_id": len(found),
    "by_name": len(mlflow.search_traces(model_id=version.name)),
})
"""

TAGS = """
import logging

@mlflow.trace
def handle(version, variant, fails=False):
    mlflow.update_current_trace(tags={
        "app_version": version, "model_used": f"{variant}_model", "client_variant": variant,
        "mlflow.source.name": f"{variant}.py",
    })
    if fails:
        raise ValueError("no")

for version, variant, fails in [("1.0.0", "control", False), ("1.1.0", "treatment", True), ("1.1.0", "control", False)]:
    try:
        handle(version, variant, fails)
    except ValueError:
        pass
mlflow.set_trace_tag(mlflow.get_last_active_trace_id(), "mlflow.source.type", "JOB")
mlflow.flush_trace_async_logging()
experiment_id = mlflow.search_traces(max_results=1)[0].info.experiment_id
experiment = mlflow.get_experiment(experiment_id)
mlflow.create_experiment(experiment.name + "-genai-app")
said = []
logging.getLogger("trilha").addFilter(lambda record: said.append(record.getMessage()) is None)
missing = mlflow.get_experiment_by_name(experiment.name + "-genai-ap")
report({
    "missing": [missing, said],
    "rows": mlflow.query_metrics(group_by=["tags.app_version"]),
    "region": mlflow.query_metrics(group_by=["tags.region", "tags.environment"])[0]["group"],
})
"""

FEEDBACK = """
from trilha.entities import AssessmentSource

with mlflow.start_span("answer"):
    pass
mlflow.flush_trace_async_logging()
trace_id = mlflow.get_last_active_trace_id()
mlflow.log_feedback(trace_id=trace_id, name="response_is_correct", value=False, rationale=None,
                    source=AssessmentSource(source_type="human", source_id=None))
(said,) = mlflow.get_trace(trace_id).info.assessments
report([said.name, said.value, said.source.source_type, said.source.source_id, said.rationale])
"""

CI = {"GITHUB_SHA": "98207f02" + "0" * 32, "GITHUB_REF_NAME": "main", "GITHUB_SERVER_URL": "https://github.com"}
ENVIRONMENT = {
    "TRILHA_TAGS": "environment=$APP_ENVIRONMENT,app_version=$APP_VERSION,deployment_id=$DEPLOYMENT_ID,region=$REGION",
    "APP_ENVIRONMENT": "staging",
    "APP_VERSION": "0.9",
    "REGION": "eu-central-1",
}


@pytest.fixture(scope="module")
def stages(trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Once[str, Stage]:
    flavour = Flavour(door=Door.HTTP, client=TRILHA)
    return Once(lambda name: set_stage(trilha_server, flavour, tmp_path_factory.mktemp(name)))


# Requests.


@pytest.fixture(scope="module")
def statuses(stages: Once[str, Stage]) -> Json:
    return run(stages("requests"), REQUESTS)


@pytest.fixture
def rest(statuses: Json, stages: Once[str, Stage]) -> Iterator[MlflowRest]:
    with stages("requests").read() as rest:
        yield rest


@pytest.mark.parametrize("framework", ["fastapi", "starlette", "flask"])
def test_a_request_is_kept_as_method_path_and_harmless_headers(framework: str, rest: MlflowRest) -> None:
    (info,) = rest.search(filter=f"name = '{framework}'")["traces"]
    inputs = json.loads(info["request_preview"])
    assert (inputs["request"]["method"], inputs["request"]["path"]) == ("POST", "/chat")
    assert inputs["request"]["headers"]["x-request-id"] == "r-1"
    written = json.dumps([info, spans_of(rest, info)])
    assert "hunter2" not in written
    assert re.search("0x[0-9a-f]{6}", written) is None


def test_an_error_said_by_an_exception_is_an_error_of_the_answer_and_of_the_trace(
    statuses: Json, rest: MlflowRest
) -> None:
    assert statuses == [200, 200, 200, 500, 200]  # the last is Flask's idiom, which FastAPI takes for an answer
    found = {info["tags"]["mlflow.traceName"]: info["state"] for info in rest.search()["traces"]}
    assert (found["raises"], found["idiom of flask"]) == ("ERROR", "OK")


# Sources and versions.


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def from_git(stages: Once[str, Stage], repository: Path) -> Json:
    return run(stages("git"), SOURCE, {"PATH": "/nowhere"}, cwd=repository)


def test_commit_and_branch_are_read_without_a_git_program(from_git: Json, repository: Path) -> None:
    commit = commit_of(repository)
    assert from_git["name"] == f"support-git-{commit[:8]}"
    assert from_git["metadata"]["mlflow.source.git.commit"] == from_git["tags"]["mlflow.source.git.commit"] == commit
    assert from_git["metadata"]["mlflow.source.git.branch"] in ("main", "master")


def test_commit_and_branch_are_those_of_continuous_integration_where_there_is_no_repository(
    stages: Once[str, Stage],
) -> None:
    told = run(stages("ci"), SOURCE, {**CI, "GITHUB_REPOSITORY": "shop/support", "PATH": "/nowhere"})
    assert told["name"] == "support-git-98207f02"
    git = {key.rpartition(".")[2]: text for key, text in told["metadata"].items() if ".git." in key}
    assert git == {"commit": CI["GITHUB_SHA"], "branch": "main", "repoURL": "https://github.com/shop/support"}


def test_without_any_commit_the_version_is_that_of_a_developer_and_nothing_is_made_up(stages: Once[str, Stage]) -> None:
    told = run(stages("developer"), SOURCE)
    assert told["name"] == "support-local-dev"
    assert [key for key in told["metadata"] if ".git." in key] == []


def test_all_traces_of_a_version_are_linked_to_it(from_git: Json, stages: Once[str, Stage]) -> None:
    assert (from_git["by_id"], from_git["by_name"]) == (1, 1)
    server = stages("git").server
    page = httpx.get(f"{server.url}/api/v1/versions/{from_git['model_id']}").raise_for_status().json()
    assert page["figures"]["traces"] == 1


# Tags.


@pytest.fixture(scope="module")
def tagged(stages: Once[str, Stage]) -> Json:
    return run(stages("tags"), TAGS, ENVIRONMENT)


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("tags.environment = 'staging' AND tags.app_version = '1.1.0'", 2),
        ("tags.model_used = 'treatment_model' AND tags.client_variant = 'treatment'", 1),
        ("tags.`mlflow.source.name` = 'control.py'", 2),
        ("metadata.`mlflow.source.name` = 'control.py'", 2),
        ("metadata.`mlflow.source.type` = 'JOB'", 1),
        ("metadata.`mlflow.source.name` = '-c'", 0),
    ],
)
def test_tags_and_sources_that_were_overridden_are_found(
    tagged: Json, stages: Once[str, Stage], filter_string: str, expected: int
) -> None:
    with stages("tags").read() as rest:
        assert len(rest.found(filter_string)) == expected


def test_what_the_environment_says_is_on_every_trace_unless_the_trace_says_otherwise(
    tagged: Json, stages: Once[str, Stage]
) -> None:
    with stages("tags").read() as rest:
        infos = rest.search()["traces"]
    assert {(info["tags"]["environment"], info["tags"]["region"]) for info in infos} == {("staging", "eu-central-1")}
    assert {info["tags"]["app_version"] for info in infos} == {"1.0.0", "1.1.0"}
    assert not any("deployment_id" in info["tags"] for info in infos)  # its variable is not set


def test_traces_are_compared_by_any_tag(tagged: Json) -> None:
    rows = {row["group"]["tags.app_version"]: row for row in tagged["rows"]}
    assert {version: (row["traces"], row["error_rate"]) for version, row in rows.items()} == {
        "1.0.0": (1, 0.0),
        "1.1.0": (2, 0.5),
    }
    assert rows["1.1.0"]["duration_ms"]["percentiles"].keys() == {"p50", "p90", "p95", "p99"}
    assert tagged["region"] == {"tags.region": "eu-central-1", "tags.environment": "staging"}


def test_an_experiment_that_is_not_there_is_none_and_the_likely_one_is_named(
    tagged: Json, stages: Once[str, Stage]
) -> None:
    missing, (told,) = tagged["missing"]
    assert missing is None
    assert f"did you mean '{stages('tags').experiment}-genai-app'" in told


def test_feedback_needs_no_capitals_no_name_and_no_reason(stages: Once[str, Stage]) -> None:
    assert run(stages("feedback"), FEEDBACK) == ["response_is_correct", False, "HUMAN", None, None]
