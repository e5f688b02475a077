"""Versions as MLflow's protocol has them."""

from typing import Any
from uuid import uuid4

import pytest

from server.tests.support.client import Client

BASE = "/api/2.0/mlflow/logged-models"
DATABRICKS = {"user-agent": "unknown/0.0.0 databricks-sdk-py/0.156.0 python/3.11.7 os/linux auth/pat"}


@pytest.fixture
def experiment_id(client: Client) -> str:
    made = client.post("/api/2.0/mlflow/experiments/create", json={"name": f"versions {uuid4()}"})
    return made.json()["experiment_id"]


def created(client: Client, experiment_id: str, **fields: Any) -> dict[str, Any]:  # Any: JSON
    answer = client.post(BASE, json={"experiment_id": experiment_id, "name": "agent", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()["model"]


def found(client: Client, experiment_id: str, **fields: Any) -> dict[str, Any]:  # Any: JSON
    answer = client.post(f"{BASE}/search", json={"experiment_ids": [experiment_id], **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: Client, method: str, path: str, body: dict[str, Any]) -> tuple[int, str, str]:  # Any: JSON
    answer = client.request(method, path, json=body)
    return (answer.status_code, answer.json()["error_code"], answer.json()["message"])


def test_a_version_is_made_pending_and_reads_back_as_it_was_answered(client: Client, experiment_id: str) -> None:
    made = created(
        client,
        experiment_id,
        name="customer-support-v1.0.1",
        model_type="agent",
        source_run_id="r1",
        tags=[{"key": "mlflow.model.isExternal", "value": "true"}],
        params=[{"key": "temp", "value": "0.5"}, {"key": "empty"}],
    )
    info = made["info"]

    assert info["model_id"].startswith("m-")
    assert len(info["model_id"]) == 34
    assert (info["experiment_id"], info["name"]) == (experiment_id, "customer-support-v1.0.1")
    assert (info["status"], info["model_type"], info["source_run_id"]) == ("LOGGED_MODEL_PENDING", "agent", "r1")
    assert info["creation_timestamp_ms"] == info["last_updated_timestamp_ms"] > 1_700_000_000_000
    assert info["tags"] == [{"key": "mlflow.model.isExternal", "value": "true"}]
    assert made["data"]["params"] == [{"key": "empty", "value": ""}, {"key": "temp", "value": "0.5"}]
    assert client.get(f"{BASE}/{info['model_id']}").json() == {"model": made}


def test_where_its_artifacts_are_depends_on_who_asks(client: Client, experiment_id: str) -> None:
    model_id = created(client, experiment_id)["info"]["model_id"]

    def uri(**how: Any) -> str:  # Any: what httpx takes
        return client.get(f"{BASE}/{model_id}", **how).json()["model"]["info"]["artifact_uri"]

    assert uri() == f"mlflow-artifacts:/{experiment_id}/models/{model_id}/artifacts"
    assert uri(headers=DATABRICKS) == (
        f"dbfs:/databricks/mlflow-tracking/{experiment_id}/logged_models/{model_id}/artifacts"
    )
    assert [item["info"]["artifact_uri"] for item in found(client, experiment_id)["models"]] == [uri()]


def test_a_version_without_a_name_gets_one(client: Client, experiment_id: str) -> None:
    answer = client.post(BASE, json={"experiment_id": experiment_id})

    info = answer.json()["model"]["info"]
    assert info["name"] == f"version-{info['model_id'][2:10]}"


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a:b", "50%", "it's", 'say "hi"', "a\nb", "n" * 501])
def test_a_name_that_would_break_addresses_or_filters_is_refused(client: Client, experiment_id: str, name: str) -> None:
    status, code, message = refused(client, "POST", BASE, {"experiment_id": experiment_id, "name": name})

    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "name" in message


@pytest.mark.parametrize("name", ["agent-v1.0.1", "a.b.c", "é " * 250, "git-98207f02"])
def test_dots_spaces_and_letters_of_every_kind_may_stand_in_names(
    client: Client, experiment_id: str, name: str
) -> None:
    assert created(client, experiment_id, name=name)["info"]["name"] == name
    assert len(found(client, experiment_id, filter=f"name='{name}'")["models"]) == 1


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("LOGGED_MODEL_READY", "LOGGED_MODEL_READY"),
        ("LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_UPLOAD_FAILED"),
        ("LOGGED_MODEL_FAILED", "LOGGED_MODEL_UPLOAD_FAILED"),
        ("READY", "LOGGED_MODEL_READY"),
    ],
)
def test_a_status_is_set_whichever_way_it_is_written(
    client: Client, experiment_id: str, sent: str, answered: str
) -> None:
    info = created(client, experiment_id)["info"]

    answer = client.patch(f"{BASE}/{info['model_id']}", json={"model_id": info["model_id"], "status": sent})

    assert answer.json()["model"]["info"]["status"] == answered
    assert [item["info"]["status"] for item in found(client, experiment_id)["models"]] == [answered]


def test_a_failed_version_can_become_ready(client: Client, experiment_id: str) -> None:
    path = f"{BASE}/{created(client, experiment_id)['info']['model_id']}"
    client.patch(path, json={"status": "LOGGED_MODEL_UPLOAD_FAILED"})

    assert client.patch(path, json={"status": "LOGGED_MODEL_READY"}).json()["model"]["info"]["status"] == (
        "LOGGED_MODEL_READY"
    )


def test_tags_are_set_and_deleted_one_by_one(client: Client, experiment_id: str) -> None:
    path = f"{BASE}/{created(client, experiment_id, tags=[{'key': 'a', 'value': '1'}])['info']['model_id']}"
    tags = [{"key": "a", "value": "2"}, {"key": "team/core.x", "value": "ä"}]

    assert client.patch(f"{path}/tags", json={"tags": tags}).json() == {}
    assert client.get(path).json()["model"]["info"]["tags"] == tags
    assert client.delete(f"{path}/tags/team/core.x").json() == {}
    assert client.get(path).json()["model"]["info"]["tags"] == tags[:1]
    assert client.delete(f"{path}/tags/team/core.x").json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_parameters_are_added_and_keep_their_first_value(client: Client, experiment_id: str) -> None:
    path = f"{BASE}/{created(client, experiment_id)['info']['model_id']}"
    params = [{"key": "a", "value": "1"}, {"key": "b", "value": "x" * 10_000}]

    assert client.post(f"{path}/params", json={"params": params}).json() == {}
    assert client.post(f"{path}/params", json={"params": params}).json() == {}
    assert client.get(path).json()["model"]["data"]["params"] == params
    status, code, _ = refused(client, "POST", f"{path}/params", {"params": [{"key": "a", "value": "2"}]})
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")


def test_a_deleted_version_is_gone_but_for_those_who_ask_for_deleted_ones(client: Client, experiment_id: str) -> None:
    path = f"{BASE}/{created(client, experiment_id)['info']['model_id']}"

    assert client.delete(path, json={"model_id": path[len(BASE) + 1 :]}).json() == {}
    assert client.get(path).json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert client.get(path, params={"allow_deleted": "true"}).json()["model"]["info"]["name"] == "agent"
    assert found(client, experiment_id) == {"models": []}
    assert client.delete(path).json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_versions_come_in_pages_in_the_order_asked_for(client: Client, experiment_id: str) -> None:
    for name in "bca":
        created(client, experiment_id, name=name)
    seen: list[str] = []
    page: dict[str, Any] = {"next_page_token": None}
    while "next_page_token" in page:
        order = [{"field_name": "name", "ascending": False}]
        page = found(client, experiment_id, order_by=order, max_results=2, page_token=page["next_page_token"])
        seen += [item["info"]["name"] for item in page["models"]]

    assert seen == ["c", "b", "a"]


def test_metrics_of_runs_are_read_and_searched_with_the_version(client: Client, experiment_id: str) -> None:
    model_id = created(client, experiment_id)["info"]["model_id"]
    made = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": experiment_id, "start_time": 1})
    run_id = made.json()["run"]["info"]["run_id"]
    metric = {"timestamp": 5, "step": 0, "model_id": model_id, "dataset_name": "eval", "dataset_digest": "d"}
    for key, value in (("accuracy", 0.75), ("loss", "NaN")):
        logged = client.post(
            "/api/2.0/mlflow/runs/log-metric", json={"run_id": run_id, "key": key, "value": value, **metric}
        )
        assert logged.status_code == 200, logged.text

    (model,) = found(client, experiment_id, filter="metrics.accuracy > 0.5", datasets=[{"dataset_name": "eval"}])[
        "models"
    ]

    assert model["data"]["metrics"] == [
        {"key": "accuracy", "value": 0.75, "run_id": run_id, **metric},
        {"key": "loss", "value": "NaN", "run_id": run_id, **metric},
    ]
    assert found(client, experiment_id, datasets=[{"dataset_name": "other"}]) == {"models": []}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"filter": "name = 'a' AND bogus = 'x'"}, "position=15"),
        ({"filter": "status ="}, "position"),
        ({"filter": "metrics.accuracy = 'high'"}, "position"),
        ({"order_by": [{"field_name": "bogus"}]}, "bogus"),
        ({"order_by": [{"field_name": "name", "dataset_name": "d"}]}, "name"),
        ({"order_by": [{"field_name": "metrics.a", "dataset_digest": "d"}]}, "dataset_name"),
        ({"datasets": [{"dataset_digest": "d"}]}, "dataset_name"),
        ({"max_results": 0}, "max_results"),
        ({"max_results": 50_001}, "max_results"),
        ({"page_token": "nonsense"}, "page token"),
        ({"experiment_ids": ["x"]}, "experiment id"),
    ],
)
def test_a_malformed_search_is_refused(client: Client, experiment_id: str, fields: dict[str, Any], told: str) -> None:
    body = {"experiment_ids": [experiment_id], **fields}
    status, code, message = refused(client, "POST", f"{BASE}/search", body)

    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert told in message


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "", {"experiment_id": "987654321", "name": "a"}, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "", {"name": "a"}, "INVALID_PARAMETER_VALUE"),
        ("POST", "", {"experiment_id": "0", "tags": [{"key": ""}]}, "INVALID_PARAMETER_VALUE"),
        ("POST", "", {"experiment_id": "0", "params": [{"key": "k" * 501}]}, "INVALID_PARAMETER_VALUE"),
        ("GET", "/m-nobody", {}, "RESOURCE_DOES_NOT_EXIST"),
        ("PATCH", "/m-nobody", {"status": "LOGGED_MODEL_READY"}, "RESOURCE_DOES_NOT_EXIST"),
        ("PATCH", "/m-nobody", {"status": "DONE"}, "INVALID_PARAMETER_VALUE"),
        ("PATCH", "/m-nobody/tags", {"tags": []}, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "/m-nobody/params", {"params": []}, "RESOURCE_DOES_NOT_EXIST"),
        ("DELETE", "/m-nobody/tags/a", {}, "RESOURCE_DOES_NOT_EXIST"),
        ("DELETE", "/m-nobody", {}, "RESOURCE_DOES_NOT_EXIST"),
    ],
)
def test_what_cannot_be_done_is_refused(
    client: Client, method: str, path: str, body: dict[str, Any], code: str
) -> None:
    assert refused(client, method, f"{BASE}{path}", body)[1] == code


def test_a_deleted_experiment_takes_no_versions(client: Client, experiment_id: str) -> None:
    client.post("/api/2.0/mlflow/experiments/delete", json={"experiment_id": experiment_id})

    _, code, message = refused(client, "POST", BASE, {"experiment_id": experiment_id, "name": "a"})

    assert (code, "deleted" in message) == ("INVALID_PARAMETER_VALUE", True)
