"""The model registry as MLflow's protocol has it: where sources lead, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from server.tests.support.client import Client
from server.tests.support.databricks import DATABRICKS

BASE = "/api/2.0/mlflow"
MISSING = "RESOURCE_DOES_NOT_EXIST"
INVALID = "INVALID_PARAMETER_VALUE"


def asked(client: Client, method: str, path: str, **fields: Any) -> Any:  # Any: JSON
    """Asks what must succeed."""
    how = {"params": fields} if method == "GET" else {"json": fields}
    answer = client.request(method, f"{BASE}/{path}", **how)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client: Client, method: str, path: str, **fields: Any) -> tuple[int, str]:  # Any: JSON
    how = {"params": fields} if method == "GET" else {"json": fields}
    answer = client.request(method, f"{BASE}/{path}", **how)
    return (answer.status_code, answer.json()["error_code"])


@pytest.fixture
def name(client: Client) -> str:
    """A registered model of this test's own."""
    made = f"model-{uuid4().hex}"
    asked(client, "POST", "registered-models/create", name=made)
    return made


@pytest.fixture
def experiment_id(client: Client) -> str:
    return asked(client, "POST", "experiments/create", name=f"registry {uuid4()}")["experiment_id"]


def a_version(client: Client, experiment_id: str, **fields: Any) -> str:  # Any: JSON
    made = asked(client, "POST", "logged-models", experiment_id=experiment_id, name="agent", **fields)
    return made["model"]["info"]["model_id"]


def a_run(client: Client, experiment_id: str) -> str:
    return asked(client, "POST", "runs/create", experiment_id=experiment_id, start_time=1)["run"]["info"]["run_id"]


def registered(client: Client, name: str, source: str, **fields: Any) -> dict[str, Any]:  # Any: JSON
    return asked(client, "POST", "model-versions/create", name=name, source=source, **fields)["model_version"]


def uri(client: Client, name: str, version: str = "1", headers: dict[str, str] | None = None) -> str:
    answer = client.get(
        f"{BASE}/model-versions/get-download-uri", params={"name": name, "version": version}, headers=headers or {}
    )
    return answer.json()["artifact_uri"]


def test_answers_have_the_fields_that_clients_read(client: Client, name: str) -> None:
    version = registered(client, name, "s3://bucket/model", tags=[{"key": "k", "value": "v"}])
    asked(client, "POST", "registered-models/alias", name=name, alias="best", version="1")
    model = asked(client, "GET", "registered-models/get", name=name)["registered_model"]

    times = {key: version.pop(key) for key in ("creation_timestamp", "last_updated_timestamp")}
    assert all(isinstance(value, int) for value in times.values())
    assert version == {
        "name": name,
        "version": "1",
        "current_stage": "None",
        "description": "",
        "source": "s3://bucket/model",
        "run_id": "",
        "run_link": "",
        "status": "READY",
        "tags": [{"key": "k", "value": "v"}],
    }
    assert model["aliases"] == [{"alias": "best", "version": "1"}]
    assert model["latest_versions"][0]["aliases"] == ["best"]


def test_a_version_leads_to_its_artifacts_as_each_client_can_reach_them(
    client: Client, name: str, experiment_id: str
) -> None:
    run_id = a_run(client, experiment_id)
    model_id = a_version(client, experiment_id, source_run_id=run_id)

    made = registered(client, name, f"models:/{model_id}")

    assert (made["model_id"], made["run_id"], made["source"]) == (model_id, run_id, f"models:/{model_id}")
    assert uri(client, name) == f"mlflow-artifacts:/{experiment_id}/models/{model_id}/artifacts"
    tracked = f"dbfs:/databricks/mlflow-tracking/{experiment_id}/logged_models/{model_id}/artifacts"
    assert uri(client, name, headers=DATABRICKS) == tracked


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("runs:/{run}/model", "{run}/artifacts/model"),
        ("runs:/{run}/a/b/", "{run}/artifacts/a/b"),
        ("runs:/{run}", "{run}/artifacts"),
        ("models:/{model}/sub", "models/{model}/artifacts/sub"),
        ("mlflow-artifacts:/{experiment}/{run}/artifacts/model", "{run}/artifacts/model"),
        ("mlflow-artifacts://127.0.0.1:5000/{experiment}/{run}/artifacts", "{run}/artifacts"),
        ("dbfs:/databricks/mlflow-tracking/{experiment}/{run}/artifacts/model", "{run}/artifacts/model"),
        ("dbfs:/databricks/mlflow-tracking/{experiment}/logged_models/{model}/artifacts", "models/{model}/artifacts"),
    ],
)
def test_every_spelling_of_a_place_leads_there(
    client: Client, name: str, experiment_id: str, source: str, place: str
) -> None:
    spelled = {
        "run": a_run(client, experiment_id),
        "model": a_version(client, experiment_id),
        "experiment": experiment_id,
    }

    registered(client, name, source.format(**spelled))

    assert uri(client, name) == f"mlflow-artifacts:/{experiment_id}/{place.format(**spelled)}"


