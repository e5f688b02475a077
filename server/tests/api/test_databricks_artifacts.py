"""Files of runs and versions in the Databricks dialect: by the Files API, or by presigned addresses."""

from typing import Any
from urllib.parse import quote

import pytest

from server.tests.support.client import Client
from server.tests.support.databricks import DATABRICKS, HTTP
from server.tests.support.wire import an_experiment

FILES = "/api/2.0/fs/files"
FOLDERS = "/api/2.0/fs/directories"
MLFLOW = "/api/2.0/mlflow"


class Owner:
    """A run or a version, and its ways."""

    def __init__(self, client: Client, kind: str) -> None:
        self.client = client
        self.experiment = an_experiment(client)
        if kind == "run":
            made = client.post(f"{MLFLOW}/runs/create", json={"experiment_id": self.experiment}, headers=DATABRICKS)
            info = made.json()["run"]["info"]
            self.id: str = info["run_id"]
            self.place = f"/WorkspaceInternal/Mlflow/Artifacts/{self.experiment}/Runs/{self.id}/artifacts"
            self.proxied = f"{self.experiment}/{self.id}/artifacts"
            self.uri = f"dbfs:/databricks/mlflow-tracking/{self.experiment}/{self.id}/artifacts"
        else:
            body = {"experiment_id": self.experiment, "name": "app"}
            info = client.post(f"{MLFLOW}/logged-models", json=body, headers=DATABRICKS).json()["model"]["info"]
            self.id = info["model_id"]
            self.place = f"/WorkspaceInternal/Mlflow/Artifacts/{self.experiment}/LoggedModels/{self.id}/artifacts"
            self.proxied = f"{self.experiment}/models/{self.id}/artifacts"
            self.uri = f"dbfs:/databricks/mlflow-tracking/{self.experiment}/logged_models/{self.id}/artifacts"
        self.kind = kind
        assert info["artifact_uri"] == self.uri

    def put(self, path: str, content: bytes, **query: str) -> int:
        url = f"{FILES}{quote(self.place)}/{quote(path)}"
        return self.client.request("PUT", url, content=content, params=query, headers=DATABRICKS).status_code

    def get(self, path: str) -> bytes:
        return self.client.get(f"{FILES}{self.place}/{quote(path)}", headers=DATABRICKS).content

    def addresses(self, way: str, *paths: str) -> list[dict[str, Any]]:  # Any: JSON
        """Ask for presigned addresses, to `read` or to `write`."""
        if self.kind == "run":
            body = {"run_id": self.id, "path": list(paths)}
            answer = self.client.post(f"{MLFLOW}/artifacts/credentials-for-{way}", json=body, headers=DATABRICKS)
            assert answer.status_code == 200, answer.text
            return answer.json()["credential_infos"]
        name = {"read": "download", "write": "upload"}[way]
        url = f"{MLFLOW}/logged-models/{self.id}/artifacts/credentials-for-{name}"
        answer = self.client.post(url, json={"model_id": self.id, "paths": list(paths)}, headers=DATABRICKS)
        assert answer.status_code == 200, answer.text
        return [item["credential_info"] for item in answer.json()["credentials"]]

    def listed(self, path: str = "", headers: dict[str, str] = DATABRICKS) -> dict[str, Any]:  # Any: JSON
        """List a folder as clients do that have no Files API."""
        if self.kind == "run":
            query = {"run_id": self.id, "path": path}
            return self.client.get(f"{MLFLOW}/artifacts/list", params=query, headers=headers).json()
        url = f"{MLFLOW}/logged-models/{self.id}/artifacts/directories"
        return self.client.get(url, params={"artifact_directory_path": path}, headers=headers).json()


@pytest.fixture(params=["run", "version"])
def owner(client: Client, request: pytest.FixtureRequest) -> Owner:
    return Owner(client, request.param)


def test_what_the_files_api_keeps_it_gives_back(owner: Owner) -> None:
    for path, content in (("a.txt", b"hello"), ("dir/a b é%.bin", b"\x00" * 10), ("empty", b"")):
        assert owner.put(path, content, overwrite="true") == 204
        assert owner.get(path) == content


def test_a_part_of_a_file_can_be_had(owner: Owner) -> None:
    owner.put("a.txt", b"0123456789")
    answer = owner.client.get(f"{FILES}{owner.place}/a.txt", headers=DATABRICKS | {"range": "bytes=2-4"})

    assert (answer.status_code, answer.content) == (206, b"234")


