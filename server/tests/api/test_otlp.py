"""OTLP over HTTP, answered as its specification wants."""

import gzip
import json
import zlib
from typing import Any

import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from trilha_server.domain.errors import Busy

from server.tests.api.conftest import Door
from server.tests.support.client import Client
from server.tests.support.spans import START_NS, a_request, a_span, otel_id, span_id, trace_id
from server.tests.support.wire import JSON, PROTOBUF, an_experiment, new_number, send

PROTOBUF_EMPTY = b""


def a_json_body(number: int, **changes: Any) -> dict[str, Any]:
    span = {
        "traceId": otel_id(number).hex(),
        "spanId": span_id(1).hex(),
        "name": "chat",
        "startTimeUnixNano": str(START_NS),
        **changes,
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def trace_of(client: Client, number: int) -> dict[str, Any]:
    return client.get(f"/api/v1/traces/{trace_id(number)}").json()


def test_protobuf_is_kept_and_answered_in_protobuf(client: Client) -> None:
    number = new_number()
    answer = send(client, a_span(trace=number, name="root"), experiment=an_experiment(client))

    assert (answer.status_code, answer.content) == (200, PROTOBUF_EMPTY)
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert trace_of(client, number)["trace"]["name"] == "root"


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_kept_and_answered_in_json(client: Client, content_type: str) -> None:
    number = new_number()
    body = json.dumps(a_json_body(number))
    answer = client.post("/v1/traces", content=body, headers={"content-type": content_type})

    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (200, "application/json", {})
    assert trace_of(client, number)["total_spans"] == 1


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstandard.compress)]
)
@pytest.mark.parametrize("media", [PROTOBUF, JSON])
def test_a_compressed_body_is_read(client: Client, media: dict[str, str], encoding: str, compress: Any) -> None:
    number = new_number()
    plain = a_request(a_span(trace=number)).SerializeToString()
    body = plain if media is PROTOBUF else json.dumps(a_json_body(number)).encode()
    answer = client.post("/v1/traces", content=compress(body), headers={**media, "content-encoding": encoding})

    assert answer.status_code == 200
    assert trace_of(client, number)["total_spans"] == 1


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (PROTOBUF, b""),
        (PROTOBUF, a_request().SerializeToString()),
        (JSON, b"{}"),
        (JSON, b'{"resourceSpans": []}'),
        (JSON, b'{"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}'),
    ],
)
def test_a_request_without_spans_is_fine(client: Client, media: dict[str, str], body: bytes) -> None:
    assert client.post("/v1/traces", content=body, headers=media).status_code == 200


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (PROTOBUF, b"garbage"),
        (JSON, b"garbage"),
        (JSON, b""),
        (JSON, b"[]"),
        (JSON, b"5"),
        ({"content-type": "text/plain"}, b"{}"),
        ({"content-type": ""}, b"{}"),
        ({**PROTOBUF, "content-encoding": "gzip"}, b"garbage"),
        ({**PROTOBUF, "content-encoding": "br"}, b""),
        ({**PROTOBUF, "x-mlflow-experiment-id": "abc"}, a_request(a_span()).SerializeToString()),
        ({**PROTOBUF, "x-trilha-experiment": "n" * 501}, a_request(a_span()).SerializeToString()),
    ],
)
def test_what_cannot_be_read_is_refused_in_the_senders_own_form(
    client: Client, headers: dict[str, str], body: bytes
) -> None:
    answer = client.post("/v1/traces", content=body, headers=headers)

    assert answer.status_code == 400
    assert "retry-after" not in answer.headers
    if headers["content-type"] == PROTOBUF["content-type"]:
        status = Status.FromString(answer.content)
        assert status.code == 3
        assert status.message
    else:
        assert answer.json()["code"] == 3
        assert answer.json()["message"]


def test_an_experiment_that_does_not_exist_is_told(client: Client) -> None:
    answer = send(client, a_span(), experiment="99999999")

    assert answer.status_code == 404
    assert "experiment" in Status.FromString(answer.content).message


def test_bad_spans_are_named_and_the_good_ones_are_kept(client: Client) -> None:
    number = new_number()
    wrong = a_span(2, trace=number, name="wrong one")
    wrong.span_id = b"short"
    answer = send(client, a_span(1, trace=number), *[wrong] * 12)

    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 12)
    assert f"span 'wrong one' ({b'short'.hex()}): the span id must be 8 bytes" in partial.error_message
    assert partial.error_message.endswith("and 2 more")
    assert trace_of(client, number)["total_spans"] == 1


def test_half_an_emoji_loses_nothing(client: Client) -> None:
    number = new_number()
    body = json.dumps(a_json_body(number, name="cut \ud83d"))  # as JavaScript writes what it has cut
    answer = client.post("/v1/traces", content=body, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()) == (200, {})
    assert trace_of(client, number)["trace"]["name"] == "cut \ufffd"


def test_bad_spans_are_named_in_json_too(client: Client) -> None:
    answer = client.post("/v1/traces", json=a_json_body(new_number(), spanId="xyz"))

    assert (answer.status_code, answer.json()["partialSuccess"]["rejectedSpans"]) == (200, "1")