def test_a_copy_leads_to_the_same_place_whatever_becomes_of_the_first(
    client: Client, name: str, experiment_id: str
) -> None:
    model_id = a_version(client, experiment_id)
    registered(client, name, f"models:/{model_id}")
    asked(client, "POST", "registered-models/alias", name=name, alias="best", version="1")
    asked(client, "POST", "registered-models/create", name=f"{name}-copy")
    registered(client, f"{name}-copy", f"models:/{name}/1")
    registered(client, f"{name}-copy", f"models:/{name}@best")
    asked(client, "POST", "registered-models/rename", name=name, new_name=f"{name}-other")
    asked(client, "DELETE", "registered-models/delete", name=f"{name}-other")

    place = f"mlflow-artifacts:/{experiment_id}/models/{model_id}/artifacts"
    assert uri(client, f"{name}-copy", "1") == uri(client, f"{name}-copy", "2") == place


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        (f"models:/m-{'0' * 32}", (404, MISSING)),
        (f"runs:/{'0' * 32}/model", (404, MISSING)),
        ("models:/nobody/1", (404, MISSING)),
        ("models:/nobody@best", (404, MISSING)),
        ("models:/nobody/x", (400, INVALID)),
        ("mlflow-artifacts:/0/../../etc", (400, INVALID)),
        ("dbfs:/databricks/mlflow-tracking/0/%2e%2e/etc", (400, INVALID)),
        ("", (400, INVALID)),
        ("s3://" + "x" * 2_000, (400, INVALID)),
    ],
)
def test_a_source_that_leads_nowhere_is_refused(
    client: Client, name: str, source: str, answer: tuple[int, str]
) -> None:
    assert refused(client, "POST", "model-versions/create", name=name, source=source) == answer
    assert "latest_versions" not in asked(client, "GET", "registered-models/get", name=name)["registered_model"]


def test_a_source_elsewhere_is_kept_as_it_is(client: Client, name: str) -> None:
    registered(client, name, "gs://bucket/ü/model")

    assert uri(client, name) == "gs://bucket/ü/model"


def test_a_version_may_be_asked_for_by_a_number_too(client: Client, name: str) -> None:
    registered(client, name, "s3://bucket")
    updated = asked(client, "PATCH", "model-versions/update", name=name, version=1, description="x")

    assert updated["model_version"]["description"] == "x"


def test_the_latest_is_the_newest_without_being_set(client: Client, name: str) -> None:
    assert refused(client, "GET", "registered-models/alias", name=name, alias="latest") == (404, MISSING)
    registered(client, name, "s3://1")
    registered(client, name, "s3://2")
    asked(client, "POST", "model-versions/transition-stage", name=name, version="1", stage="Production")

    found = asked(client, "GET", "registered-models/alias", name=name, alias="Latest")

    assert found["model_version"]["version"] == "2"


@pytest.mark.parametrize("limit", [0, -1, 200_001])
def test_a_page_has_a_size(client: Client, limit: int) -> None:
    assert refused(client, "GET", "model-versions/search", max_results=limit) == (400, INVALID)
    assert refused(client, "GET", "registered-models/search", max_results=limit) == (400, INVALID)


def test_a_prompt_has_no_files_and_its_source_is_never_followed(client: Client) -> None:
    name = f"prompt-{uuid4().hex}"
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    asked(client, "POST", "registered-models/create", name=name, tags=tags)

    made = registered(client, name, f"runs:/{'0' * 32}/model", tags=tags)

    assert made["source"] == f"runs:/{'0' * 32}/model"
    assert refused(client, "GET", "model-versions/get-download-uri", name=name, version="1") == (404, MISSING)


def test_models_and_prompts_do_not_mix_under_one_name(client: Client, name: str) -> None:
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    prompt = f"prompt-{uuid4().hex}"
    asked(client, "POST", "registered-models/create", name=prompt, tags=tags)

    as_prompt = refused(client, "POST", "model-versions/create", name=name, source="dummy-source", tags=tags)
    as_model = refused(client, "POST", "model-versions/create", name=prompt, source="s3://bucket")

    assert as_prompt == as_model == (400, INVALID)


class TestPromptLinks:
    """A trace knows which prompts it has used."""

    @pytest.fixture
    def trace_id(self, client: Client, experiment_id: str) -> str:
        trace_id = f"tr-{uuid4().hex}"
        info = {
            "trace_id": trace_id,
            "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}},
            "request_time": "2026-11-21T10:29:43.690Z",
            "state": "OK",
        }
        assert client.post("/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}}).status_code == 200
        return trace_id

    def found(self, client: Client, experiment_id: str, prompt: str) -> list[str]:
        location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}}
        asked = {"locations": [location], "filter": f"prompt = '{prompt}'"}
        answer = client.post("/api/3.0/mlflow/traces/search", json=asked).json()
        return [trace["trace_id"] for trace in answer.get("traces", [])]

    def test_links_add_up(self, client: Client, experiment_id: str, trace_id: str) -> None:
        for version in ("1", "2", "1"):
            refs = [{"name": "main.default.greet", "version": version}]
            asked(client, "POST", "traces/link-prompts", trace_id=trace_id, prompt_versions=refs)
        refs = [{"name": "other", "version": "7"}]
        path = "unity-catalog/prompt-versions/links-to-traces"
        asked(client, "POST", path, trace_ids=[trace_id], prompt_versions=refs)

        for prompt in ("main.default.greet/1", "main.default.greet/2", "other/7"):
            assert self.found(client, experiment_id, prompt) == [trace_id]
        info = client.get(f"/api/3.0/mlflow/traces/{trace_id}").json()["trace"]["trace_info"]
        assert info["tags"]["mlflow.linkedPrompts"].count("greet") == 2

    def test_a_trace_that_is_not_there_is_told(self, client: Client) -> None:
        refs = [{"name": "greet", "version": "1"}]
        answer = refused(client, "POST", "traces/link-prompts", trace_id=f"tr-{uuid4().hex}", prompt_versions=refs)
        assert answer == (404, MISSING)

    def test_too_many_at_once_are_refused(self, client: Client, trace_id: str) -> None:
        refs = [{"name": "greet", "version": str(number)} for number in range(101)]
        answer = refused(client, "POST", "traces/link-prompts", trace_id=trace_id, prompt_versions=refs)
        assert answer == (400, INVALID)
