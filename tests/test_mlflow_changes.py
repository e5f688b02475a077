"""Tags and deletion of traces, through MLflow's clients."""

from typing import Any

import pytest

from tests.support.clients import CLIENTS, NEWEST, OLDEST, Client
from tests.support.runs import Runs

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=CLIENTS, ids=lambda client: client.group)
def seen(request: pytest.FixtureRequest, runs: Runs) -> Any:
    return runs.seen(request.param, "changing")


def test_a_tag_is_set_replaced_and_deleted(seen: Any) -> None:
    tags = seen["tags"]["tags"]
    assert (tags["first"], tags["chave/ção"], tags["number"]) == ("2", "útil", "5")
    assert "gone" not in tags


def test_a_trace_is_renamed_by_its_tag(seen: Any) -> None:
    assert seen["tags"]["tags"]["mlflow.traceName"] == "renamed"


@pytest.mark.trilha_only  # the reference keeps 4096
def test_a_tag_of_8000_characters_is_whole(seen: Any) -> None:
    assert seen["tags"]["tags"]["long"] == "t" * 8_000


def test_the_client_does_not_touch_what_is_immutable(seen: Any) -> None:
    assert "mlflow.user" not in seen["tags"]["tags"]
    assert "immutable" in seen["stderr"]


def test_a_tag_that_is_not_there_cannot_be_deleted(seen: Any) -> None:
    assert seen["tags"]["missing tag"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert seen["tags"]["missing trace, delete"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.trilha_only
def test_a_trace_that_is_not_there_cannot_be_tagged(seen: Any) -> None:
    refusal = seen["tags"]["missing trace"]
    assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert "sql" not in refusal["message"].lower()


def test_a_trace_that_is_not_there_is_none(seen: Any) -> None:
    assert seen["missing"] is True


@pytest.fixture(params=[NEWEST, OLDEST], ids=lambda client: client.group)
def deleted(request: pytest.FixtureRequest, runs: Runs) -> Any:
    client: Client = request.param
    return runs.seen(client, "changing")["deleted"]


def test_traces_are_deleted_by_id_and_unknown_ids_count_nothing(deleted: Any) -> None:
    assert deleted["before"] == [0, 1, 2, 3, 4, 5]
    assert deleted["by id"] == [1, [1, 2, 3, 4, 5]]


def test_traces_of_another_experiment_are_not_deleted(deleted: Any) -> None:
    assert deleted["of another experiment"] == [0, [1, 2, 3, 4, 5]]
    assert deleted["other is left"] == "-1"


def test_traces_are_deleted_up_to_and_with_a_time(deleted: Any) -> None:
    assert deleted["up to a time"] == [2, [3, 4, 5]]


def test_the_oldest_traces_are_deleted_first(deleted: Any) -> None:
    assert deleted["oldest first"] == [1, [4, 5]]


def test_a_deleted_trace_is_gone(deleted: Any) -> None:
    assert deleted["deleted"]["error_code"] in {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}