def test_the_headers_decide_where_traces_go(client: Client) -> None:
    number, made = new_number(), an_experiment(client)
    name = f"/Shared/by name {number}"
    cases = {
        0: {"x-mlflow-experiment-id": made, "x-trilha-experiment": name},
        1: {"x-trilha-experiment": name},
        2: {},
    }
    for offset, headers in cases.items():
        body = a_request(a_span(trace=number * 10 + offset), resource={"service.name": f"service {number}"})
        client.post("/v1/traces", content=body.SerializeToString(), headers={**PROTOBUF, **headers})

    names = {item["experiment_id"]: item["name"] for item in client.get("/api/v1/experiments").json()}
    went = [trace_of(client, number * 10 + offset)["trace"]["experiment_id"] for offset in cases]
    assert went[0] == made
    assert [names[experiment] for experiment in went[1:]] == [name, f"service {number}"]


@pytest.mark.parametrize("service", [{}, {"service.name": "unknown_service:python"}, {"service.name": " "}])
def test_without_any_hint_traces_go_to_the_default_experiment(client: Client, service: dict[str, str]) -> None:
    number = new_number()
    body = a_request(a_span(trace=number), resource=service).SerializeToString()

    assert client.post("/v1/traces", content=body, headers=PROTOBUF).status_code == 200
    assert trace_of(client, number)["trace"]["experiment_id"] == "0"


def test_a_header_links_the_trace_to_a_run(client: Client) -> None:
    number = new_number()
    body = a_request(a_span(trace=number)).SerializeToString()
    client.post("/v1/traces", content=body, headers={**PROTOBUF, "x-mlflow-run-id": "run-1"})

    assert trace_of(client, number)["trace"]["run_ids"] == ["run-1"]


@pytest.fixture(scope="module")
def small(a_server: Door) -> Client:
    """A server that takes little."""
    return a_server(max_body_mb=1, max_pending_mb=1)


class TestLimits:
    """What is too much is refused, and says when to come back."""

    @pytest.mark.parametrize("media", [PROTOBUF, JSON])
    def test_a_body_above_the_limit_is_refused(self, small: Client, media: dict[str, str]) -> None:
        answer = small.post("/v1/traces", content=bytes((1 << 20) + 1), headers=media)

        assert answer.status_code == 413

    def test_a_body_that_grows_above_the_limit_is_refused(self, small: Client) -> None:
        bomb = gzip.compress(bytes(50 << 20))
        answer = small.post("/v1/traces", content=bomb, headers={**PROTOBUF, "content-encoding": "gzip"})

        assert answer.status_code == 413
        assert "--max-body-mb" in Status.FromString(answer.content).message

    def test_a_body_without_a_length_has_the_same_limit(self, small: Client) -> None:
        answer = small.post("/v1/traces", content=(bytes(1 << 18) for _ in range(5)), headers=PROTOBUF)

        assert answer.status_code == 413

    def test_the_server_still_works_and_has_counted(self, small: Client) -> None:
        small.post("/v1/traces", content=bytes((1 << 20) + 1), headers=PROTOBUF)

        assert send(small, a_span()).status_code == 200
        counts = small.get("/api/v1/ingestion").json()["counts"]
        assert {(row["outcome"], row["reason"]) for row in counts} >= {("kept", ""), ("rejected", "TooLarge")}


def test_a_server_that_is_full_says_when_to_come_back(a_server: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    full = a_server()
    monkeypatch.setattr("trilha_server.ingest.group_commit.GroupCommit.submit", _busy)

    answers = [
        send(full, a_span()),
        full.post("/v1/traces", json=a_json_body(1)),
        full.post("/api/3.0/mlflow/traces", json=_start_trace()),
    ]

    assert [answer.status_code for answer in answers] == [429, 429, 429]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)


def _busy(*_: object) -> None:
    raise Busy("too many requests wait to be written; try again later")


def _start_trace() -> dict[str, Any]:
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
    info = {"trace_id": trace_id(1), "trace_location": location, "request_time": "2026-11-21T10:00:00Z", "state": "OK"}
    return {"trace": {"trace_info": info}}


def test_what_a_fault_of_ours_says_tells_nothing_and_can_be_sent_again(
    a_server: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = a_server()
    monkeypatch.setattr("trilha_server.storage.trace_writer.SqlTraceWriter.write", _secret_fault)

    answer = send(broken, a_span())

    assert answer.status_code == 503
    assert b"secret" not in answer.content


def _secret_fault(*_: object) -> None:
    raise RuntimeError("SELECT secret FROM somewhere")


def test_a_request_for_an_experiment_that_is_not_there_is_counted(client: Client) -> None:
    sender = "misled/1.0"
    answer = client.post(
        "/v1/traces",
        content=b"",
        headers={**PROTOBUF, "x-mlflow-experiment-id": "999999", "user-agent": sender},
    )

    assert answer.status_code == 404
    counts = client.get("/api/v1/ingestion").json()["counts"]
    assert [(row["outcome"], row["reason"], row["requests"]) for row in counts if row["client"] == sender] == [
        ("rejected", "NotFound", 1)
    ]