def test_a_file_is_replaced_only_if_the_client_says_so(owner: Owner) -> None:
    assert owner.put("a.txt", b"old") == 204
    assert owner.put("a.txt", b"new", overwrite="false") == 400
    assert owner.get("a.txt") == b"old"

    assert owner.put("a.txt", b"new", overwrite="true") == 204
    assert owner.get("a.txt") == b"new"


def test_files_can_be_asked_about_without_their_content(owner: Owner) -> None:
    owner.put("dir/a.txt", b"hello")
    client = owner.client

    there = client.request("HEAD", f"{FILES}{owner.place}/dir/a.txt", headers=DATABRICKS)
    assert (there.status_code, there.headers["content-length"], there.content) == (200, "5", b"")
    assert client.request("HEAD", f"{FILES}{owner.place}/nothing", headers=DATABRICKS).status_code == 404
    assert client.request("HEAD", f"{FOLDERS}{owner.place}/dir", headers=DATABRICKS).status_code == 200
    for no_folder in ("nothing", "dir/a.txt", "dir/nothing"):
        answer = client.request("HEAD", f"{FOLDERS}{owner.place}/{no_folder}", headers=DATABRICKS)
        assert answer.status_code == 404, no_folder


def test_the_files_api_lists_a_folder_with_whole_paths(owner: Owner) -> None:
    owner.put("b.txt", b"12")
    owner.put("dir/a.txt", b"1")

    contents = owner.client.get(f"{FOLDERS}{owner.place}", headers=DATABRICKS).json()["contents"]

    assert contents == [
        {"path": f"{owner.place}/b.txt", "name": "b.txt", "is_directory": False, "file_size": 2},
        {"path": f"{owner.place}/dir", "name": "dir", "is_directory": True},
    ]


def test_a_download_address_of_the_files_api_leads_to_the_file(owner: Owner) -> None:
    owner.put("dir/a.txt", b"hello")
    query = {"path": f"{owner.place}/dir/a.txt", "expire_time": "2030-01-01T00:00:00Z"}
    answer = owner.client.post("/api/2.0/fs/create-download-url", params=query, headers=DATABRICKS).json()

    got = owner.client.get(answer["url"])
    assert (got.status_code, got.content, got.headers["content-length"]) == (200, b"hello", "5")
    assert answer["headers"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/WorkspaceInternal/Mlflow/Artifacts/0/Runs",
        "/WorkspaceInternal/Mlflow/Artifacts/0/Runs/traces/tr-1/artifacts/traces.json",
        "/WorkspaceInternal/Mlflow/Artifacts/0/Runs/models/m-1/artifacts/MLmodel",
        "/WorkspaceInternal/Mlflow/Artifacts/0/Traces/tr-1/artifacts/traces.json",
        "/WorkspaceInternal/Mlflow/Artifacts",
        "/elsewhere/WorkspaceInternal/Mlflow/Artifacts/0/Runs/r/artifacts/a",
        "/Volumes/main/default/files/a.txt",
        "/",
    ],
)
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_nothing_else_is_behind_the_files_api(client: Client, method: str, path: str) -> None:
    answer = client.request(method, f"{FILES}{path}", content=b"" if method == "PUT" else None, headers=DATABRICKS)

    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("path", ["..%2f..%2fother", "%2e%2e/x", "a/%2e%2e/%2e%2e/b", "a%5cb", "a%00b", "a%252fb"])
def test_a_path_never_leaves_its_owner(owner: Owner, path: str) -> None:
    for method, way in (("PUT", FILES), ("GET", FILES), ("GET", FOLDERS)):
        content = b"x" if method == "PUT" else None
        answer = owner.client.request(method, f"{way}{owner.place}/{path}", content=content, headers=DATABRICKS)
        assert answer.status_code in (400, 404), answer.text


def test_an_upload_in_parts_is_refused_so_that_clients_fall_back(owner: Owner) -> None:
    answer = owner.client.post(
        f"{FILES}{owner.place}/big.bin", params={"action": "initiate-upload"}, headers=DATABRICKS
    )

    assert answer.status_code == 405


