"""OTLP requests that no well-behaved SDK sends, and what they are answered."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import zstandard
from google.protobuf.json_format import MessageToDict, MessageToJson
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.support.mlflow_rest import V2, MlflowRest
from tests.support.otlp import PROTOBUF, a_request, a_span, mlflow_id, new_trace_id, post_spans
from tests.support.processes import RunningServer, TrilhaOptions, start_trilha

pytestmark = pytest.mark.timeout(60)

JSON = "application/json"
LIMIT_MB = 2

ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.fixture
def rest(trilha_server: RunningServer) -> Iterator[MlflowRest]:
    with MlflowRest(trilha_server.url) as rest:
        yield rest


def as_otlp_json(request: ExportTraceServiceRequest) -> bytes:
    """Write a request as OTLP/JSON: like protobuf's, but ids are hex."""
    document = MessageToDict(request)
    for resource in document["resourceSpans"]:
        for scope, made in zip(resource["scopeSpans"], request.resource_spans[0].scope_spans, strict=True):
            for span, original in zip(scope["spans"], made.spans, strict=True):
                span["traceId"], span["spanId"] = original.trace_id.hex(), original.span_id.hex()
                span.pop("parentSpanId", None)
                if original.parent_span_id:
                    span["parentSpanId"] = original.parent_span_id.hex()
    return json.dumps(document).encode()


def post(rest: MlflowRest, body: bytes, media_type: str | None = PROTOBUF, **headers: str) -> httpx.Response:
    typed = {} if media_type is None else {"Content-Type": media_type}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return rest.http.post(
        "/v1/traces", content=body, headers={"x-mlflow-experiment-id": rest.experiment_id, **typed, **named}
    )


def refusal_of(answer: httpx.Response) -> str:
    """Read why a request was refused: protobuf answers hold a google.rpc.Status."""
    if answer.headers["content-type"] == PROTOBUF:
        return Status.FromString(answer.content).message
    return answer.json()["message"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_every_form_and_compression_is_read(rest: MlflowRest, media_type: str, encoding: str) -> None:
    trace_id = new_trace_id()
    root = a_span(trace_id, name="root", attributes={"whole": 2**53 + 1, "deep": {"a": [1, "é", None]}})
    request = a_request(root, a_span(trace_id, name="child", parent_id=root.span_id))
    body = request.SerializeToString() if media_type == PROTOBUF else as_otlp_json(request)
    headers = {} if encoding == "identity" else {"Content_Encoding": encoding}
    answer = post(rest, ENCODINGS[encoding](body), media_type + "; charset=utf-8", **headers)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, media_type)
    assert [span["name"] for span in rest.spans(trace_id)] == ["root", "child"]
    values = {each["key"]: each["value"] for each in rest.spans(trace_id)[0]["attributes"]}
    assert values["whole"] == {"int_value": 2**53 + 1}


def test_an_answer_in_protobuf_is_an_export_response(rest: MlflowRest) -> None:
    answer = post(rest, a_request(a_span(new_trace_id())).SerializeToString())
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (PROTOBUF, b"\xff\xff\xff not protobuf"),
        (JSON, b"{not json"),
        (JSON, b"[]"),
        (JSON, b'"text"'),
        (JSON, b'{"resourceSpans": 7}'),
        ("text/plain", b"hello"),
        (None, b"hello"),
    ],
)
def test_what_cannot_be_parsed_is_refused(rest: MlflowRest, media_type: str | None, body: bytes) -> None:
    answer = post(rest, body, media_type)
    assert answer.status_code == 400
    assert refusal_of(answer)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", b"not gzip"), ("deflate", b"\x00\x01"), ("zstd", b"not zstd"), ("br", b"anything")],
)
def test_what_cannot_be_decompressed_is_refused(rest: MlflowRest, encoding: str, body: bytes) -> None:
    answer = post(rest, body, Content_Encoding=encoding)
    assert answer.status_code in {400, 415}
    assert refusal_of(answer)


