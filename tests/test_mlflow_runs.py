"""Runs, through MLflow's clients and every door."""

import math
from typing import Any

import pytest

from tests.support.clients import NEWEST, OLDEST, Client
from tests.support.doors import Door
from tests.support.processes import RunningServer
from tests.support.runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

FLAVOURS = [
    pytest.param((NEWEST, Door.HTTP), id="newest http"),
    pytest.param((OLDEST, Door.HTTP), id="oldest http"),
    pytest.param((NEWEST, Door.TOKEN), id="newest databricks", marks=pytest.mark.trilha_only),
    pytest.param((OLDEST, Door.SECRET), id="oldest databricks", marks=pytest.mark.trilha_only),
]


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> tuple[Client, Door]:
    return request.param


@pytest.fixture
def seen(flavour: tuple[Client, Door], runs: Runs, mlflow_door: RunningServer) -> Any:
    client, door = flavour
    return runs.seen(client, "running", **door.environment(mlflow_door.url))


@pytest.fixture
def logged(seen: Any) -> Any:
    return seen["logged"]


@pytest.fixture
def made(seen: Any) -> Any:
    return seen["made"]


@pytest.fixture
def refused(seen: Any) -> Any:
    return seen["refused"]


@pytest.fixture
def searches(seen: Any) -> Any:
    return seen["searches"]


def test_a_run_is_running_while_its_block_runs_and_finished_after(logged: Any) -> None:
    assert (logged["active"], logged["status"], logged["running"]["status"]) == (True, "RUNNING", "RUNNING")
    assert logged["running"]["end_time"] is None
    info = logged["run"]["info"]
    assert (info["status"], info["lifecycle_stage"], info["run_name"]) == ("FINISHED", "active", "logged")
    assert info["end_time"] >= info["start_time"] > 1_700_000_000_000
    assert (logged["no more active"], logged["last active"]) == (True, True)


def test_a_runs_artifacts_are_where_the_client_understands(
    seen: Any, logged: Any, flavour: tuple[Client, Door]
) -> None:
    info = logged["run"]["info"]
    root = "mlflow-artifacts:" if flavour[1] is Door.HTTP else "dbfs:/databricks/mlflow-tracking"
    assert info["artifact_uri"] == f"{root}/{seen['experiment']}/{info['run_id']}/artifacts"


def test_parameters_are_kept_as_text(logged: Any) -> None:
    params = logged["run"]["data"]["params"]
    assert params == {"depth": "3", "rate": "0.1", "names/with: all - kinds.of_signs": "True", "empty": ""}


def test_tags_are_set_changed_and_deleted(logged: Any) -> None:
    tags = logged["run"]["data"]["tags"]
    told = {"team": "ranking", "chave/ção": "útil", "mlflow.note.content": "a try", "mlflow.runName": "logged"}
    assert tags.items() >= told.items()
    assert "gone" not in tags
    assert tags["mlflow.user"] == logged["run"]["info"]["user_id"]


def test_the_latest_value_of_a_metric_is_that_of_its_highest_step(logged: Any) -> None:
    assert logged["run"]["data"]["metrics"]["acc"] == 0.75
    assert [(step, value) for step, _, value in logged["histories"]["acc"]] == [(1, 0.5), (3, 0.75), (2, 0.25)]
    assert logged["histories"]["never"] == []


def test_a_metric_may_be_no_number(logged: Any) -> None:
    assert math.isnan(logged["run"]["data"]["metrics"]["nothing"])
    assert math.isnan(logged["histories"]["nothing"][0][2])


@pytest.mark.trilha_only
def test_a_metric_may_be_infinite(logged: Any) -> None:
    metrics = logged["run"]["data"]["metrics"]
    assert (metrics["over"], metrics["under"]) == (math.inf, -math.inf)
    assert logged["histories"]["over"][0][2] == math.inf


def test_a_run_tells_which_data_it_has_read(logged: Any) -> None:
    by_name = {each["name"]: each for each in logged["run"]["inputs"]}
    assert list(by_name) == ["train-data", "eval-data"]
    assert by_name["train-data"]["tags"] == {"mlflow.data.context": "training"}
    assert by_name["eval-data"]["tags"] == {"mlflow.data.context": "eval", "split": "x"}
    assert by_name["train-data"]["digest"] != by_name["eval-data"]["digest"]
    assert all(each["has_schema"] and each["source_type"] == "code" for each in by_name.values())


