"""Scorers as MLflow's protocol has them."""

import json
from typing import Any
from uuid import uuid4

import pytest

from server.tests.support.client import Client

BASE = "/api/3.0/mlflow/scorers"
DEFINITION = json.dumps({"name": "polite", "instructions_judge_pydantic_data": {"instructions": "is it ä?"}})


@pytest.fixture
def experiment_id(client: Client) -> str:
    made = client.post("/api/2.0/mlflow/experiments/create", json={"name": f"scorers {uuid4()}"})
    return made.json()["experiment_id"]


def registered(client: Client, experiment_id: str, name: str = "polite", text: str = DEFINITION) -> dict[str, Any]:
    body = {"experiment_id": experiment_id, "name": name, "serialized_scorer": text}
    answer = client.post(f"{BASE}/register", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def scheduled(client: Client, experiment_id: str, **fields: Any) -> dict[str, Any]:  # Any: JSON
    body = {"experiment_id": experiment_id, "name": "polite", **fields}
    answer = client.request("PUT", f"{BASE}/online-config", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["config"]


def asked(client: Client, call: str, **query: Any) -> dict[str, Any]:  # Any: what stands in a query, JSON
    return client.get(f"{BASE}/{call}", params=query).json()


def test_registering_counts_up_and_every_version_is_kept(client: Client, experiment_id: str) -> None:
    first = registered(client, experiment_id)
    second = registered(client, experiment_id, text="{}")

    assert (first["version"], second["version"]) == (1, 2)
    assert (first["experiment_id"], first["name"]) == (experiment_id, "polite")
    assert first["serialized_scorer"] == DEFINITION
    assert first["creation_time"] > 1_700_000_000_000
    assert first["scorer_id"] == second["scorer_id"]
    newest = {
        "experiment_id": int(experiment_id),
        "scorer_name": "polite",
        "scorer_version": 2,
        "serialized_scorer": "{}",
        "creation_time": second["creation_time"],
        "scorer_id": first["scorer_id"],
    }
    assert asked(client, "list", experiment_id=experiment_id) == {"scorers": [newest]}
    assert asked(client, "get", experiment_id=experiment_id, name="polite") == {"scorer": newest}
    versions = asked(client, "versions", experiment_id=experiment_id, name="polite")["scorers"]
    assert [item["scorer_version"] for item in versions] == [1, 2]
    of_one = asked(client, "get", experiment_id=experiment_id, name="polite", version=1)["scorer"]
    assert of_one == versions[0]


def test_scorers_of_several_experiments_are_listed_at_once(client: Client, experiment_id: str) -> None:
    registered(client, experiment_id)
    registered(client, "0", name=f"of the default {experiment_id}")

    listed = asked(client, "list", experiment_ids=[experiment_id, "0"])["scorers"]

    assert {item["experiment_id"] for item in listed} == {0, int(experiment_id)}


def test_a_function_is_kept_as_text(client: Client, experiment_id: str) -> None:
    text = json.dumps({"name": "f", "call_source": "raise SystemExit", "call_signature": "(outputs)"})

    assert registered(client, experiment_id, "f", text)["serialized_scorer"] == text


def test_one_version_or_all_are_deleted(client: Client, experiment_id: str) -> None:
    for _ in range(3):
        registered(client, experiment_id)

    def versions() -> list[int]:
        answer = asked(client, "versions", experiment_id=experiment_id, name="polite")
        return [item["scorer_version"] for item in answer.get("scorers", [])]

    body: dict[str, Any] = {"experiment_id": experiment_id, "name": "polite"}
    assert client.delete(f"{BASE}/delete", json={**body, "version": 2}).json() == {}
    assert versions() == [1, 3]
    assert client.delete(f"{BASE}/delete", json=body).json() == {}
    assert versions() == []
    assert client.delete(f"{BASE}/delete", json=body).json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_online_scoring_is_started_changed_and_stopped(client: Client, experiment_id: str) -> None:
    scorer_id = registered(client, experiment_id)["scorer_id"]
    assert asked(client, "online-configs", scorer_ids=[scorer_id]) == {"configs": []}

    started = scheduled(client, experiment_id, sample_rate=0.5, filter_string="status = 'OK' AND user = 'ann'")

    assert (started["scorer_id"], started["experiment_id"], started["sample_rate"]) == (scorer_id, experiment_id, 0.5)
    assert started["filter_string"] == "status = 'OK' AND user = 'ann'"
    assert asked(client, "online-configs", scorer_ids=[scorer_id, "nobody"]) == {"configs": [started]}
    assert scheduled(client, experiment_id, sample_rate=None, filter_string="status = 'OK'") == {
        **started,
        "filter_string": "status = 'OK'",
    }
    stopped = scheduled(client, experiment_id, sample_rate=0)
    assert stopped == {**started, "filter_string": "status = 'OK'", "sample_rate": 0.0}
    assert "filter_string" not in scheduled(client, experiment_id, sample_rate=1, filter_string=" ")


def test_a_bad_filter_is_refused_with_its_position(client: Client, experiment_id: str) -> None:
    scorer_id = registered(client, experiment_id)["scorer_id"]
    body = {"experiment_id": experiment_id, "name": "polite", "sample_rate": 1.0}

    answer = client.request(
        "PUT", f"{BASE}/online-config", json={**body, "filter_string": "status = 'OK' AND bogus = 1"}
    )

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "'bogus'" in answer.json()["message"]
    assert "position=18" in answer.json()["message"]
    assert asked(client, "online-configs", scorer_ids=[scorer_id]) == {"configs": []}


@pytest.mark.parametrize("sample_rate", [-0.1, 1.1, 5, "much"])
def test_a_rate_is_from_0_to_1(client: Client, experiment_id: str, sample_rate: object) -> None:
    registered(client, experiment_id)
    body = {"experiment_id": experiment_id, "name": "polite", "sample_rate": sample_rate}

    answer = client.request("PUT", f"{BASE}/online-config", json=body)

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "sample_rate" in answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "call", "fields", "code"),
    [
        ("POST", "register", {"experiment_id": "987654321"}, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "register", {"name": " "}, "INVALID_PARAMETER_VALUE"),
        ("POST", "register", {"name": "n" * 501}, "INVALID_PARAMETER_VALUE"),
        ("POST", "register", {"serialized_scorer": "not JSON"}, "INVALID_PARAMETER_VALUE"),
        ("POST", "register", {"serialized_scorer": "[]"}, "INVALID_PARAMETER_VALUE"),
        ("POST", "register", {"serialized_scorer": '{"a":' * 5000}, "INVALID_PARAMETER_VALUE"),
        ("GET", "get", {}, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "get", {"version": 0}, "INVALID_PARAMETER_VALUE"),
        ("GET", "get", {"version": 10**30}, "INVALID_PARAMETER_VALUE"),
        ("DELETE", "delete", {"version": 10**30}, "INVALID_PARAMETER_VALUE"),
        ("GET", "versions", {}, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "list", {"experiment_id": "987654321"}, "RESOURCE_DOES_NOT_EXIST"),
        ("DELETE", "delete", {}, "RESOURCE_DOES_NOT_EXIST"),
        ("PUT", "online-config", {"sample_rate": 0.5}, "RESOURCE_DOES_NOT_EXIST"),
    ],
)
def test_what_cannot_be_done_is_refused(
    client: Client, experiment_id: str, method: str, call: str, fields: dict[str, Any], code: str
) -> None:
    sent = {"experiment_id": experiment_id, "name": "nobody", "serialized_scorer": "{}", **fields}

    answer = client.request(method, f"{BASE}/{call}", **({"params": sent} if method == "GET" else {"json": sent}))

    assert answer.json()["error_code"] == code


def test_a_list_needs_an_experiment(client: Client) -> None:
    assert asked(client, "list")["error_code"] == "INVALID_PARAMETER_VALUE"


def test_what_was_never_started_cannot_be_given_a_filter_alone(client: Client, experiment_id: str) -> None:
    registered(client, experiment_id)
    body = {"experiment_id": experiment_id, "name": "polite", "filter_string": "status = 'OK'"}

    answer = client.request("PUT", f"{BASE}/online-config", json=body)

    assert (answer.status_code, "sample_rate" in answer.json()["message"]) == (400, True)
