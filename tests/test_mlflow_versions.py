"""Versions of applications (logged models), through MLflow's clients and every door."""

from typing import Any

import pytest

from tests.support.clients import NEWEST, OLDEST, Client
from tests.support.doors import Door
from tests.support.processes import RunningServer
from tests.support.runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

PAGES = [f"page-{number}" for number in range(5)]
WAYS = [
    pytest.param((NEWEST, Door.HTTP), id="newest-http"),
    pytest.param((OLDEST, Door.HTTP), id="oldest-http"),
    pytest.param((NEWEST, Door.TOKEN), id="newest-token", marks=pytest.mark.trilha_only),
    pytest.param((OLDEST, Door.TOKEN), id="oldest-token", marks=pytest.mark.trilha_only),
]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[Client, Door]:
    return request.param


@pytest.fixture
def seen(way: tuple[Client, Door], mlflow_door: RunningServer, runs: Runs) -> Any:
    client, door = way
    return runs.seen(client, "versioning", **door.environment(mlflow_door.url))


@pytest.fixture
def basics(seen: Any) -> Any:
    return seen["basics"]


@pytest.fixture
def linking(seen: Any) -> Any:
    return seen["linking"]


def test_an_external_version_is_ready_and_reads_back_as_it_was_made(seen: Any, basics: Any) -> None:
    made = basics["made"]
    assert (made["name"], made["kind"], made["status"]) == ("agent-git-98207f02", "agent", "READY")
    assert made["experiment_id"] == seen["experiment_id"]
    assert made["id"].startswith("m-")
    assert made["params"] == {"temperature": "0.5"}
    assert made["tags"]["team"] == "core"
    assert made["tags"]["mlflow.model.isExternal"] == "true"
    assert made["updated_ms"] >= made["created_ms"] > 1_700_000_000_000
    assert basics["read"] == made
    assert basics["last"] == made["id"]


def test_its_artifacts_are_where_the_client_can_reach_them(way: tuple[Client, Door], seen: Any, basics: Any) -> None:
    experiment_id, version_id = seen["experiment_id"], basics["made"]["id"]
    expected = {
        Door.HTTP: f"mlflow-artifacts:/{experiment_id}/models/{version_id}/artifacts",
        Door.TOKEN: f"dbfs:/databricks/mlflow-tracking/{experiment_id}/logged_models/{version_id}/artifacts",
    }
    assert basics["made"]["artifacts"] == expected.get(way[1], expected[Door.TOKEN])


def test_files_of_a_version_are_written_listed_and_read(seen: Any) -> None:
    files = seen["files"]
    assert files["top"] == ["MLmodel", "notes"]
    assert files["notes"] == [["notes/é 1.txt", False, 4]]
    assert files["read"] == "olá"
    assert files["described"] is True


