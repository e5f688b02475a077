"""Artifacts through MLflow's proxy."""

import hashlib
from argparse import Namespace
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from trilha_server.api.routes import Permission

from server.tests.api.conftest import Door
from server.tests.support.client import Client
from server.tests.support.spans import a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

BASE = "/api/2.0/mlflow-artifacts/artifacts"
CREATE = "/api/2.0/mlflow/experiments/create"
NUMBERS = count()
SECRET = Path("/etc/passwd").read_bytes()[:20].decode()


def put(client: Client, path: str, content: bytes = b"x", **how: Any) -> Any:  # Any: httpx
    return client.request("PUT", f"{BASE}/{path}", content=content, **how)


def listed(client: Client, folder: str) -> Any:  # Any: JSON
    answer = client.get(BASE, params={"path": folder})
    assert answer.status_code == 200, answer.text
    return answer.json()


def located(client: Client, location: str) -> Any:  # Any: httpx
    return client.post(CREATE, json={"name": f"/located/{next(NUMBERS)}", "artifact_location": location})


def test_a_file_comes_back_as_it_was_sent(client: Client) -> None:
    experiment = an_experiment(client)
    sent = put(client, f"{experiment}/run/artifacts/a.bin", bytes(range(256)))

    assert (sent.status_code, sent.json()) == (200, {})
    answer = client.get(f"{BASE}/{experiment}/run/artifacts/a.bin")
    assert answer.content == bytes(range(256))
    assert answer.headers["content-length"] == "256"
    assert put(client, f"{experiment}/run/artifacts/empty", b"").status_code == 200
    assert client.get(f"{BASE}/{experiment}/run/artifacts/empty").content == b""


def test_a_body_of_unknown_length_is_kept_whole(client: Client) -> None:
    def pieces() -> Iterator[bytes]:
        for number in range(200):
            yield bytes([number]) * 50_000

    experiment = an_experiment(client)
    assert client.request("PUT", f"{BASE}/{experiment}/a", content=pieces()).status_code == 200

    answer = client.get(f"{BASE}/{experiment}/a")
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(b"".join(pieces())).digest()


def test_a_folder_is_listed_by_paths_relative_to_itself(client: Client) -> None:
    experiment = an_experiment(client)
    for name in ("d.json", "dir/e", "dir/deeper/f"):
        put(client, f"{experiment}/run/artifacts/{name}", b'{"a": "bcd"}')

    top = [{"path": "d.json", "is_dir": False, "file_size": 12}, {"path": "dir", "is_dir": True}]
    assert listed(client, f"{experiment}/run/artifacts") == {"files": top}
    assert listed(client, f"{experiment}/run/artifacts/") == {"files": top}
    assert listed(client, f"{experiment}/run/artifacts/dir")["files"][0] == {"path": "deeper", "is_dir": True}


@pytest.mark.parametrize("folder", ["nothing", "run/artifacts/d.json", ""])
def test_an_empty_folder_is_an_empty_answer(client: Client, folder: str) -> None:
    experiment = an_experiment(client)
    if folder:
        put(client, f"{experiment}/run/artifacts/d.json")
    assert listed(client, f"{experiment}/{folder}") == {}


def test_what_is_deleted_is_gone_and_deleting_again_is_no_error(client: Client) -> None:
    experiment = an_experiment(client)
    put(client, f"{experiment}/run/artifacts/a")
    put(client, f"{experiment}/run/artifacts/d/b")
    for path in ("run/artifacts/a", "run/artifacts/", "run/artifacts"):
        answer = client.delete(f"{BASE}/{experiment}/{path}")
        assert (answer.status_code, answer.json()) == (200, {})

    assert listed(client, experiment) == {}
    assert client.get(f"{BASE}/{experiment}/run/artifacts/a").status_code == 404


