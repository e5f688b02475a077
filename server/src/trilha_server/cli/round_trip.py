"""Sends one trace to a server, finds it, reads it and deletes it again."""

from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from trilha import names

from trilha_server.domain.errors import TrilhaError

EXPERIMENT = "trilha-doctor"
_START_NS = 1_700_000_000_000_000_000
_Json = Any  # Any: JSON


class BrokenTrip(TrilhaError):
    """A step of the round trip did not do what it should."""


async def round_trip(client: httpx.AsyncClient, otel_trace_id: bytes) -> None:
    """Do all of it in the experiment `trilha-doctor`. Raises `BrokenTrip` with the step that failed."""
    trace_id = f"tr-{otel_trace_id.hex()}"
    try:
        await _send(client, otel_trace_id)
        experiment_id = await _experiment_id(client)
        if await _found(client, experiment_id, trace_id) != 1:
            raise BrokenTrip("the trace was taken but a search does not find it; see the server's log")
        await _read(client, trace_id, otel_trace_id.hex())
        await _answer(client, "delete", "DELETE", f"/api/v1/traces/{trace_id}")
        if await _found(client, experiment_id, trace_id) != 0:
            raise BrokenTrip("the trace was deleted but a search still finds it; see the server's log")
    except httpx.HTTPError as error:
        raise BrokenTrip("the server stopped answering; see its log", cause=type(error).__name__) from error


async def _send(client: httpx.AsyncClient, otel_trace_id: bytes) -> None:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number, name in enumerate(("examine", "listen")):
        spans.append(
            Span(
                trace_id=otel_trace_id,
                span_id=_span_id(number),
                parent_span_id=_span_id(0) if number else b"",
                name=name,
                start_time_unix_nano=_START_NS + number,
                end_time_unix_nano=_START_NS + 1_000_000 - number,
                status=Status(code=Status.STATUS_CODE_OK),
                attributes=[KeyValue(key=names.SPAN_INPUTS, value=AnyValue(string_value=otel_trace_id.hex()))],
            )
        )
    headers = {"content-type": "application/x-protobuf", names.HEADER_EXPERIMENT: EXPERIMENT}
    answer = await _answer(client, "send", "POST", "/v1/traces", content=request.SerializeToString(), headers=headers)
    refused = ExportTraceServiceResponse.FromString(answer.content).partial_success
    if refused.rejected_spans:
        raise BrokenTrip("the server refused the spans", reason=refused.error_message[:200])


async def _experiment_id(client: httpx.AsyncClient) -> str:
    path = "/api/2.0/mlflow/experiments/get-by-name"
    answer = await _answer(client, "find the experiment", "GET", path, params={"experiment_name": EXPERIMENT})
    experiment: _Json = answer.json()["experiment"]
    return experiment["experiment_id"]


async def _found(client: httpx.AsyncClient, experiment_id: str, trace_id: str) -> int:
    query = {"experiment_ids": [experiment_id], "filter": f"request_id = '{trace_id}'"}
    answer = await _answer(client, "search", "POST", "/api/v1/traces/search", json=query)
    return len(answer.json()["traces"])


async def _read(client: httpx.AsyncClient, trace_id: str, inputs: str) -> None:
    path = f"/api/v1/traces/{trace_id}/spans"
    answer = await _answer(client, "read", "GET", path, params={"id": [_span_id(0).hex(), _span_id(1).hex()]})
    spans: _Json = answer.json()
    read = {(span["name"], span["inputs"]) for span in spans}
    if read != {("examine", inputs), ("listen", inputs)}:
        raise BrokenTrip("the spans that were read are not those that were sent", read=sorted(read))


async def _answer(
    client: httpx.AsyncClient, step: str, method: str, path: str, **request: Any
) -> httpx.Response:  # Any: httpx's arguments
    answer = await client.request(method, path, **request)
    if answer.status_code == 200:
        return answer
    raise BrokenTrip(f"the step '{step}' failed", status=answer.status_code, answer=answer.text[:300])


def _span_id(number: int) -> bytes:
    return bytes([number + 1]) * 8
