"""Unity Catalog's registry as its clients ask for it: names of three levels, and files by presigned addresses."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from server.tests.api.conftest import Door
from server.tests.support.client import Client
from server.tests.support.databricks import DATABRICKS

BASE = "/api/2.0/mlflow/unity-catalog"
MISSING = "RESOURCE_DOES_NOT_EXIST"


@pytest.fixture
def name(client: Client) -> str:
    """A registered model of this test's own."""
    made = f"main.default.m{uuid4().hex}"
    asked(client, "POST", f"{BASE}/registered-models/create", name=made)
    return made


def answered(client: Client, method: str, path: str, /, **fields: Any) -> httpx.Response:  # Any: JSON
    how = {"params": fields} if method == "GET" else {"json": fields}
    return client.request(method, path, headers=DATABRICKS, **how)


def asked(client: Client, method: str, path: str, /, **fields: Any) -> Any:  # Any: JSON
    """Asks what must succeed."""
    answer = answered(client, method, path, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def code(answer: httpx.Response) -> tuple[int, str]:
    return (answer.status_code, answer.json()["error_code"])


def begun(client: Client, name: str, source: str = "/somewhere/local", **fields: Any) -> dict[str, Any]:  # Any: JSON
    return asked(client, "POST", f"{BASE}/model-versions/create", name=name, source=source, **fields)["model_version"]


def place_of(name: str, path: str = "", version: str = "1") -> str:
    return "/".join(("/Models", *name.split("."), version, path)).rstrip("/")


def upload(client: Client, place: str, content: bytes) -> httpx.Response:
    url: str = asked(client, "POST", "/api/2.0/fs/create-upload-url", path=place)["url"]
    split = urlsplit(url)
    return client.request("PUT", f"{split.path}?{split.query}", content=content)


def download(client: Client, place: str) -> httpx.Response:
    url: str = asked(client, "POST", "/api/2.0/fs/create-download-url", path=place)["url"]
    split = urlsplit(url)
    return client.get(f"{split.path}?{split.query}")


def finished(client: Client, name: str, content: bytes = b"artifact_path: x") -> None:
    begun(client, name)
    assert upload(client, place_of(name, "MLmodel"), content).status_code == 200
    asked(client, "POST", f"{BASE}/model-versions/finalize", name=name, version="1")


def test_a_version_is_pending_until_its_files_are_there(client: Client, name: str) -> None:
    made = begun(client, name, description="text", tags=[{"key": "k", "value": "v"}], feature_deps="")
    assert (made["status"], made["version"]) == ("PENDING_REGISTRATION", "1")
    assert made["tags"] == [{"key": "k", "value": "v"}]
    early = answered(client, "POST", f"{BASE}/model-versions/finalize", name=name, version="1")

    upload(client, place_of(name, "MLmodel"), b"a")
    upload(client, place_of(name, "code/agent.py"), b"b")
    done = asked(client, "POST", f"{BASE}/model-versions/finalize", name=name, version="1")

    assert code(early) == (400, "INVALID_PARAMETER_VALUE")
    assert done["model_version"]["status"] == "READY"
    assert asked(client, "POST", f"{BASE}/model-versions/finalize", name=name, version="1") == done


def test_answers_name_the_workspace_to_those_who_look_for_it(client: Client, name: str) -> None:
    path = f"{BASE}/registered-models/get"
    assert client.get(path, params={"name": name}, headers=DATABRICKS).headers["x-databricks-org-id"] == "0"
    assert "x-databricks-org-id" not in client.get(path, params={"name": name}).headers


def test_the_client_is_sent_to_presigned_addresses(client: Client, name: str) -> None:
    begun(client, name)
    probe = f"{BASE}/registered-models:is-databricks-sdk-models-artifact-repository-enabled"

    assert asked(client, "GET", probe) == {"is_databricks_sdk_models_artifact_repository_enabled": False}
    credentials = asked(
        client,
        "POST",
        f"{BASE}/model-versions/generate-temporary-credentials",
        name=name,
        version="1",
        operation="MODEL_VERSION_OPERATION_READ_WRITE",
    )["credentials"]
    assert credentials.pop("expiration_time") > 1_700_000_000_000
    assert credentials == {"storage_mode": "DEFAULT_STORAGE"}


def test_files_come_back_as_they_were_sent(client: Client, name: str) -> None:
    content = bytes(range(256)) * 1000
    begun(client, name)
    upload(client, place_of(name, "a/b ü.bin"), content)
    upload(client, place_of(name, "MLmodel"), b"x")

    assert download(client, place_of(name, "a/b ü.bin")).content == content
    by_sdk = client.post("/api/2.0/fs/create-download-url", params={"path": place_of(name, "MLmodel")})
    assert by_sdk.status_code == 200
    listed = asked(client, "GET", f"/api/2.0/fs/directories{place_of(name)}/")["contents"]
    assert listed == [
        {"path": place_of(name, "MLmodel"), "name": "MLmodel", "is_directory": False, "file_size": 1},
        {"path": place_of(name, "a"), "name": "a", "is_directory": True},
    ]


def test_a_file_is_no_folder_and_the_client_reads_that_by_its_code(client: Client, name: str) -> None:
    finished(client, name)

    for path in ("MLmodel", "nothing"):
        answer = client.get(f"/api/2.0/fs/directories{place_of(name, path)}")
        assert code(answer) == (404, "NOT_FOUND")


def test_the_sdk_may_send_and_fetch_files_by_itself(client: Client, name: str) -> None:
    begun(client, name)
    path = f"/api/2.0/fs/files{place_of(name, 'MLmodel')}"

    assert client.request("PUT", path, params={"overwrite": "true"}, content=b"x").status_code == 204
    assert client.get(path).content == b"x"


def test_files_of_a_registered_version_stay_as_they_are(client: Client, name: str) -> None:
    finished(client, name)

    asked_again = answered(client, "POST", "/api/2.0/fs/create-upload-url", path=place_of(name, "MLmodel"))
    sent = client.request("PUT", f"/api/2.0/fs/files{place_of(name, 'MLmodel')}", content=b"other")

    assert code(asked_again) == code(sent) == (400, "RESOURCE_ALREADY_EXISTS")
    assert download(client, place_of(name, "MLmodel")).content == b"artifact_path: x"


@pytest.mark.parametrize(
    "path", ["/Models", "/Models/main", "/Models/main/default/nobody/1/MLmodel", "/Models/a/b/c/x/MLmodel", "/Other/x"]
)
def test_what_is_no_file_of_a_version_is_told(client: Client, path: str) -> None:
    assert code(answered(client, "POST", "/api/2.0/fs/create-upload-url", path=path)) == (404, MISSING)
    assert code(answered(client, "POST", "/api/2.0/fs/create-download-url", path=path)) == (404, MISSING)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "%2e%2e/x", "a//b"])