def test_a_parameter_keeps_its_first_value(logged: Any) -> None:
    assert logged["same parameter"]["result"] == 3
    assert logged["changed parameter"]["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "depth" in logged["changed parameter"]["message"]


def test_runs_end_as_they_end(seen: Any) -> None:
    expected = {"failed": "FAILED", "parent": "FINISHED", "child": "FINISHED", "killed": "KILLED"}
    assert seen["lives"]["status"] == expected


def test_a_run_without_a_name_is_given_one(seen: Any) -> None:
    lives = seen["lives"]
    assert lives["nameless"].count("-") >= 2
    assert lives["name in tag"] == lives["nameless"]


def test_runs_are_nested_and_found_by_their_parent(seen: Any) -> None:
    assert seen["lives"]["parent"] is True
    assert seen["lives"]["children"] == [False, True]


def test_a_run_is_gone_on_with(seen: Any) -> None:
    lives = seen["lives"]
    assert lives["resumed"] == [True, "RUNNING"]
    assert lives["ended later"] is True
    assert lives["points"] == [1.0, 2.0]


def test_a_run_is_made_by_the_client_alone(made: Any) -> None:
    run = made["run"]
    assert made["scheduled"]["status"] == "SCHEDULED"
    assert (made["scheduled"]["run_name"], run["info"]["run_name"]) == ("renamed", "named by tag")
    assert (run["info"]["status"], run["info"]["start_time"]) == ("FAILED", 1_700_000_000_000)
    assert run["info"]["end_time"] == 1_700_000_009_000
    assert run["data"]["tags"] == {"k": "w", "batch": "yes", "mlflow.runName": "named by tag"}
    assert run["data"]["params"] == {"p": "x" * 500, **{f"p{n}": str(n) for n in range(50)}}
    assert run["outputs"] == [["m-0123456789abcdef0123456789abcdef", 4]]


def test_a_batch_that_comes_again_adds_nothing(made: Any) -> None:
    assert made["run"]["data"]["metrics"]["many/3"] == 899
    assert made["history"] == len(range(3, 900, 7))
    assert made["first"] == [[-2, 1_700_000_000_001, 1.0]]


@pytest.mark.parametrize("missing", ["missing run", "log to a missing run", "missing tag", "missing experiment"])
def test_what_is_missing_is_told(refused: Any, missing: str) -> None:
    assert refused[missing]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize(
    "wrong",
    ["bad filter", "unknown field", "bad order", "bad token", "too many", "long key", "log to a deleted run"],
)
def test_what_is_wrong_is_refused(refused: Any, wrong: str) -> None:
    assert refused[wrong]["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.trilha_only
def test_a_misspelled_name_is_met_with_the_right_one(refused: Any) -> None:
    assert "did you mean 'attributes'?" in refused["unknown field"]["message"]


def test_a_deleted_run_is_found_only_where_it_is_asked_for(seen: Any) -> None:
    deletion = seen["deletion"]
    assert deletion["stage"] == "deleted"
    assert (deletion["active"], deletion["deleted"], deletion["all"]) == ([], ["doomed"], ["doomed"])
    assert (deletion["restored"], deletion["active again"]) == ("active", ["doomed"])


def test_runs_are_deleted_and_restored_with_their_experiment(seen: Any) -> None:
    away = seen["away"]
    assert (away["active"], away["stage"], away["restored"]) == ([], "deleted", ["inside"])
    assert away["new run"]["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", [4, 3, 2, 1, 0]),
        ("metric and parameter", [4, 3, 2]),
        ("quoted keys", [1]),
        ("tag pattern", [4]),
        ("attributes", [4, 3, 2, 1]),
        ("ids", [4]),
        ("time", [4]),
        ("user", [4, 2, 0]),
        ("dataset", [2]),
        ("nothing", []),
        ("one order", [1, 3, 0, 2, 4]),
        ("by name", [4, 3, 2]),
    ],
)
def test_runs_are_found(searches: Any, search: str, found: list[int]) -> None:
    assert searches[search] == [f"run-{number}" for number in found]


def test_pages_of_runs_follow_each_other(searches: Any) -> None:
    assert searches["pages"] == [["run-4", "run-3"], ["run-2", "run-1"]]


def test_runs_are_read_as_a_table(searches: Any) -> None:
    expected = [[number / 10, "1", str(number), "FINISHED", searches["place"]] for number in (2, 3, 4)]
    assert searches["table"] == expected


def test_a_trace_belongs_to_the_run_that_it_was_made_in(seen: Any) -> None:
    traced = seen["traced"]
    assert traced["found"] == [traced["traces"]["inside"]]
    assert traced["source"] is True


def test_traces_are_linked_to_a_run(seen: Any, flavour: tuple[Client, Door]) -> None:
    traced = seen["traced"]
    if flavour[0] is OLDEST:
        assert "linked" not in traced, "3.1 cannot link"
    else:
        assert traced["linked"] == sorted(traced["traces"].values())
