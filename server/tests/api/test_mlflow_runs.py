"""Runs in MLflow's protocol, where its clients do not lead."""

from itertools import count
from typing import Any

import pytest

from server.tests.support.client import Client

BASE = "/api/2.0/mlflow"
RUNS = f"{BASE}/runs"
AS_DATABRICKS = {"user-agent": "unknown/0.0.0 databricks-sdk-py/0.156.0 python/3.11.7"}
_numbers = count()


def answered(client: Client, path: str, **body: Any) -> Any:
    answer = client.post(f"{RUNS}/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(client: Client, path: str, **body: Any) -> str:
    answer = client.post(f"{RUNS}/{path}", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer.text
    return answer.json()["message"]


def read(client: Client, run_id: str, **how: Any) -> Any:
    answer = client.get(f"{RUNS}/get", params={"run_id": run_id}, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()["run"]


@pytest.fixture
def experiment_id(client: Client) -> str:
    made = client.post(f"{BASE}/experiments/create", json={"name": f"/runs/{next(_numbers)}"})
    return made.json()["experiment_id"]


@pytest.fixture
def run_id(client: Client, experiment_id: str) -> str:
    return answered(client, "create", experiment_id=experiment_id, run_name="r")["run"]["info"]["run_id"]


def test_a_new_run_has_a_name_a_time_and_no_more(client: Client, experiment_id: str):
    run = answered(client, "create", experiment_id=experiment_id)["run"]
    info = run["info"]
    assert info.items() >= {"status": "RUNNING", "lifecycle_stage": "active", "user_id": ""}.items()
    assert info["run_uuid"] == info["run_id"]
    assert info["start_time"] > 1_700_000_000_000
    assert "end_time" not in info
    assert run["data"] == {"tags": [{"key": "mlflow.runName", "value": info["run_name"]}]}
    assert run["inputs"] == {}
    assert read(client, info["run_id"]) == run


@pytest.mark.parametrize("named", ["run_id", "run_uuid"])
def test_a_run_is_named_by_either_word(client: Client, run_id: str, named: str):
    answered(client, "log-metric", key="m", value=1, timestamp=5, **{named: run_id})
    answered(client, "log-parameter", key="p", value="1", **{named: run_id})
    answered(client, "set-tag", key="t", value="1", **{named: run_id})
    answered(client, "update", status="FINISHED", end_time=9, **{named: run_id})
    found = client.get(f"{RUNS}/get", params={named: run_id}).json()["run"]
    history = client.get(f"{BASE}/metrics/get-history", params={named: run_id, "metric_key": "m"}).json()
    answered(client, "delete", **{named: run_id})
    answered(client, "restore", **{named: run_id})

    assert found["info"].items() >= {"status": "FINISHED", "end_time": 9}.items()
    assert found["data"]["metrics"] == history["metrics"] == [{"key": "m", "value": 1.0, "timestamp": 5, "step": 0}]


@pytest.mark.parametrize(
    "path", ["log-metric", "log-batch", "set-tag", "delete-tag", "log-inputs", "outputs", "update"]
)
def test_a_request_names_its_run(client: Client, path: str):
    assert "'run_id'" in refusal(client, path, key="k", value="1", timestamp=1)


def test_the_same_run_has_an_address_for_each_kind_of_client(client: Client, experiment_id: str, run_id: str):
    addresses = [read(client, run_id)["info"], read(client, run_id, headers=AS_DATABRICKS)["info"]]
    assert [each["artifact_uri"] for each in addresses] == [
        f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts",
        f"dbfs:/databricks/mlflow-tracking/{experiment_id}/{run_id}/artifacts",
    ]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_comes_and_goes_as_text(client: Client, run_id: str, value: str):
    answered(client, "log-metric", run_id=run_id, key="m", value=value, timestamp=5)
    answered(client, "log-batch", run_id=run_id, metrics=[{"key": "n", "value": value, "timestamp": 5, "step": 2}])

    assert [each["value"] for each in read(client, run_id)["data"]["metrics"]] == [value, value]
    history = client.get(f"{BASE}/metrics/get-history", params={"run_id": run_id, "metric_key": "m"}).json()
    assert history["metrics"][0]["value"] == value


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"value": "much"}, "value"),
        ({"value": None}, "value"),
        ({"timestamp": 2**63}, "timestamp"),
        ({"step": -(2**63) - 1}, "step"),
        ({"step": "x"}, "step"),
        ({"key": ""}, "the name of a metric must not be empty"),
        ({"key": 5}, "key"),
    ],
)
def test_a_point_that_cannot_be_is_refused(client: Client, run_id: str, wrong: dict[str, Any], says: str):
    point: dict[str, Any] = {"key": "m", "value": 1, "timestamp": 5, **wrong}
    assert says in refusal(client, "log-metric", run_id=run_id, **point)
    assert says in refusal(client, "log-batch", run_id=run_id, metrics=[point])