def test_no_path_leads_out_of_a_version(client: Client, name: str, path: str) -> None:
    begun(client, name)
    answer = answered(client, "POST", "/api/2.0/fs/create-upload-url", path=f"{place_of(name)}/{path}")

    assert code(answer) == (400, "INVALID_PARAMETER_VALUE")


def test_files_go_with_their_version_unless_a_copy_needs_them(client: Client, name: str) -> None:
    finished(client, name)
    asked(client, "POST", "/api/2.0/mlflow/registered-models/create", name=f"{name}_copy")
    copy = {"name": f"{name}_copy", "source": f"models:/{name}/1"}
    asked(client, "POST", "/api/2.0/mlflow/model-versions/create", **copy)
    asked(client, "DELETE", f"{BASE}/model-versions/delete", name=name, version="1")
    still = download(client, place_of(f"{name}_copy", "MLmodel"))
    uri = asked(client, "GET", "/api/2.0/mlflow/model-versions/get-download-uri", name=f"{name}_copy", version="1")
    asked(client, "DELETE", f"{BASE}/registered-models/delete", name=f"{name}_copy")

    folder = uri["artifact_uri"].removeprefix("dbfs:/databricks/mlflow-tracking/")
    assert still.content == b"artifact_path: x"
    assert client.get(f"/api/2.0/mlflow-artifacts/artifacts/{folder}/MLmodel").status_code == 404


def test_a_version_of_unity_catalog_is_read_over_http(client: Client, name: str) -> None:
    finished(client, name)

    read = client.get("/api/2.0/mlflow/model-versions/get-download-uri", params={"name": name, "version": "1"})
    uri = read.json()["artifact_uri"]

    assert uri.startswith("mlflow-artifacts:/0/registered_models/")
    proxied = f"/api/2.0/mlflow-artifacts/artifacts/{uri.removeprefix('mlflow-artifacts:/')}/MLmodel"
    assert client.get(proxied).content == b"artifact_path: x"
    assert client.request("PUT", proxied, content=b"other").status_code == 400
    assert client.delete(proxied).status_code == 400
    assert client.get(proxied).content == b"artifact_path: x"


