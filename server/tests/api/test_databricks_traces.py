"""Traces of the Databricks dialect: spans travel by presigned addresses and become spans like any other."""

import json
import time
from typing import Any

import pytest
from trilha_server.access.signatures import LIFETIME_S, Signatures
from trilha_server.domain.ids import TraceId

from server.tests.api.conftest import Door
from server.tests.support.client import Client
from server.tests.support.databricks import (
    DATABRICKS,
    HTTP,
    KEY,
    a_declaration,
    declare,
    download_address,
    trace_data,
    upload_address,
)
from server.tests.support.spans import FixedClock, a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

TRACES = "/api/3.0/mlflow/traces"
LOCATION = "mlflow.artifactLocation"
SPANS = "mlflow.trace.spansLocation"


def an_uploaded_trace(client: Client, experiment: str, *names: str) -> TraceId:
    trace = trace_id(new_number())
    declare(client, trace, experiment, DATABRICKS)
    answer = client.request("PUT", upload_address(client, trace), content=trace_data(trace, *names))
    assert answer.status_code == 200
    return trace


def spans_of(client: Client, trace: TraceId) -> list[str]:
    """What a client of the other dialect reads."""
    found = client.get(f"{TRACES}/get", params={"trace_id": trace}, headers=HTTP).json()["trace"]["spans"]
    return [span["name"] for span in found]


def test_a_databricks_client_is_sent_to_upload_and_an_http_client_is_not(client: Client) -> None:
    experiment, trace = an_experiment(client), trace_id(new_number())
    send(client, a_span(trace=int(trace[3:], 16)), experiment=experiment)

    of_databricks = declare(client, trace, experiment, DATABRICKS)
    of_http = declare(client, trace, experiment, HTTP)

    assert of_databricks[LOCATION] == f"dbfs:/databricks/mlflow-tracking/{experiment}/{trace}/artifacts"
    assert SPANS not in of_databricks, "the client would not upload"
    assert of_http[LOCATION] == f"mlflow-artifacts:/{experiment}/traces/{trace}/artifacts"
    assert of_http[SPANS] == "TRACKING_STORE"


def test_every_reading_is_in_the_readers_dialect(client: Client) -> None:
    experiment = an_experiment(client)
    trace = an_uploaded_trace(client, experiment, "root")
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}

    def readings(headers: dict[str, str]) -> list[dict[str, str]]:
        one = client.get(f"{TRACES}/{trace}", headers=headers).json()["trace"]["trace_info"]
        whole = client.get(f"{TRACES}/get", params={"trace_id": trace}, headers=headers).json()["trace"]["trace_info"]
        many = client.get(f"{TRACES}/batchGet", params={"trace_ids": [trace]}, headers=headers).json()["traces"]
        infos = client.get(f"{TRACES}/batchGetInfos", params={"trace_ids": [trace]}, headers=headers).json()
        found = client.post(f"{TRACES}/search", json={"locations": [location]}, headers=headers).json()["traces"]
        old = client.get(f"/api/2.0/mlflow/traces/{trace}/info", headers=headers).json()["trace_info"]["tags"]
        return [
            one["tags"],
            whole["tags"],
            many[0]["trace_info"]["tags"],
            infos["trace_infos"][0]["tags"],
            found[0]["tags"],
            {tag["key"]: tag["value"] for tag in old},
        ]

    for tags in readings(DATABRICKS):
        assert tags[LOCATION].startswith("dbfs:/databricks/mlflow-tracking/")
        assert SPANS not in tags
    for tags in readings(HTTP):
        assert tags[LOCATION].startswith("mlflow-artifacts:/")
        assert tags[SPANS] == "TRACKING_STORE"


def test_experiments_say_where_artifacts_are_in_the_readers_dialect(client: Client) -> None:
    experiment = an_experiment(client)

    def location(headers: dict[str, str]) -> str:
        found = client.get("/api/2.0/mlflow/experiments/get", params={"experiment_id": experiment}, headers=headers)
        return found.json()["experiment"]["artifact_location"]

    assert location(DATABRICKS) == f"dbfs:/databricks/mlflow-tracking/{experiment}"
    assert location(HTTP) == f"mlflow-artifacts:/{experiment}"


def test_uploaded_spans_are_spans_to_every_reader(client: Client) -> None:
    experiment = an_experiment(client)
    trace = an_uploaded_trace(client, experiment, "root", "child")

    assert spans_of(client, trace) == ["root", "child"]
    search = {"experiment_ids": [experiment], "filter": "span.name = 'child' AND trace.text LIKE '%wörld%'"}
    assert [found["trace_id"] for found in client.post("/api/v1/traces/search", json=search).json()["traces"]] == [
        trace
    ]


def test_uploading_again_keeps_every_span_once(client: Client) -> None:
    experiment = an_experiment(client)
    trace = an_uploaded_trace(client, experiment, "root", "child")

    client.request("PUT", upload_address(client, trace), content=trace_data(trace, "root", "child", "late"))

    assert spans_of(client, trace) == ["root", "child", "late"]