def test_a_cut_off_compression_is_refused(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    whole = gzip.compress(a_request(a_span(trace_id)).SerializeToString())
    assert post(rest, whole[:-9], Content_Encoding="gzip").status_code == 400


@pytest.mark.parametrize("body", [b"", ExportTraceServiceRequest().SerializeToString()])
def test_a_request_without_spans_breaks_nothing(rest: MlflowRest, body: bytes) -> None:
    assert post(rest, body).status_code in {200, 400}


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("bad", ["trace id is short", "span id is missing", "trace id is zero"])
def test_the_good_spans_are_kept_and_the_bad_ones_named(rest: MlflowRest, media_type: str, bad: str) -> None:
    good, worse = a_span(new_trace_id(), name="good"), a_span(new_trace_id(), name="worse")
    match bad:
        case "trace id is short":
            worse.trace_id = b"short"
        case "span id is missing":
            worse.span_id = b""
        case _:
            worse.trace_id = bytes(16)
    request = a_request(good, worse)
    body = request.SerializeToString() if media_type == PROTOBUF else as_otlp_json(request)
    answer = post(rest, body, media_type)
    assert answer.status_code == 200
    if media_type == PROTOBUF:
        partial = MessageToDict(ExportTraceServiceResponse.FromString(answer.content))["partialSuccess"]
    else:
        partial = answer.json()["partialSuccess"]
    assert int(partial["rejectedSpans"]) == 1
    assert partial["errorMessage"]
    assert [info["trace_id"] for info in rest.search()["traces"]] == [mlflow_id(good.trace_id)]


def test_json_with_ids_that_are_not_hex_loses_only_those_spans(rest: MlflowRest) -> None:
    good = a_span(new_trace_id(), name="good")
    document: Any = json.loads(as_otlp_json(a_request(good, a_span(new_trace_id()))))
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["traceId"] = "zz" * 16
    answer = post(rest, json.dumps(document).encode(), JSON)
    assert answer.status_code == 200
    assert int(answer.json()["partialSuccess"]["rejectedSpans"]) == 1
    assert len(rest.search()["traces"]) == 1


def test_json_that_knows_more_than_we_do_is_read(rest: MlflowRest) -> None:
    good = a_span(new_trace_id(), name="good")
    document: Any = json.loads(as_otlp_json(a_request(good)))
    span = document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span["fromTheFuture"] = {"a": 1}
    span["startTimeUnixNano"] = int(span["startTimeUnixNano"])  # both spellings of numbers are allowed
    assert post(rest, json.dumps(document).encode(), JSON).status_code == 200
    assert [each["name"] for each in rest.spans(good.trace_id)] == ["good"]


def test_protobufs_own_json_is_not_mistaken_for_otlp(rest: MlflowRest) -> None:
    body = MessageToJson(a_request(a_span(new_trace_id()))).encode()  # ids in base64
    answer = post(rest, body, JSON)
    assert answer.status_code == 400 or int(answer.json()["partialSuccess"]["rejectedSpans"]) == 1


# Routing.


def test_an_unknown_experiment_is_refused(rest: MlflowRest) -> None:
    body = a_request(a_span(new_trace_id())).SerializeToString()
    answer = post(rest, body, x_mlflow_experiment_id="999999999")
    assert answer.status_code == 404
    assert refusal_of(answer)


def test_an_experiment_that_is_no_number_is_refused(rest: MlflowRest) -> None:
    body = a_request(a_span(new_trace_id())).SerializeToString()
    assert post(rest, body, x_mlflow_experiment_id="abc").status_code == 400


def test_without_header_and_service_a_trace_goes_to_the_default_experiment(trilha_server: RunningServer) -> None:
    trace_id = new_trace_id()
    assert post_spans(trilha_server.url, a_request(a_span(trace_id))).status_code == 200
    with MlflowRest(trilha_server.url, "0") as default:
        location = default.info(trace_id)["trace_location"]
    assert location["mlflow_experiment"]["experiment_id"] == "0"


def test_the_header_wins_over_the_services_name(trilha_server: RunningServer, rest: MlflowRest) -> None:
    trace_id, service = new_trace_id(), f"service-{uuid4().hex}"
    rest.send(a_request(a_span(trace_id), resource={"service.name": service}))
    assert rest.info(trace_id)["trace_location"]["mlflow_experiment"]["experiment_id"] == rest.experiment_id
    named = rest.http.get(f"{V2}/experiments/get-by-name", params={"experiment_name": service})
    assert named.status_code == 404


def test_requests_at_the_same_time_make_one_experiment(trilha_server: RunningServer, rest: MlflowRest) -> None:
    name = f"/t/{uuid4().hex}"
    requests = [a_request(a_span(new_trace_id())) for _ in range(24)]
    headers = {"x-trilha-experiment": name}
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(post_spans, trilha_server.url, request, headers) for request in requests]
    assert {each.result().status_code for each in sent} == {200}
    found = rest.http.post(f"{V2}/experiments/search", json={"max_results": 9, "filter": f"name = '{name}'"}).json()
    (experiment,) = found["experiments"]
    with MlflowRest(trilha_server.url, experiment["experiment_id"]) as there:
        assert len(there.search()["traces"]) == len(requests)


