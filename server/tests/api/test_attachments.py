"""Files of traces over the native API: kept, given, harmless to browsers, and gone with their trace."""

from typing import Any
from uuid import uuid4

import pytest

from server.tests.api.conftest import Door
from server.tests.support.client import Client
from server.tests.support.spans import a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
ONE = "5f0c1a52-7f2c-4a52-9d4e-2a0f6e1b3c4d"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"


def address(number: int, attachment_id: str) -> str:
    return f"/api/v1/traces/{trace_id(number)}/attachments/{attachment_id}"


def put(
    client: Client, number: int, attachment_id: str, content: bytes = PNG, headers: dict[str, Any] | None = None
) -> Any:  # Any: httpx
    return client.request("PUT", address(number, attachment_id), content=content, headers=headers or {})


def a_trace(client: Client, experiment: str) -> int:
    number = new_number()
    assert send(client, a_span(1, trace=number), experiment=experiment).status_code == 200
    return number


def test_an_attachment_comes_back_as_it_was_sent(client: Client) -> None:
    number, attachment_id = a_trace(client, an_experiment(client)), str(uuid4())
    kept = put(client, number, attachment_id)
    assert (kept.status_code, kept.json()) == (200, {"attachment_id": attachment_id, "size_bytes": len(PNG)})
    answer = client.get(address(number, attachment_id), params={"content_type": "image/png"})
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].endswith(f"{attachment_id}.png")
    part = client.get(address(number, attachment_id), headers={"range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"PNG")


def test_it_lies_where_clients_of_mlflow_keep_theirs(client: Client) -> None:
    experiment, attachment_id = an_experiment(client), str(uuid4())
    number = a_trace(client, experiment)
    put(client, number, attachment_id)
    place = f"{PROXY}/{experiment}/traces/{trace_id(number)}/artifacts/attachments"
    assert client.get(f"{place}/{attachment_id}").content == PNG
    other = str(uuid4())
    client.request("PUT", f"{place}/{other}", content=b"theirs")
    assert client.get(address(number, other)).content == b"theirs"


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", "image/png\r\nx: y", "", "IMAGE/SVG"],
)
def test_nothing_that_could_run_is_given_a_type(client: Client, content_type: str) -> None:
    number, attachment_id = a_trace(client, an_experiment(client)), str(uuid4())
    put(client, number, attachment_id, b"<script>alert(1)</script>")
    answer = client.get(address(number, attachment_id), params={"content_type": content_type})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_one_that_comes_before_its_trace_waits_in_the_experiment_that_the_sender_names(client: Client) -> None:
    experiment, number, attachment_id = an_experiment(client), new_number(), str(uuid4())
    kept = put(client, number, attachment_id, headers={"x-mlflow-experiment-id": experiment})
    assert kept.status_code == 200
    assert client.get(address(number, attachment_id)).status_code == 404
    send(client, a_span(1, trace=number), experiment=experiment)
    assert client.get(address(number, attachment_id)).content == PNG


def test_an_experiment_that_is_named_for_the_first_time_is_made(client: Client) -> None:
    number, attachment_id = new_number(), str(uuid4())
    name = f"/Ação {number}"
    kept = put(client, number, attachment_id, headers={"x-trilha-experiment": name.encode()})
    assert kept.status_code == 200
    found = client.get("/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name})
    send(client, a_span(1, trace=number), experiment=found.json()["experiment"]["experiment_id"])
    assert client.get(address(number, attachment_id)).content == PNG


def test_of_a_trace_that_nobody_names_an_experiment_for_nothing_is_kept(client: Client) -> None:
    assert put(client, new_number(), str(uuid4())).status_code == 404
    assert put(client, new_number(), str(uuid4()), headers={"x-mlflow-experiment-id": "987654"}).status_code == 404


@pytest.mark.parametrize("attachment_id", ["x", "..%2f..", ONE.upper(), f"{ONE}.png"])
def test_an_attachment_has_the_id_of_one(client: Client, attachment_id: str) -> None:
    number = a_trace(client, "0")
    assert put(client, number, attachment_id).status_code in (400, 404)
    assert client.get(address(number, attachment_id)).status_code in (400, 404)


def test_what_is_not_there_is_not_found(client: Client) -> None:
    assert client.get(address(a_trace(client, "0"), str(uuid4()))).status_code == 404
    assert client.get(address(new_number(), str(uuid4()))).status_code == 404


def test_one_above_the_operators_limit_is_refused(a_server: Door) -> None:
    strict = a_server(max_artifact_mb=1)
    number = a_trace(strict, "0")
    assert put(strict, number, str(uuid4()), bytes(2 << 20)).status_code == 413


def _natively(client: Client, _experiment: str, number: int) -> None:
    assert client.request("DELETE", f"/api/v1/traces/{trace_id(number)}").status_code == 200


def _with_others(client: Client, _experiment: str, number: int) -> None:
    ids = [trace_id(number), *(trace_id(new_number()) for _ in range(30))]
    assert client.post("/api/v1/traces/delete", json={"trace_ids": ids}).status_code == 200


def _by_id(client: Client, experiment: str, number: int) -> None:
    request = {"experiment_id": experiment, "request_ids": [trace_id(number)]}
    answer = client.post("/api/2.0/mlflow/traces/delete-traces", json=request)
    assert answer.json() == {"traces_deleted": 1}


def _by_age(client: Client, experiment: str, _number: int) -> None:
    request = {"experiment_id": experiment, "max_timestamp_millis": 2**50}
    answer = client.post("/api/2.0/mlflow/traces/delete-traces", json=request)
    assert answer.json() == {"traces_deleted": 1}


@pytest.mark.parametrize("delete", [_natively, _with_others, _by_id, _by_age])
def test_a_deleted_trace_takes_its_files_along_and_no_others(client: Client, delete: Any) -> None:
    experiment, other_experiment, attachment_id = an_experiment(client), an_experiment(client), str(uuid4())
    number, other = a_trace(client, experiment), a_trace(client, other_experiment)
    for each in (number, other):
        put(client, each, attachment_id)
    delete(client, experiment, number)
    assert client.get(PROXY, params={"path": f"{experiment}/traces"}).json() == {}
    assert client.get(address(other, attachment_id)).content == PNG