@pytest.mark.parametrize("door", ["databricks", "otlp"])
def test_spans_can_be_fetched_whatever_door_they_came_in_by(client: Client, door: str) -> None:
    experiment = an_experiment(client)
    if door == "databricks":
        trace = an_uploaded_trace(client, experiment, "root")
    else:
        trace = trace_id(new_number())
        send(client, a_span(trace=int(trace[3:], 16), name="root"), experiment=experiment)

    fetched = client.get(download_address(client, trace)).json()

    assert [span["name"] for span in fetched["spans"]] == ["root"]
    assert fetched["spans"][0]["attributes"]["mlflow.traceRequestId"] == json.dumps(trace)


def test_a_trace_without_spans_is_fetched_as_one_without_spans(client: Client) -> None:
    trace = trace_id(new_number())
    declare(client, trace, an_experiment(client), DATABRICKS)

    assert client.get(download_address(client, trace)).json() == {"spans": []}


def test_uploads_are_counted_under_the_clients_name(a_server: Door) -> None:
    client = a_server()
    experiment, trace = an_experiment(client), trace_id(new_number())
    declare(client, trace, experiment, DATABRICKS)
    path = f"/api/2.0/mlflow/traces/{trace}/credentials-for-data-upload"
    credential = client.get(path, headers=DATABRICKS).json()["credential_info"]
    headers = {header["name"]: header["value"] for header in credential["headers"]}

    client.request("PUT", credential["signed_uri"], content=trace_data(trace, "root"), headers=headers)

    counted = client.get("/api/v1/ingestion").json()["counts"]
    assert {(row["client"], row["protocol"]) for row in counted} == {
        ("mlflow-python-client/3.17.2", "mlflow-rest"),
        ("mlflow-python-client/3.17.2", "mlflow-artifact"),
    }


@pytest.mark.slow
def test_a_span_of_thirty_megabytes_is_kept(client: Client) -> None:
    experiment, trace = an_experiment(client), trace_id(new_number())
    declare(client, trace, experiment, DATABRICKS)
    body = trace_data(trace, "root", padding="x" * (30 << 20))

    assert client.request("PUT", upload_address(client, trace), content=body).status_code == 200
    assert len(client.get(download_address(client, trace)).content) > 30 << 20


def test_an_upload_above_the_limit_is_refused(a_server: Door) -> None:
    client = a_server(max_body_mb=1)
    trace = trace_id(new_number())
    declare(client, trace, an_experiment(client), DATABRICKS)
    body = trace_data(trace, "root", padding="x" * (1 << 20))

    answer = client.request("PUT", upload_address(client, trace), content=body)

    assert (answer.status_code, answer.json()["error_code"]) == (413, "INVALID_PARAMETER_VALUE")
    assert spans_of(client, trace) == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"spans": [{}]}', b"\xff", b'{"spans": {"a": 1}}'])
def test_what_is_no_trace_data_is_refused(client: Client, body: bytes) -> None:
    trace = trace_id(new_number())
    declare(client, trace, an_experiment(client), DATABRICKS)

    assert client.request("PUT", upload_address(client, trace), content=body).status_code == 400


@pytest.mark.parametrize("way", ["upload", "download"])
@pytest.mark.parametrize("trace", ["tr-" + "0" * 32, "tr-1", "x", "4"])
def test_there_is_no_address_for_a_trace_that_does_not_exist(client: Client, way: str, trace: str) -> None:
    answer = client.get(f"/api/2.0/mlflow/traces/{trace}/credentials-for-data-{way}", headers=DATABRICKS)

    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_attachments_are_files_beside_the_spans(client: Client) -> None:
    trace = an_uploaded_trace(client, an_experiment(client), "root")
    there = {"path": "attachments/7d0f"}
    assert client.get(download_address(client, trace, params=there)).status_code == 404

    assert client.request("PUT", upload_address(client, trace, params=there), content=b"\x89PNG").status_code == 200

    assert client.get(download_address(client, trace, params=there)).content == b"\x89PNG"
    assert spans_of(client, trace) == ["root"]


@pytest.mark.parametrize(
    "path", ["../../../other", "attachments/../traces.json", "a//b", "/etc/passwd", "a\\b", "%2e%2e/x"]
)
def test_an_attachment_stays_with_its_trace(client: Client, path: str) -> None:
    trace = an_uploaded_trace(client, an_experiment(client), "root")
    answer = client.get(
        f"/api/2.0/mlflow/traces/{trace}/credentials-for-data-upload", headers=DATABRICKS, params={"path": path}
    )

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_the_first_search_of_a_client_is_answered_at_once(client: Client) -> None:
    experiment = an_experiment(client)
    traces = [an_uploaded_trace(client, experiment, "root") for _ in range(3)]
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    path = "/api/4.0/mlflow/traces/search-long-running"

    def search(**more: object) -> dict[str, Any]:  # Any: JSON
        answer = client.post(path, json={"locations": [location], "max_results": 2, **more}, headers=DATABRICKS)
        operation = answer.json()
        assert operation["done"] is True
        return operation["response"]

    first = search()
    second = search(page_token=first["next_page_token"])

    found = [info["trace_id"] for page in (first, second) for info in page["trace_infos"]]
    assert sorted(found) == sorted(traces)
    assert "next_page_token" not in second
    assert search(filter="span.name = 'nothing'") == {"trace_infos": []}