def test_what_is_not_there_is_told_as_mlflow_does(client: Client) -> None:
    experiment = an_experiment(client)
    put(client, f"{experiment}/run/a")
    for path in (f"{experiment}/run/b", f"{experiment}/run", f"{experiment}/run/a/b", "987654321/run/a"):
        answer = client.get(f"{BASE}/{path}")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert put(client, "987654321/run/a").status_code == 404
    assert client.get(BASE, params={"path": "987654321"}).status_code == 404


def test_a_deleted_experiment_keeps_its_artifacts(client: Client) -> None:
    experiment = an_experiment(client)
    put(client, f"{experiment}/run/a", b"kept")
    client.post("/api/2.0/mlflow/experiments/delete", json={"experiment_id": experiment})

    assert client.get(f"{BASE}/{experiment}/run/a").content == b"kept"


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-100", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=5-3", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("items=0-1", 200, b"0123456789", None),
        (f"bytes={'9' * 30}-", 200, b"0123456789", None),
    ],
)
def test_a_part_of_a_file_is_sent_where_it_is_asked_for(
    client: Client, asked: str, status: int, content: bytes | None, told: str | None
) -> None:
    experiment = an_experiment(client)
    put(client, f"{experiment}/a", b"0123456789")
    answer = client.get(f"{BASE}/{experiment}/a", headers={"range": asked})

    assert (answer.status_code, answer.headers.get("content-range")) == (status, told)
    if content is not None:
        assert (answer.content, answer.headers["content-length"]) == (content, str(len(content)))


def test_head_tells_the_size_without_the_content(client: Client) -> None:
    experiment = an_experiment(client)
    put(client, f"{experiment}/a", bytes(1000))
    answer = client.request("HEAD", f"{BASE}/{experiment}/a")

    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "1000", b"")


@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.js", "x.xhtml", "x.HTM", "x", "x.xml", "x.json", "x.png"])
def test_nothing_that_was_uploaded_runs_in_a_browser(client: Client, name: str) -> None:
    experiment = an_experiment(client)
    put(client, f"{experiment}/{name}", b"<script>alert(1)</script>", headers={"content-type": "text/html"})
    headers = client.get(f"{BASE}/{experiment}/{name}").headers

    assert headers["content-disposition"].startswith("attachment;")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    expected = {"x.json": "application/json", "x.png": "image/png"}.get(name, "application/octet-stream")
    assert headers["content-type"] == expected


@pytest.mark.parametrize("name", ['a".html', "a;b", "ação.txt", "a\u202ex", "a'b"])
def test_a_name_does_not_break_out_of_its_header(client: Client, name: str) -> None:
    experiment = an_experiment(client)
    put(client, f"{experiment}/{name}")
    told = client.get(f"{BASE}/{experiment}/{name}").headers["content-disposition"]

    assert told.removeprefix("attachment; filename*=UTF-8''").replace("%", "").replace(".", "").isalnum()


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/%2e%2e/etc/passwd",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "run/%2e%2e/%2e%2e/trilha.db",
        "run/%252e%252e/%252e%252e/trilha.db",
        "run/..%5c..%5ctrilha.db",
        "run/%2e/a",
        "%2fetc/passwd",
        "/etc/passwd",
        "run//a",
        "run/a%00.txt",
        "run/a%0d%0aset-cookie:x",
        "run/" + "x" * 300,
        "run/" + "x/" * 600 + "x",
    ],
)
def test_no_path_leads_out_of_the_experiment(client: Client, path: str) -> None:
    experiment = an_experiment(client)
    answers = [
        put(client, f"{experiment}/{path}"),
        client.get(f"{BASE}/{experiment}/{path}"),
        client.delete(f"{BASE}/{experiment}/{path}"),
        client.get(f"{BASE}?path={experiment}/{path}"),
    ]
    assert {answer.status_code for answer in answers} <= {400, 404}
    assert listed(client, experiment) == {}
    for answer in answers:
        assert SECRET not in answer.text