def test_a_batch_is_kept_whole_or_not_at_all(client: Client, run_id: str):
    answered(client, "log-batch", run_id=run_id, params=[{"key": "p", "value": "1"}, {"key": "p", "value": "1"}])
    said = {"metrics": [{"key": "m", "value": 1, "timestamp": 5}], "tags": [{"key": "t", "value": "1"}]}

    refusal(client, "log-batch", run_id=run_id, params=[{"key": "p", "value": "2"}], **said)
    refusal(client, "log-batch", run_id=run_id, params=[{"key": "q", "value": "1"}, {"key": "q"}], **said)

    assert read(client, run_id)["data"] == {
        "params": [{"key": "p", "value": "1"}],
        "tags": [{"key": "mlflow.runName", "value": "r"}],
    }


def test_a_status_that_is_none_is_refused(client: Client, run_id: str):
    assert "status" in refusal(client, "update", run_id=run_id, status="DONE")


def test_a_renamed_run_has_the_name_in_its_tag(client: Client, run_id: str):
    info = answered(client, "update", run_id=run_id, run_name="new")["run_info"]
    run = read(client, run_id)
    assert info == run["info"]
    assert (info["run_name"], run["data"]["tags"]) == ("new", [{"key": "mlflow.runName", "value": "new"}])


def test_models_are_inputs_and_outputs(client: Client, run_id: str):
    answered(client, "log-inputs", run_id=run_id, models=[{"model_id": "m-1"}])
    answered(client, "outputs", run_id=run_id, models=[{"model_id": "m-2", "step": 3}])

    run = read(client, run_id)

    assert run["inputs"] == {"model_inputs": [{"model_id": "m-1"}]}
    assert run["outputs"] == {"model_outputs": [{"model_id": "m-2", "step": 3}]}


def test_models_are_logged_as_older_clients_do(client: Client, run_id: str):
    told = '{{"artifact_path":"{}","flavors":{{}},"utc_time_created":"2026","run_id":"x"}}'
    for path in ("a", "b"):
        answered(client, "log-model", run_id=run_id, model_json=told.format(path))

    tags = {tag["key"]: tag["value"] for tag in read(client, run_id)["data"]["tags"]}
    assert tags["mlflow.log-model.history"] == f"[{told.format('a')},{told.format('b')}]"


@pytest.mark.parametrize(
    ("model_json", "says"), [("[", "not a JSON object"), ("{}", "must have artifact_path, flavors")]
)
def test_a_model_that_is_none_is_refused(client: Client, run_id: str, model_json: str, says: str):
    assert says in refusal(client, "log-model", run_id=run_id, model_json=model_json)


def test_pages_of_a_history_follow_each_other(client: Client, run_id: str):
    points = [{"key": "m", "value": number, "timestamp": number, "step": 0} for number in range(5)]
    answered(client, "log-batch", run_id=run_id, metrics=points)
    asked: dict[str, Any] = {"run_id": run_id, "metric_key": "m", "max_results": 2}
    values: list[list[float]] = []
    while True:
        page = client.get(f"{BASE}/metrics/get-history", params=asked).json()
        values.append([point["value"] for point in page["metrics"]])
        if "next_page_token" not in page:
            break
        asked["page_token"] = page["next_page_token"]

    assert values == [[0, 1], [2, 3], [4]]
    for wrong in ({"metric_key": ""}, {"max_results": 0}, {"max_results": 25_001}, {"page_token": "x"}):
        assert client.get(f"{BASE}/metrics/get-history", params={**asked, **wrong}).status_code == 400


def test_searches_that_cannot_be_are_refused(client: Client, experiment_id: str):
    for wrong in ({"max_results": 0}, {"run_view_type": "SOME"}, {"filter": "x"}, {"experiment_ids": ["x"]}):
        refusal(client, "search", **{"experiment_ids": [experiment_id], **wrong})
    assert answered(client, "search") == {"runs": []}
