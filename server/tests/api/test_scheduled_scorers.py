"""Scorers as clients of the `databricks` URI ask for them."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest

from server.tests.support.client import Client

SCHEDULED = "/api/2.0/managed-evals/scheduled-scorers"
ONE, TWO = json.dumps({"name": "polite", "text": 1}), json.dumps({"name": "polite", "text": 2})


@pytest.fixture
def experiment_id(client: Client) -> str:
    made = client.post("/api/2.0/mlflow/experiments/create", json={"name": f"scheduled {uuid4()}"})
    return made.json()["experiment_id"]


def put(client: Client, experiment_id: str, *scorers: dict[str, Any], method: str = "PATCH") -> list[dict[str, Any]]:
    body = {"scheduled_scorers": {"scorers": list(scorers)}, "update_mask": "scheduled_scorers.scorers"}
    answer = client.request(method, f"{SCHEDULED}/{experiment_id}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["scheduled_scorers"]["scorers"]


def listed(client: Client, experiment_id: str) -> list[dict[str, Any]]:
    return client.get(f"{SCHEDULED}/{experiment_id}").json()["scheduled_scorers"]["scorers"]


def a_scorer(definition: str = ONE, **fields: Any) -> dict[str, Any]:  # Any: JSON
    return {"name": "polite", "serialized_scorer": definition, **fields}


def versions_path(experiment_id: str, name: str = "polite") -> str:
    key = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
    return f"/api/2.0/managed-evals/experiments/{experiment_id}/scorers/{key}/versions"


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_scorers_are_kept_with_their_schedules(client: Client, experiment_id: str, method: str) -> None:
    builtin = {"name": "safe", "serialized_scorer": json.dumps({"builtin_scorer_class": "Safety"})}
    sent = [a_scorer(sample_rate=0.5, filter_string="status = 'OK'"), builtin]

    kept = put(client, experiment_id, *sent, method=method)

    assert kept == listed(client, experiment_id)
    assert kept == [
        {**sent[0], "scorer_version": 1, "custom": {}},
        {**builtin, "scorer_version": 1, "builtin": {"name": "safe"}},
    ]


def test_sending_back_what_was_read_changes_nothing(client: Client, experiment_id: str) -> None:
    kept = put(client, experiment_id, a_scorer(sample_rate=0.5))

    assert put(client, experiment_id, *kept) == kept


def test_a_new_definition_is_a_new_version(client: Client, experiment_id: str) -> None:
    put(client, experiment_id, a_scorer())
    (kept,) = put(client, experiment_id, a_scorer(TWO, scorer_version=1, sample_rate=0.0))

    assert (kept["scorer_version"], kept["serialized_scorer"]) == (2, TWO)


def test_what_another_client_has_done_in_between_stays(client: Client, experiment_id: str) -> None:
    (seen_by_slow,) = put(client, experiment_id, a_scorer())
    put(client, experiment_id, a_scorer(TWO, scorer_version=1), {"name": "other", "serialized_scorer": "{}"})

    kept = put(client, experiment_id, {**seen_by_slow, "sample_rate": 1.0})

    assert [(item["name"], item["scorer_version"]) for item in kept] == [("other", 1), ("polite", 2)]
    assert kept[1]["sample_rate"] == 1.0


def test_versions_are_read_and_deleted_by_number(client: Client, experiment_id: str) -> None:
    for definition in (ONE, TWO):
        put(client, experiment_id, a_scorer(definition))
    path = versions_path(experiment_id)

    found = client.get(path).json()["scorer_versions"]

    assert [(item["scorer_version"], item["serialized_scorer"]) for item in found] == [(1, ONE), (2, TWO)]
    assert client.get(f"{path}/1").json() == found[0]
    assert found[0]["display_name"] == "polite"
    assert found[0]["name"] == path.removeprefix("/api/2.0/managed-evals/") + "/1"
    assert client.delete(f"{path}/2").json() == {}
    assert client.get(f"{path}/2").json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert listed(client, experiment_id)[0]["scorer_version"] == 1


def test_any_name_can_be_asked_for(client: Client, experiment_id: str) -> None:
    name = "is it höflich? / ja"
    put(client, experiment_id, {"name": name, "serialized_scorer": ONE})

    assert client.get(versions_path(experiment_id, name)).json()["scorer_versions"][0]["display_name"] == name


@pytest.mark.parametrize(
    "item",
    [
        {"name": " ", "serialized_scorer": "{}"},
        {"name": "a", "serialized_scorer": "[]"},
        {"name": "a"},
        a_scorer(sample_rate=2.0),
        a_scorer(filter_string="bogus = 1"),
    ],
)
def test_one_that_is_bad_leaves_all_as_they_were(client: Client, experiment_id: str, item: dict[str, Any]) -> None:
    body = {"scheduled_scorers": {"scorers": [{"name": "good", "serialized_scorer": "{}"}, item]}}

    answer = client.patch(f"{SCHEDULED}/{experiment_id}", json=body)

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert listed(client, experiment_id) == []


@pytest.mark.parametrize("key", ["!", "_w", "eA"])
def test_what_is_no_scorer_is_told(client: Client, experiment_id: str, key: str) -> None:
    path = f"/api/2.0/managed-evals/experiments/{experiment_id}/scorers/{key}/versions"

    for answer in (client.get(path), client.get(f"{path}/1"), client.delete(f"{path}/1")):
        assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_a_missing_experiment_is_told(client: Client) -> None:
    assert client.get(f"{SCHEDULED}/987654321").json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    body: dict[str, Any] = {"scheduled_scorers": {"scorers": []}}
    assert client.patch(f"{SCHEDULED}/987654321", json=body).json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