@pytest.mark.parametrize("path", ["", "x", "..", "%2e%2e/5", "models/m-1/artifacts/MLmodel", "-1/a", "1e3/a", "+1/a"])
def test_a_path_begins_with_an_experiment(client: Client, path: str) -> None:
    assert put(client, path).status_code in (400, 404)
    assert client.get(BASE, params={"path": path}).status_code == 400
    assert client.get(BASE).status_code == 400


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc",
        "file:///",
        "file:/etc",
        "FILE:///etc",
        "file://localhost/etc",
        "/etc",
        "//etc",
        "etc",
        "./x",
        "../x",
        "s3://somebody-elses-bucket/x",
        "gs://bucket",
        "az://container/x",
        "abfss://c@account.dfs.core.windows.net/x",
        "abfss://c@evil.example/x",
        "wasbs://c@evil.example@account.blob.core.windows.net/x",
        "http://169.254.169.254/latest",
        "https://example.com/x",
        "ftp://example.com/x",
        "hdfs://x/y",
        "memory:///x",
        "mlflow-artifacts:/1",
        "dbfs:/etc",
        "dbfs:/",
        "dbfs:///etc/x/y/z",
        "dbfs:/Volumes",
        "dbfs:/Volumes/a/b",
        "dbfs:/Volumes/a/b/../../../../etc",
        "dbfs:/Volumes/../../../etc/a",
        "dbfs:/Volumes/a/b/c/%2e%2e",
        "/Volumes/a/b/c/./d",
        "/Volumes/a//b/c",
        "/Volumes/a/b/c/.trilha-uploads",
        "/Volumes/a/b/c/5",
        "/Volumes/a/5/c/d",
        "dbfs://Volumes/a/b/c",
        "\x00",
        "file:///tmp/\x00",
        "x" * 5000,
    ],
)
def test_an_experiment_cannot_choose_a_place_that_the_operator_did_not_allow(client: Client, location: str) -> None:
    answer = located(client, location)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_the_refusal_names_the_setting(client: Client) -> None:
    assert "--artifact-roots (TRILHA_ARTIFACT_ROOTS)" in located(client, "file:///etc").json()["message"]


def test_the_servers_own_folder_is_no_place_to_look_into(a_server: Door, tmp_path: Path) -> None:
    own = tmp_path / "own"
    client = a_server(artifacts_url=f"file://{own}")
    first = an_experiment(client)
    put(client, f"{first}/run/secret", b"secret")
    for location in (f"file://{own}", f"file://{own}/x", str(own)):
        second = located(client, location).json()["experiment_id"]
        for path in ("run/secret", f"{first}/run/secret"):
            assert client.get(f"{BASE}/{second}/{path}").status_code == 404
        assert listed(client, second) == {}
    for outside in (f"file://{own}/{first}", f"file://{own}/{first}/run", f"{own.parent}", f"{own}-2", f"{own}/../x"):
        assert located(client, outside).status_code == 400


def test_allowed_places_are_used(a_server: Door, tmp_path: Path) -> None:
    client = a_server(artifact_roots=f"file://{tmp_path}/a, file://{tmp_path}/b/c")
    places = {"a": True, "a/x": True, "b/c/d": True, "b": False, "ab": False, "b/cd": False}
    for place, is_allowed in places.items():
        answer = located(client, f"file://{tmp_path}/{place}")
        assert (answer.status_code == 200) is is_allowed, place
        if is_allowed:
            experiment = answer.json()["experiment_id"]
            put(client, f"{experiment}/run/artifacts/f", b"there")
            assert (tmp_path / place / experiment / "run/artifacts/f").read_bytes() == b"there"
            told = client.get("/api/2.0/mlflow/experiments/get", params={"experiment_id": experiment}).json()
            assert told["experiment"]["artifact_location"] == f"file://{tmp_path}/{place}"