def test_a_wrong_filter_is_told_to_the_first_search_as_to_any(client: Client) -> None:
    path = "/api/4.0/mlflow/traces/search-long-running"
    answer = client.post(path, json={"locations": [], "filter": "bogus = 'x'"}, headers=DATABRICKS)

    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    "path",
    [
        "/api/4.0/mlflow/traces/search",
        "/api/4.0/mlflow/traces/main.schema/search",
        "/api/5.0/mlflow/tracing/locations",
    ],
)
def test_calls_of_unity_catalog_traces_are_unknown_so_that_clients_fall_back(client: Client, path: str) -> None:
    answer = client.post(path, json={}, headers=DATABRICKS)

    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


class TestAddresses:
    """An address is good for what it was signed for."""

    def test_it_needs_no_token_and_tells_none(self, client: Client) -> None:
        trace = an_uploaded_trace(client, an_experiment(client), "root")
        address = download_address(client, trace)

        assert client.get(address).status_code == 200
        assert "dapi" not in address

    def test_it_is_good_for_its_method_only(self, client: Client) -> None:
        trace = an_uploaded_trace(client, an_experiment(client), "root")

        assert client.get(upload_address(client, trace)).status_code == 403
        refused = client.request("PUT", download_address(client, trace), content=trace_data(trace, "forged"))
        assert (refused.status_code, refused.json()["error_code"]) == (403, "PERMISSION_DENIED")
        assert client.delete(download_address(client, trace)).status_code == 405
        assert spans_of(client, trace) == ["root"]

    def test_it_is_good_for_its_trace_only(self, client: Client) -> None:
        experiment = an_experiment(client)
        mine, other = (an_uploaded_trace(client, experiment, "root") for _ in range(2))

        assert client.get(download_address(client, mine).replace(mine, other)).status_code == 403

    def test_it_is_good_for_its_file_only(self, client: Client) -> None:
        trace = an_uploaded_trace(client, an_experiment(client), "root")

        for other in ("traces%2ejson2", "attachments/1", "traces.json/"):
            assert client.get(download_address(client, trace).replace("traces.json", other)).status_code == 403

    def test_the_same_path_written_otherwise_is_the_same_path(self, client: Client) -> None:
        trace = an_uploaded_trace(client, an_experiment(client), "root")

        assert client.get(download_address(client, trace).replace("traces.json", "traces%2Ejson")).status_code == 200

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("signature=", "signature=0"),
            ("expires=", "expires=9"),
            ("&signature=", "&other="),
            ("?expires=", "?other="),
        ],
    )
    def test_it_cannot_be_changed(self, client: Client, old: str, new: str) -> None:
        trace = an_uploaded_trace(client, an_experiment(client), "root")

        assert client.get(download_address(client, trace).replace(old, new)).status_code == 403

    def test_without_a_signature_there_is_nothing(self, client: Client) -> None:
        trace = an_uploaded_trace(client, an_experiment(client), "root")

        assert client.get(download_address(client, trace).partition("?")[0]).status_code == 403

    def test_it_expires(self, keyed_client: Client) -> None:
        trace = an_uploaded_trace(keyed_client, an_experiment(keyed_client), "root")
        place = download_address(keyed_client, trace).partition("?")[0]
        clock = FixedClock()

        def at(seconds_ago: int) -> int:
            clock.time_ms = time.time_ns() // 1_000_000 - seconds_ago * 1000
            query = Signatures(KEY, clock).sign("GET", place.removeprefix("http://trilha"))
            return keyed_client.get(f"{place}?{query}").status_code

        assert at(LIFETIME_S - 60) == 200
        assert at(LIFETIME_S + 5) == 403

    def test_it_leads_to_the_operators_address(self, a_server: Door) -> None:
        client = a_server(public_url="https://traces.example.com")
        trace = trace_id(new_number())
        declare(client, trace, an_experiment(client), DATABRICKS)

        assert upload_address(client, trace).startswith("https://traces.example.com/api/databricks/artifacts/")

    def test_another_server_does_not_take_it(self, client: Client, keyed_client: Client) -> None:
        trace = trace_id(new_number())
        for server in (client, keyed_client):
            declare(server, trace, "0", DATABRICKS)

        assert keyed_client.get(download_address(client, trace)).status_code == 403


def test_a_trace_is_one_whichever_dialect_declares_it_again(client: Client) -> None:
    experiment, trace = an_experiment(client), trace_id(new_number())
    for headers in (DATABRICKS, HTTP, DATABRICKS):
        client.post(TRACES, json=a_declaration(trace, experiment, tags={"k": "v"}), headers=headers)

    found = client.post("/api/v1/traces/search", json={"experiment_ids": [experiment]}).json()["traces"]
    assert [(info["trace_id"], info["tags"]) for info in found] == [(trace, {"k": "v"})]