def test_presigned_addresses_keep_files_and_give_them_back(owner: Owner) -> None:
    paths = ["a.txt", "dir/a b é%.bin"]
    for path, credential in zip(paths, owner.addresses("write", *paths), strict=True):
        assert credential["path"] == path
        assert credential["type"] == "GCP_SIGNED_URL", "the client would cut large files in parts"
        assert owner.client.request("PUT", credential["signed_uri"], content=path.encode()).status_code == 200

    for path, credential in zip(paths, owner.addresses("read", *paths), strict=True):
        assert owner.client.get(credential["signed_uri"]).content == path.encode()
        assert owner.get(path) == path.encode()


def test_an_address_of_one_file_is_of_no_other(owner: Owner) -> None:
    owner.put("a.txt", b"a")
    owner.put("b.txt", b"b")
    ((read,), (write,)) = owner.addresses("read", "a.txt"), owner.addresses("write", "a.txt")

    assert owner.client.get(read["signed_uri"].replace("a.txt", "b.txt")).status_code == 403
    assert owner.client.get(write["signed_uri"]).status_code == 403
    assert owner.client.request("PUT", read["signed_uri"], content=b"x").status_code == 403
    assert owner.get("a.txt") == b"a"


def test_presigned_files_have_parts_and_lengths(owner: Owner) -> None:
    owner.put("a.txt", b"0123456789")
    (credential,) = owner.addresses("read", "a.txt")

    part = owner.client.get(credential["signed_uri"], headers={"range": "bytes=2-4"})
    whole = owner.client.request("HEAD", credential["signed_uri"])

    assert (part.status_code, part.content) == (206, b"234")
    assert (whole.status_code, whole.headers["content-length"]) == (200, "10")


def test_lists_have_whole_paths_and_the_root_in_the_readers_dialect(owner: Owner) -> None:
    owner.put("b.txt", b"12")
    owner.put("dir/a.txt", b"1")

    assert owner.listed() == {
        "root_uri": owner.uri,
        "files": [{"path": "b.txt", "is_dir": False, "file_size": 2}, {"path": "dir", "is_dir": True}],
    }
    assert owner.listed("dir")["files"] == [{"path": "dir/a.txt", "is_dir": False, "file_size": 1}]
    assert owner.listed("nothing")["files"] == []
    assert owner.listed(headers=HTTP)["root_uri"] == f"mlflow-artifacts:/{owner.proxied}"


def test_both_dialects_see_the_same_files(owner: Owner) -> None:
    proxy = "/api/2.0/mlflow-artifacts/artifacts"
    owner.put("from_databricks.txt", b"1")
    kept = owner.client.request("PUT", f"{proxy}/{owner.proxied}/from_http.txt", content=b"2", headers=HTTP)
    assert kept.status_code == 200

    assert owner.get("from_http.txt") == b"2"
    assert owner.client.get(f"{proxy}/{owner.proxied}/from_databricks.txt", headers=HTTP).content == b"1"
    assert [file["path"] for file in owner.listed()["files"]] == ["from_databricks.txt", "from_http.txt"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("artifacts/credentials-for-read", {"run_id": "0" * 32, "path": ["a"]}),
        ("artifacts/credentials-for-write", {"run_id": "0" * 32, "path": ["a"]}),
        ("logged-models/m-0/artifacts/credentials-for-upload", {"paths": ["a"]}),
        ("logged-models/m-0/artifacts/credentials-for-download", {"paths": ["a"]}),
    ],
)
def test_there_is_no_address_for_what_does_not_exist(client: Client, path: str, body: dict[str, Any]) -> None:
    answer = client.post(f"{MLFLOW}/{path}", json=body, headers=DATABRICKS)

    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("path", ["", "../x", "/etc/passwd", "a//b", "a/../../b", "a" * 1000])
def test_there_is_no_address_for_a_path_that_leads_elsewhere(client: Client, path: str) -> None:
    run = Owner(client, "run")
    body = {"run_id": run.id, "path": ["fine", path]}
    answer = client.post(f"{MLFLOW}/artifacts/credentials-for-write", json=body, headers=DATABRICKS)

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_as_many_addresses_as_a_client_asks_for(client: Client) -> None:
    run = Owner(client, "run")

    assert len(run.addresses("write", *(f"f{number}" for number in range(2000)))) == 2000
    body = {"run_id": run.id, "path": ["a"] * 2001}
    assert client.post(f"{MLFLOW}/artifacts/credentials-for-read", json=body).status_code == 400