def test_a_version_registered_over_http_is_read_by_its_levels(client: Client) -> None:
    experiment = client.post("/api/2.0/mlflow/experiments/create", json={"name": f"uc {uuid4()}"}).json()
    made = client.post("/api/2.0/mlflow/logged-models", json={**experiment, "name": "agent"}).json()
    model_id = made["model"]["info"]["model_id"]
    proxy = "/api/2.0/mlflow-artifacts/artifacts"
    client.request("PUT", f"{proxy}/{experiment['experiment_id']}/models/{model_id}/artifacts/MLmodel", content=b"y")
    plain, levels = f"plain{uuid4().hex}", f"a.b.c{uuid4().hex}"
    for name in (plain, levels):
        client.post("/api/2.0/mlflow/registered-models/create", json={"name": name})
        body = {"name": name, "source": f"models:/{model_id}"}
        assert client.post("/api/2.0/mlflow/model-versions/create", json=body).status_code == 200

    assert download(client, place_of(levels, "MLmodel")).content == b"y"
    assert download(client, place_of(plain, "MLmodel")).content == b"y"
    assert code(answered(client, "POST", "/api/2.0/fs/create-upload-url", path=place_of(levels, "x")))[0] == 400


def test_files_are_kept_by_the_experiment_that_they_come_from(client: Client, name: str) -> None:
    experiment = client.post("/api/2.0/mlflow/experiments/create", json={"name": f"uc {uuid4()}"}).json()
    run = client.post("/api/2.0/mlflow/runs/create", json={**experiment, "start_time": 1}).json()["run"]["info"]
    for source, run_id in ((f"models:/m-{'0' * 32}", run["run_id"]), (f"runs:/{run['run_id']}/model", "")):
        begun(client, name, source, run_id=run_id)

    for version in ("1", "2"):
        uri = client.get("/api/2.0/mlflow/model-versions/get-download-uri", params={"name": name, "version": version})
        assert uri.json()["artifact_uri"].startswith(f"mlflow-artifacts:/{experiment['experiment_id']}/")


def test_only_names_of_three_levels_are_made_and_listed(a_server: Door) -> None:
    client = a_server()
    for name in ("plain", "main.default.agent", "two.levels"):
        client.post("/api/2.0/mlflow/registered-models/create", json={"name": name})

    refused = answered(client, "POST", f"{BASE}/registered-models/create", name="agent")
    renamed = answered(client, "PATCH", f"{BASE}/registered-models/update", name="main.default.agent", new_name="agent")

    assert code(refused) == code(renamed) == (400, "INVALID_PARAMETER_VALUE")
    assert "specify all three levels" in refused.json()["message"]
    listed = asked(client, "GET", f"{BASE}/registered-models/search")
    assert [model["name"] for model in listed["registered_models"]] == ["main.default.agent"]


def test_an_alias_is_written_with_its_version(client: Client, name: str) -> None:
    begun(client, name)
    asked(client, "POST", f"{BASE}/registered-models/alias", name=name, alias="best", version="1")

    version = asked(client, "GET", f"{BASE}/registered-models/alias", name=name, alias="best")["model_version"]

    assert version["aliases"] == [{"alias": "best", "version": "1"}]


