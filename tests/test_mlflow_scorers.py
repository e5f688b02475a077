"""Scorers, through MLflow's newest client; 3.1 has no registry. The reference starts only judges behind its gateway."""

from typing import Any

import pytest

from tests.support.clients import NEWEST
from tests.support.doors import Door
from tests.support.processes import RunningServer
from tests.support.runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.trilha_only]

CLASSES = {"guidelines": "Guidelines", "judge": "InstructionsJudge", "regex": "RegexMatch", "function": "CustomScorer"}
NEVER_STARTED = {Door.HTTP: None, Door.TOKEN: 0.0}  # registering on `databricks` sends a rate of 0


@pytest.fixture(params=list(NEVER_STARTED), ids=lambda door: door.name.lower())
def door(request: pytest.FixtureRequest) -> Door:
    return request.param


@pytest.fixture
def seen(door: Door, mlflow_door: RunningServer, runs: Runs) -> Any:
    return runs.seen(NEWEST, "scoring", **door.environment(mlflow_door.url))


@pytest.fixture(params=["guidelines", "judge", "regex", "function"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def life(seen: Any, kind: str) -> Any:
    return seen["functions"]["life"]["result"] if kind == "function" else seen[kind]


def schedule(report: Any) -> tuple[float | None, str | None]:
    assert "result" in report, report
    return report["result"]["sample_rate"], report["result"]["filter"]


def test_a_registered_scorer_reads_back_as_what_it_is(door: Door, kind: str, life: Any) -> None:
    read = life["read"]["result"]
    assert read["class"] == CLASSES[kind]
    assert (read["sample_rate"], read["filter"]) == (NEVER_STARTED[door], None)
    assert life["registered"]["result"]["name"] == read["name"]


def test_a_scorer_is_started_with_a_rate_and_a_filter(life: Any) -> None:
    assert schedule(life["started"]) == (0.5, "status = 'OK'")


def test_what_an_update_does_not_name_stays(life: Any) -> None:
    assert schedule(life["faster"]) == (1.0, "status = 'OK'")
    assert schedule(life["narrower"]) == (1.0, "user = 'ann'")
    (listed,) = life["listed"]
    assert (listed["sample_rate"], listed["filter"]) == (1.0, "user = 'ann'")


def test_a_scorer_is_stopped_and_started_again(life: Any) -> None:
    assert schedule(life["stopped"]) == (0.0, "user = 'ann'")
    assert schedule(life["again"]) == (0.25, "user = 'ann'")


def test_a_bad_filter_is_refused_with_its_position(life: Any) -> None:
    refusal = life["bad filter"]
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "'bogus'" in refusal["message"]
    assert "position=18" in refusal["message"]


def test_a_rate_above_one_is_refused_and_nothing_changes(life: Any) -> None:
    assert life["bad rate"]["error_code"] == "INVALID_PARAMETER_VALUE"
    assert schedule(life["after"]) == (0.25, "user = 'ann'")


def test_every_registration_is_a_version(door: Door, kind: str, life: Any) -> None:
    """On `databricks` all scorers are sent at every change, so that one which is there already is no new version."""
    numbers = life["versions"]["result"]
    registrations = 3 if kind == "function" else 2
    assert numbers == (list(range(1, registrations + 1)) if door is Door.HTTP else [1])
    assert life["first"]["result"]["name"] == life["read"]["result"]["name"]


def test_what_was_read_back_can_be_run(seen: Any) -> None:
    assert seen["works"] == ["yes", "no"]
    assert seen["functions"]["works"] == {"result": [True, False]}


def test_a_function_is_kept_but_the_client_reads_it_back_only_where_it_trusts_the_server(door: Door, seen: Any) -> None:
    functions = seen["functions"]
    assert functions["registered"] == {"result": "is_short"}
    if door is Door.HTTP:
        assert "MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS" in functions["read"]["message"]
        assert "MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS" in functions["listed"]["message"]
    else:
        assert functions["read"]["result"]["class"] == "CustomScorer"
        assert len(functions["listed"]["result"]) == 1


def test_a_missing_scorer_is_an_error(seen: Any) -> None:
    assert seen["empty"] == []
    assert seen["missing"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_one_version_is_deleted_and_its_number_is_not_given_again(seen: Any) -> None:
    deletion = seen["deletion"]
    assert deletion["versions"] == [1, 2]
    assert deletion["next"] == [1, 2, 4]
    assert deletion["missing version"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_all_versions_are_deleted_where_the_client_can_ask_for_it(door: Door, seen: Any) -> None:
    deletion = seen["deletion"]
    if door is Door.HTTP:
        assert deletion["all"] == {"result": None}
        assert deletion["read"]["error_code"] == deletion["twice"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"
        assert deletion["names"] == ["grounded", "has_number", "polite"]
    else:  # for this alone the client wants a package of Databricks
        assert deletion["all"]["error"] == "ImportError"


def test_both_kinds_of_client_see_the_same_scorers(mlflow_door: RunningServer, runs: Runs) -> None:
    name = "both-kinds"
    made = runs.seen(NEWEST, "scorer_sharing", EXPERIMENT=name, STEP="make", **Door.HTTP.environment(mlflow_door.url))
    changed = runs.seen(
        NEWEST, "scorer_sharing", EXPERIMENT=name, STEP="change", **Door.TOKEN.environment(mlflow_door.url)
    )
    read = runs.seen(NEWEST, "scorer_sharing", EXPERIMENT=name, STEP="read", **Door.HTTP.environment(mlflow_door.url))
    assert made["scorers"] == [["polite", 0.5, "status = 'OK'"], ["short", 1.0, None]]
    assert (
        changed["scorers"]
        == read["scorers"]
        == [
            ["new", 0.0, None],
            ["polite", 0.25, "status = 'OK'"],
            ["short", 1.0, None],
        ]
    )