def test_a_get_is_refused_in_json(rest: MlflowRest) -> None:
    answer = rest.http.get("/v1/traces")
    assert answer.status_code in {404, 405}
    assert answer.json()


# Limits.


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    options = TrilhaOptions(extra=["--max-body-mb", str(LIMIT_MB)])
    server = start_trilha(tmp_path_factory.mktemp("small") / "data", options)
    yield server
    server.stop()


def test_a_body_above_the_limit_is_refused(small_server: RunningServer) -> None:
    body = a_request(a_span(new_trace_id(), attributes={"big": "x" * (LIMIT_MB * 2**20)})).SerializeToString()
    assert post_spans(small_server.url, body).status_code == 413


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_decompression_bomb_is_stopped_while_it_inflates(small_server: RunningServer, encoding: str) -> None:
    bomb = ENCODINGS[encoding](bytes(512 * 2**20))
    assert len(bomb) < LIMIT_MB * 2**20
    before_kb = peak_memory_kb(small_server)
    answer = post_spans(small_server.url, bomb, {"Content-Encoding": encoding})
    assert answer.status_code == 413
    assert peak_memory_kb(small_server) - before_kb < 100_000


def peak_memory_kb(server: RunningServer) -> int:
    """Read the most memory that the process has ever held."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def test_a_body_up_to_the_limit_is_kept_whole(small_server: RunningServer) -> None:
    trace_id, text = new_trace_id(), "y" * (LIMIT_MB * 2**20 - 10_000)
    answer = post_spans(small_server.url, a_request(a_span(trace_id, attributes={"big": text})))
    assert answer.status_code == 200
    with MlflowRest(small_server.url, "0") as rest:
        values = {each["key"]: each["value"] for each in rest.spans(trace_id)[0]["attributes"]}
    assert values["big"] == {"string_value": text}


# What is received is counted.


def test_what_was_received_kept_and_rejected_is_counted(trilha_server: RunningServer) -> None:
    with MlflowRest(trilha_server.url) as rest:
        rest.send(a_request(a_span(new_trace_id()), a_span(new_trace_id()), a_span(b"short")))
        counted = rest.http.get("/api/v1/ingestion").raise_for_status().text
        assert f'"{rest.experiment_id}"' in counted or f":{rest.experiment_id}" in counted.replace(" ", "")
        metrics = rest.http.get("/metrics").raise_for_status().text
    assert "# TYPE" in metrics
