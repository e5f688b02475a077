"""Experiments, through MLflow's clients."""

from typing import Any

import pytest

from tests.support.clients import NEWEST, OLDEST
from tests.support.runs import Runs

pytestmark = pytest.mark.timeout(120)

PAGES = [f"/page-{number}" for number in range(5)]


@pytest.fixture(params=[NEWEST, OLDEST], ids=["newest", "oldest"])
def seen(request: pytest.FixtureRequest, runs: Runs) -> Any:
    return runs.seen(request.param, "experimenting")


@pytest.fixture
def basics(seen: Any) -> Any:
    return seen["basics"]


@pytest.fixture
def deletion(seen: Any) -> Any:
    return seen["deletion"]


@pytest.fixture
def searches(seen: Any) -> Any:
    return seen["searches"]


def test_setting_an_experiment_twice_is_the_same_experiment(seen: Any) -> None:
    first, again = seen["set"]
    assert first == again
    assert first["name"] == f"{seen['prefix']}/set"


def test_an_experiment_is_read_by_id_and_by_name(seen: Any, basics: Any) -> None:
    made = basics["made"]
    assert (made["name"], made["stage"]) == (f"{seen['prefix']}/áéí one", "active")
    assert made["tags"] == {"team": "search", "n": "1"}
    assert made["artifact_location"]
    assert made["created_ms"] == made["updated_ms"] > 1_700_000_000_000
    assert basics["by name"] == made


def test_an_experiment_may_keep_its_artifacts_elsewhere(basics: Any) -> None:
    assert basics["located"]["artifact_location"] == "file:///tmp/elsewhere"


def test_there_is_a_default_experiment(basics: Any) -> None:
    assert (basics["default"]["id"], basics["default"]["name"]) == ("0", "Default")


def test_a_missing_experiment_is_an_error_by_id_and_none_by_name(seen: Any) -> None:
    assert seen["missing"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert seen["missing name"] is True


def test_a_name_is_taken_once(basics: Any) -> None:
    assert basics["taken"]["error_code"] == "RESOURCE_ALREADY_EXISTS"


def test_an_experiment_is_renamed_and_tagged(seen: Any, basics: Any) -> None:
    changed = basics["changed"]
    assert changed["name"] == f"{seen['prefix']}/two"
    assert changed["tags"] == {"team": "ranking", "n": "1", "chave/ção": "útil"}
    assert changed["updated_ms"] >= changed["created_ms"]


@pytest.mark.trilha_only
def test_a_taken_name_is_refused_without_words_of_the_database(basics: Any) -> None:
    refusal = basics["renamed to taken"]
    assert refusal["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert not [word for word in ("sql", "constraint", "insert", "update ") if word in refusal["message"].lower()]


def test_a_tag_of_an_experiment_is_deleted_once(runs: Runs) -> None:
    basics = runs.seen(NEWEST, "experimenting")["basics"]
    assert basics["untagged"] == {"team": "ranking", "chave/ção": "útil"}
    assert basics["untagged twice"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_a_deleted_experiment_can_still_be_read(deletion: Any) -> None:
    assert (deletion["stage"], deletion["by name"]) == ("deleted", "deleted")


def test_a_deleted_experiment_is_listed_only_where_it_is_asked_for(deletion: Any) -> None:
    assert (deletion["active"], deletion["deleted"], deletion["all"]) == ([], ["/doomed"], ["/doomed"])


def test_a_deleted_experiment_keeps_its_name(deletion: Any) -> None:
    assert deletion["name is taken"]["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert "deleted" in deletion["set"]["message"]


def test_a_deleted_experiment_is_restored(deletion: Any) -> None:
    assert deletion["restored"] == "active"


@pytest.mark.parametrize("action", ["deleted twice", "restored twice"])
def test_what_is_done_already_is_refused(deletion: Any, action: str) -> None:
    assert deletion[action]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("like", PAGES),
        ("ilike", PAGES),
        ("tag", ["/page-3"]),
        ("tag not", ["/page-1", "/page-3"]),
        ("name not", PAGES[1:]),
        ("updated", []),
        ("ordered", PAGES[::-1]),
        ("newest first", [4, 3, 2, 1, 0]),
    ],
)
def test_experiments_are_found(searches: Any, search: str, found: list[str]) -> None:
    assert searches[search] == found


def test_experiments_are_found_by_their_times(searches: Any) -> None:
    assert "/page-4" in searches["created"]


def test_pages_of_experiments_follow_each_other(searches: Any) -> None:
    assert searches["pages"] == [PAGES[0:2], PAGES[2:4], PAGES[4:]]


@pytest.mark.parametrize("search", ["bad", "too many", "too few", "bad token"])
def test_a_malformed_search_for_experiments_is_refused(searches: Any, search: str) -> None:
    assert searches[search]["error_code"] == "INVALID_PARAMETER_VALUE"