class TestPrompts:
    """Prompts are registered models under another address."""

    @pytest.fixture
    def prompt(self, client: Client) -> str:
        made = f"main.p{uuid4().hex[:8]}.greet"
        tags = [{"key": "team", "value": "x"}]
        asked(client, "POST", f"{BASE}/prompts", name=made, prompt={"description": "d", "tags": tags})
        return made

    def test_a_prompt_is_read_as_it_was_made(self, client: Client, prompt: str) -> None:
        read = asked(client, "GET", f"{BASE}/prompts/{prompt}")

        assert read["creation_timestamp"].endswith("Z")
        assert (read["name"], read["description"]) == (prompt, "d")
        assert read["tags"] == [{"key": "team", "value": "x"}]

    def test_a_prompt_that_is_there_is_told_by_the_code_that_lets_clients_go_on(
        self, client: Client, prompt: str
    ) -> None:
        assert code(answered(client, "POST", f"{BASE}/prompts", name=prompt)) == (400, "ALREADY_EXISTS")

    @pytest.mark.parametrize("template", ['"Hi {{name}}"', '[{"role":"user","content":"{{q}}"}]', '""', '"\\"x\\""'])
    def test_a_template_comes_back_as_it_was_written(self, client: Client, prompt: str, template: str) -> None:
        body = {"template": template, "description": "c", "tags": [{"key": "a", "value": "b"}]}
        made = asked(client, "POST", f"{BASE}/prompts/{prompt}/versions", prompt_version=body)

        assert (made["version"], made["template"], made["description"]) == ("1", template, "c")
        assert {"key": "a", "value": "b"} in made["tags"]
        assert asked(client, "GET", f"{BASE}/prompts/{prompt}/versions/1") == made

    @pytest.mark.parametrize("template", ["", "Hi", "{}", "1"])
    def test_what_is_no_template_is_refused(self, client: Client, prompt: str, template: str) -> None:
        answer = answered(client, "POST", f"{BASE}/prompts/{prompt}/versions", prompt_version={"template": template})
        assert code(answer) == (400, "INVALID_PARAMETER_VALUE")

    def test_versions_are_listed_described_and_deleted(self, client: Client, prompt: str) -> None:
        for text in ('"1"', '"2"', '"3"'):
            asked(client, "POST", f"{BASE}/prompts/{prompt}/versions", prompt_version={"template": text})
        asked(client, "PATCH", f"{BASE}/prompts/{prompt}/versions/2", prompt_version={"description": "two"})
        asked(client, "DELETE", f"{BASE}/prompts/{prompt}/versions/1")

        page = asked(client, "POST", f"{BASE}/prompts/{prompt}/versions/search", max_results=1)
        rest = asked(client, "POST", f"{BASE}/prompts/{prompt}/versions/search", page_token=page["next_page_token"])

        found = [*page["prompt_versions"], *rest["prompt_versions"]]
        assert [(each["version"], each["template"], each["description"]) for each in found] == [
            ("3", '"3"', ""),
            ("2", '"2"', "two"),
        ]

    def test_tags_may_have_any_key(self, client: Client, prompt: str) -> None:
        asked(client, "POST", f"{BASE}/prompts/{prompt}/versions", prompt_version={"template": '"x"'})
        for base in (f"{BASE}/prompts/{prompt}", f"{BASE}/prompts/{prompt}/versions/1"):
            asked(client, "POST", f"{base}/tags", key="a/b c", value="x")
            assert {"key": "a/b c", "value": "x"} in asked(client, "GET", base)["tags"]
            asked(client, "DELETE", f"{base}/tags/a/b c")
            assert {"key": "a/b c", "value": "x"} not in asked(client, "GET", base)["tags"]

    def test_prompts_are_found_by_schema(self, client: Client, prompt: str) -> None:
        _, schema, _ = prompt.split(".")
        asked(client, "POST", f"{BASE}/prompts", name=f"main.{schema}.other")
        asked(client, "POST", f"{BASE}/prompts", name=f"main.{schema}x.greet")
        asked(client, "POST", f"{BASE}/registered-models/create", name=f"main.{schema}.model")

        def found(**more: object) -> list[str]:
            where = {"catalog_name": "main", "schema_name": schema}
            answer = asked(client, "POST", f"{BASE}/prompts/search", catalog_schema=where, **more)
            return [each["name"].rpartition(".")[2] for each in answer["prompts"]]

        assert found() == ["greet", "other"]
        assert found(filter="tags.team = 'x'") == ["greet"]
        assert found(filter="name LIKE '%other'") == ["other"]

    def test_a_model_is_no_prompt(self, client: Client, name: str, prompt: str) -> None:
        for path in (f"prompts/{name}", f"prompts/{name}/versions/1", f"prompts/{name}/versions/by-alias/best"):
            assert code(answered(client, "GET", f"{BASE}/{path}")) == (404, MISSING)
        assert code(answered(client, "DELETE", f"{BASE}/prompts/{name}")) == (404, MISSING)
        as_version = answered(client, "POST", f"{BASE}/model-versions/create", name=prompt, source="/local")
        assert code(as_version) == (400, "INVALID_PARAMETER_VALUE")