def test_a_volume_is_a_place_of_its_own(client: Client) -> None:
    experiment = located(client, "dbfs:/Volumes/main/agents/traces").json()["experiment_id"]
    put(client, f"{experiment}/models/m-1/artifacts/MLmodel", b"flavors: {}")

    assert client.get(f"{BASE}/{experiment}/models/m-1/artifacts/MLmodel").content == b"flavors: {}"
    assert listed(client, experiment) == {"files": [{"path": "models", "is_dir": True}]}


def test_an_artifact_above_the_limit_is_refused_and_nothing_kept(a_server: Door) -> None:
    client = a_server(max_artifact_mb=1)

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield bytes(30_000)

    experiment = an_experiment(client)
    for content in (bytes((1 << 20) + 1), pieces()):
        answer = client.request("PUT", f"{BASE}/{experiment}/a", content=content)
        assert (answer.status_code, answer.json()["error_code"]) == (413, "INVALID_PARAMETER_VALUE")
        assert "--max-artifact-mb" in answer.json()["message"]
    assert listed(client, experiment) == {}
    assert put(client, f"{experiment}/a", bytes(1 << 20)).status_code == 200


def test_the_limit_of_ingest_is_none_of_artifacts(a_server: Door) -> None:
    client = a_server(max_body_mb=1)
    experiment = an_experiment(client)

    assert put(client, f"{experiment}/a", bytes(3 << 20)).status_code == 200
    assert len(client.get(f"{BASE}/{experiment}/a").content) == 3 << 20


def test_a_compressed_body_is_refused_instead_of_being_kept_unreadable(client: Client) -> None:
    experiment = an_experiment(client)
    answer = put(client, f"{experiment}/a", headers={"content-encoding": "gzip"})

    assert answer.status_code == 400
    assert "content-encoding" in answer.json()["message"]


def test_the_spans_of_a_trace_are_no_file(client: Client) -> None:
    experiment, number = an_experiment(client), new_number()
    send(client, a_span(trace=number, name="root"), experiment=experiment)
    path = f"{experiment}/traces/{trace_id(number)}/artifacts/traces.json"

    answer = client.get(f"{BASE}/{path}")
    assert [span["name"] for span in answer.json()["spans"]] == ["root"]
    assert client.delete(f"{BASE}/{path}").status_code == 400
    assert put(client, path, b"no spans").status_code == 400
    assert listed(client, experiment) == {}


def test_other_files_of_a_trace_are(client: Client) -> None:
    experiment, number = an_experiment(client), new_number()
    folder = f"{experiment}/traces/{trace_id(number)}/artifacts"
    put(client, f"{folder}/attachments/photo.png", b"\x89PNG")

    assert client.get(f"{BASE}/{folder}/attachments/photo.png").content == b"\x89PNG"
    assert listed(client, folder) == {"files": [{"path": "attachments", "is_dir": True}]}


def test_a_client_that_asks_for_multipart_uploads_is_told_to_send_files_whole(client: Client) -> None:
    experiment = an_experiment(client)
    answer = client.post(f"/api/2.0/mlflow-artifacts/mpu/create/{experiment}/run/artifacts", json={"path": "x"})

    assert (answer.status_code, answer.json()["error_code"]) == (501, "NOT_IMPLEMENTED")
    assert answer.json()["message"].startswith("Multipart upload is not supported for the current artifact repository")


def test_only_those_who_manage_delete(client: Client) -> None:
    needed = {method: permission for (method, path), permission in client.permissions.items() if path.startswith(BASE)}
    assert needed == {"PUT": Permission.WRITE, "GET": Permission.READ, "DELETE": Permission.MANAGE}


def test_a_full_disk_is_told_as_one(a_server: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def nearly_full(_folder: object) -> Namespace:
        return Namespace(free=1 << 20)

    monkeypatch.setattr("shutil.disk_usage", nearly_full)
    client = a_server()
    experiment = an_experiment(client)
    answer = put(client, f"{experiment}/a")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    monkeypatch.undo()
    assert put(client, f"{experiment}/a").status_code == 200
