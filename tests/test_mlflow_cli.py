"""The commands that MLflow brings, through either dialect; those of `trilha` for traces take the same words."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.clients import TRILHA
from tests.support.doors import Door
from tests.support.guides import EVERY_DOOR, Stage, set_stage
from tests.support.mlflow_rest import V2
from tests.support.once import Once
from tests.support.otlp import a_request, a_span, mlflow_id, new_trace_id
from tests.support.processes import RunningServer, trilha_command

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

DOORS = [Door.HTTP, pytest.param(Door.TOKEN, marks=pytest.mark.trilha_only)]
PROGRAMS = [
    "mlflow",
    pytest.param("python -m trilha", marks=pytest.mark.trilha_only),
    pytest.param("trilha", marks=pytest.mark.trilha_only),
]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """An experiment with two traces and a run, and the command that looks at it."""

    stage: Stage
    good: str
    """The id of a trace."""
    bad: str
    """The id of a trace that has failed."""
    run_id: str

    def mlflow(self, *words: str) -> str:
        """Run `mlflow …` and return what it prints. Raises `ClientFailed`."""
        return self.run_by("mlflow", *words)

    def run_by(self, program: str, *words: str) -> str:
        """Run one of the programs that know traces and return what it prints. Raises `ClientFailed`."""
        command = {
            "mlflow": [str(self.stage.client.program("mlflow"))],
            "python -m trilha": [str(TRILHA.make().program("python")), "-m", "trilha"],
            "trilha": [str(trilha_command())],
        }
        return self.stage.command([*command[program], *words])


def lay_out(stage: Stage) -> Desk:
    good, bad = new_trace_id(), new_trace_id()
    with stage.read() as rest:
        for trace_id, state, environment in [(good, "OK", "production"), (bad, "ERROR", "staging")]:
            rest.send(a_request(a_span(trace_id, name="answer"))).raise_for_status()
            rest.declare(trace_id, state=state, tags={"environment": environment}).raise_for_status()
        run = {"experiment_id": stage.experiment_id, "run_name": "baseline", "start_time": 1_795_000_000_000}
        made = rest.http.post(f"{V2}/runs/create", json=run).raise_for_status().json()
    return Desk(stage=stage, good=mlflow_id(good), bad=mlflow_id(bad), run_id=made["run"]["info"]["run_id"])


@pytest.fixture(scope="module")
def desks(mlflow_door: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Once[Door, Desk]:
    return Once(lambda door: lay_out(set_stage(mlflow_door, EVERY_DOOR[str(door)], tmp_path_factory.mktemp("cli"))))


@pytest.fixture(params=DOORS, ids=str)
def desk(request: pytest.FixtureRequest, desks: Once[Door, Desk]) -> Desk:
    return desks(request.param)


def json_of(printed: str) -> Any:  # Any: JSON
    """Read the document that a command prints, among other things."""
    return json.loads(printed[printed.index("{") : printed.rindex("}") + 1])


def test_experiments_are_listed(desks: Once[Door, Desk]) -> None:
    desk = desks(Door.HTTP)
    lines = [line.split() for line in desk.mlflow("experiments", "search").splitlines()]
    assert [desk.stage.experiment_id, desk.stage.experiment] in [line[:2] for line in lines]


@pytest.mark.parametrize("program", PROGRAMS)
def test_traces_are_listed_as_a_table(desks: Once[Door, Desk], program: str) -> None:
    desk = desks(Door.HTTP)
    table = desk.run_by(program, "traces", "search", "--experiment-id", desk.stage.experiment_id)
    assert desk.good in table
    assert desk.bad in table


@pytest.mark.parametrize("program", PROGRAMS)
def test_traces_are_searched_and_come_with_their_spans(desk: Desk, program: str) -> None:
    printed = desk.run_by(
        program,
        *("traces", "search", "--experiment-id", desk.stage.experiment_id, "--output", "json"),
        *("--filter-string", "status = 'ERROR' AND tags.environment = 'staging'"),
    )
    (trace,) = json_of(printed)["traces"]
    assert trace["info"]["trace_id"] == desk.bad
    assert [span["name"] for span in trace["data"]["spans"]] == ["answer"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_trace_is_shown(desks: Once[Door, Desk], program: str) -> None:
    desk = desks(Door.HTTP)
    trace = json_of(desk.run_by(program, "traces", "get", "--trace-id", desk.good))
    assert trace["info"]["trace_id"] == desk.good
    assert trace["info"]["tags"]["environment"] == "production"
    assert [span["name"] for span in trace["data"]["spans"]] == ["answer"]


def test_runs_are_listed(desk: Desk) -> None:
    listed = desk.mlflow("runs", "list", "--experiment-id", desk.stage.experiment_id)
    assert desk.run_id in listed
    assert "baseline" in listed


def test_a_run_is_made_described_and_put_away(desks: Once[Door, Desk]) -> None:
    desk = desks(Door.HTTP)
    made = desk.mlflow("runs", "create", "--run-name", "by-hand", "--tags", "env=prod", "--status", "FAILED")
    run_id = json_of(made)["run_id"]
    described = json_of(desk.mlflow("runs", "describe", "--run-id", run_id))
    desk.mlflow("runs", "delete", "--run-id", run_id)
    assert (described["info"]["run_name"], described["info"]["status"]) == ("by-hand", "FAILED")
    assert described["data"]["tags"]["env"] == "prod"
    assert "by-hand" not in desk.mlflow("runs", "list", "--experiment-id", desk.stage.experiment_id)