def test_a_missing_version_is_an_error(basics: Any) -> None:
    assert basics["missing"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.trilha_only
def test_a_name_may_hold_dots(basics: Any) -> None:
    assert basics["dotted"] == {"result": "agent-v1.0.1"}


def test_a_name_with_a_slash_is_refused(basics: Any) -> None:
    assert basics["slashed"]["error_code"] == "INVALID_PARAMETER_VALUE"


def test_tags_and_parameters_are_added(basics: Any) -> None:
    changed = basics["changed"]
    assert changed["params"] == 251
    assert {key: changed["tags"][key] for key in ("team", "n", "git.branch/x")} == {
        "team": "web",
        "n": "1",
        "git.branch/x": "main",
    }
    assert changed["tags"]["mlflow.model.isExternal"] == "true"


@pytest.mark.trilha_only
def test_a_parameter_keeps_its_first_value(basics: Any) -> None:
    assert basics["other value"]["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "another value" in basics["other value"]["message"]


@pytest.mark.trilha_only
def test_a_tag_is_deleted_once_even_with_a_slash_in_its_key(basics: Any) -> None:
    assert "git.branch/x" not in basics["untagged"]
    assert basics["untagged"]["team"] == "web"
    assert basics["untagged twice"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_a_version_is_pending_until_it_is_finished_and_can_be_mended(seen: Any) -> None:
    statuses = seen["statuses"]
    assert statuses["begun"] == ["begun", "PENDING", 150]
    assert (statuses["failed"], statuses["mended"]) == ("FAILED", "READY")
    assert statuses["unnamed"]


@pytest.mark.trilha_only
def test_versions_are_found_by_status(seen: Any) -> None:
    assert seen["statuses"]["found failed"] == ["begun"]
    assert seen["searches"]["ready"] is True


def test_what_runs_measure_is_read_and_searched_with_the_version(seen: Any) -> None:
    metrics = seen["metrics"]
    assert metrics["measured"]["run_id"] == metrics["run_id"]
    assert ["accuracy", 0.9, metrics["run_id"], None] in metrics["measured"]["metrics"]
    assert metrics["good"] == metrics["best"] == ["measured"]


@pytest.mark.trilha_only
def test_only_the_newest_point_of_a_metric_counts(seen: Any) -> None:
    assert [value for _, value, _, _ in seen["metrics"]["measured"]["metrics"]] == [0.9]
    assert seen["metrics"]["bad"] == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("newest first", PAGES[::-1]),
        ("oldest first", PAGES),
        ("name", ["page-3"]),
        ("tag", ["page-2"]),
        ("param", ["page-4", "page-2", "page-0"]),
        ("kind", ["agent-git-98207f02"]),
        ("two", ["page-4", "page-3"]),
        ("pages", [PAGES[0:2], PAGES[2:4], PAGES[4:]]),
        ("table", [PAGES[::-1], "READY"]),
    ],
)
def test_versions_are_found(seen: Any, search: str, found: list[object]) -> None:
    assert seen["searches"][search] == found


def test_versions_of_other_experiments_are_not_found(seen: Any) -> None:
    assert not set(seen["searches"]["elsewhere"]) & {*PAGES, "agent-git-98207f02"}


def test_a_malformed_filter_is_refused(seen: Any) -> None:
    assert seen["searches"]["bad"]["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_name_becomes_the_active_version_which_is_made_once(linking: Any) -> None:
    assert linking["made"] == ["active-v"]
    assert linking["again"] == linking["active"]


def test_traces_name_the_active_version(linking: Any) -> None:
    assert linking["first"]["metadata"]["mlflow.modelId"] == linking["active"]
    assert linking["third"]["metadata"]["mlflow.modelId"] == linking["active"]
    assert linking["by version"] == 2


def test_the_newest_version_of_a_name_is_the_active_one(linking: Any) -> None:
    assert linking["newest of the name"] == linking["newer"] != linking["active"]


def test_a_deleted_version_is_gone(seen: Any) -> None:
    deletion = seen["deletion"]
    assert deletion["read"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert deletion["found"] == []
    assert deletion["twice"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("door", [Door.HTTP, pytest.param(Door.TOKEN, marks=pytest.mark.trilha_only)])
def test_the_client_makes_one_version_for_each_state_of_a_repository(
    mlflow_door: RunningServer, runs: Runs, door: Door
) -> None:
    seen = runs.seen(NEWEST, "git_versions", **door.environment(mlflow_door.url))
    made = [*seen["clean"], *seen["dirty"], *seen["next"]]
    assert made == [made[0], made[0], made[2], made[2], made[4]]
    assert len(set(made)) == 3
    assert "+print('it''s 100% new')" in seen["diff"]


@pytest.mark.trilha_only
@pytest.mark.parametrize("made_over", [Door.HTTP, Door.TOKEN])
def test_both_kinds_of_client_read_one_version_alike(mlflow_door: RunningServer, runs: Runs, made_over: Door) -> None:
    made = runs.seen(NEWEST, "versioning", **made_over.environment(mlflow_door.url))["basics"]["made"]
    told = [
        runs.seen(NEWEST, "version_reading", VERSION=made["id"], **door.environment(mlflow_door.url))
        for door in (Door.HTTP, Door.TOKEN)
    ]
    over_http, over_databricks = ({key: what for key, what in seen.items() if key != "stderr"} for seen in told)
    assert (over_http["name"], over_http["described"]) == (made["name"], True)
    assert over_http == over_databricks


# The guide's flow: the name of a version where an id is meant.


@pytest.fixture(params=[WAYS[0], WAYS[1], WAYS[2]])
def naming(request: pytest.FixtureRequest, mlflow_door: RunningServer, runs: Runs) -> Any:
    client, door = request.param
    return runs.seen(client, "version_naming", **door.environment(mlflow_door.url))


@pytest.mark.trilha_only
def test_traces_are_found_by_the_name_and_by_the_id_of_their_version(naming: Any) -> None:
    expected = sorted([*naming["by name"], *naming["by id"]])
    assert naming["name"] == naming["id"] == expected
    assert naming["filtered"] == [sorted(naming["by name"])] * 2
    assert naming["others"] == naming["dotted"]


@pytest.mark.trilha_only
def test_a_version_may_be_made_after_its_first_traces(naming: Any) -> None:
    assert naming["late name"] == naming["late id"] == naming["dotted"]


def test_what_the_application_said_stays_as_it_is(naming: Any) -> None:
    assert naming["carried"] == "customer_support_agent-git-98207f02"


@pytest.mark.trilha_only
def test_a_version_is_made_once_where_a_tag_asks_for_it(naming: Any) -> None:
    assert (naming["twice"], naming["status"]) == (1, "READY")


@pytest.mark.trilha_only
def test_sessions_that_are_set_as_tags_are_sessions(naming: Any) -> None:
    assert naming["user"] == {"result": "ana"}
    by_name = naming["by name"]
    assert naming["sessions"] in (
        None,
        [
            ["s-3", naming["dotted"]],
            ["s-2", naming["by id"]],
            ["s-1", by_name],
            ["s-0", [naming["unlinked"]]],
        ],
    ), "the oldest client cannot search for sessions"
