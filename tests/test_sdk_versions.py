"""Versions as programs of `trilha` choose them, on a real server."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import TRILHA
from tests.support.doors import Door
from tests.support.guides import Flavour, Stage, set_stage
from tests.support.processes import RunningServer
from tests.support.trilha_programs import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CHOOSES = """
mlflow.set_active_model(name="v1")

@mlflow.trace
def answer():
    pass

answer()
"""

USES = """
mlflow.set_active_model(name="v1")
mlflow.log_model_params({"temperature": 0.2})
version = mlflow.get_logged_model(mlflow.get_active_model_id())
mlflow.set_logged_model_tags("v1", {"owner": "me"})
mlflow.create_external_model(name="v1")
report({"found": [each.name for each in mlflow.search_logged_models(output_format="list")],
        "params": version.params, "tags": mlflow.get_logged_model("v1").tags})
"""

NAMED_BY_THE_ENVIRONMENT = """
import logging, time
said = []
logging.getLogger("trilha").addFilter(lambda record: said.append([record.getMessage(), record.threadName]) is None)

@mlflow.trace
def answer():
    pass

for _ in range(3):
    answer()
mlflow.flush_trace_async_logging()
until_s = time.monotonic() + 10
while not said and time.monotonic() < until_s:
    time.sleep(0.05)
report(said)
"""

WITH_QUOTES = """
from trilha.exceptions import InvalidInput, NotFound
name = "it's " + '"x"'
told = []
for ask in (mlflow.create_external_model, mlflow.get_logged_model):
    try:
        ask(name)
    except (InvalidInput, NotFound) as error:
        told.append(str(error))
report(told)
"""


@pytest.fixture
def stage(trilha_server: RunningServer, tmp_path: Path) -> Stage:
    return set_stage(trilha_server, Flavour(door=Door.HTTP, client=TRILHA), tmp_path)


def only_trace(stage: Stage) -> Any:  # Any: JSON
    with stage.read() as rest:
        (info,) = rest.search()["traces"]
    return info


def test_a_name_that_is_chosen_is_a_version_when_the_program_has_ended(stage: Stage) -> None:
    run(stage, CHOOSES)
    info = only_trace(stage)
    (version,) = stage_versions(stage)
    assert (version["name"], version["status"]) == ("v1", "READY")
    assert info["trace_metadata"]["mlflow.modelId"] in ("v1", version["version_id"])
    run(stage, CHOOSES)
    assert len(stage_versions(stage)) == 1


def test_the_name_of_the_active_version_does_where_an_id_is_wanted(stage: Stage) -> None:
    told = run(stage, USES)
    assert (told["found"], told["params"], told["tags"]["owner"]) == (["v1"], {"temperature": "0.2"}, "me")


def test_an_unknown_version_in_the_environment_is_told_once_and_not_on_the_callers_thread(stage: Stage) -> None:
    ((said, thread),) = run(stage, NAMED_BY_THE_ENVIRONMENT, {"MLFLOW_ACTIVE_MODEL_ID": "suport-v1"})
    assert "there is no version 'suport-v1'" in said
    assert thread != "MainThread"


def test_a_known_version_in_the_environment_is_not_talked_about(stage: Stage) -> None:
    run(stage, CHOOSES)
    program = NAMED_BY_THE_ENVIRONMENT.replace("+ 10", "+ 2")
    assert run(stage, program, {"MLFLOW_ACTIVE_MODEL_ID": "v1"}) == []


def test_quotes_in_a_name_break_no_filter(stage: Stage) -> None:
    create, get = run(stage, WITH_QUOTES)
    assert "name" in create
    assert "filter" not in create + get


def stage_versions(stage: Stage) -> Any:  # Any: JSON
    with stage.read() as rest:
        answer = rest.http.post("/api/v1/versions/search", json={"experiment_ids": [stage.experiment_id]})
        return answer.raise_for_status().json()["versions"]
