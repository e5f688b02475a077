"""The spans of a trace as one document, `traces.json`: how clients without OTLP send them, and fetch them."""

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.bodies import client_of, read_body
from trilha_server.api.lookups import existing_trace
from trilha_server.api.mlflow.span_json import artifact_json
from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.batch import SpansArrived
from trilha_server.domain.errors import TrilhaError
from trilha_server.domain.ids import TraceId, parse_trace_id
from trilha_server.ingest.door import Arrival, Sender
from trilha_server.normalise.mlflow_artifact import parse_artifact
from trilha_server.normalise.otlp import OtlpSpans, read_request

TRACE_DATA_FILE = "traces.json"


async def take_trace_data(services: Services, request: Request, experiment: str, trace_id: TraceId) -> Response:
    """Let the spans in a request's body in; answers once they are durable. Raises `InvalidInput` and `StoreError`."""
    sender = Sender(client_of(request.headers), "mlflow-artifact")
    body_bytes = 0
    try:
        body = await read_body(request, request.headers, services.max_body_bytes)
        body_bytes = len(body)
        spans = await asyncio.to_thread(_read, trace_id, body)
        experiment_id = await asyncio.to_thread(services.experiments.require, experiment)
    except TrilhaError as error:
        services.door.refuse(sender, error, body_bytes=body_bytes)
        raise
    services.door.refuse_spans(sender, spans)
    arrived = [SpansArrived(experiment_id=experiment_id, spans=trace) for trace in spans.traces]
    if arrived:
        await services.waiting_room.result(services.door.admit(Arrival(sender, [*arrived], body_bytes)))
    return Response("{}", media_type="application/json")


async def give_trace_data(services: Services, trace_id: TraceId) -> Response:
    """Write all spans of a trace, whatever way they came in. Raises `NotFound` without the trace."""
    body = await run_in_threadpool(_write, services, trace_id)
    return Response(body, media_type="application/json")


def trace_data_of(path: ArtifactPath) -> TraceId | None:
    """Tell whose spans a path among the artifacts means; `None` for a file like any other."""
    match path.parts:
        case ("traces", trace_id, "artifacts", name) if name == TRACE_DATA_FILE:
            return parse_trace_id(trace_id)
        case _:
            return None


def _read(trace_id: TraceId, body: bytes) -> OtlpSpans:
    return read_request(parse_artifact(trace_id, body).SerializeToString())


def _write(services: Services, trace_id: TraceId) -> bytes:
    existing_trace(services, trace_id)
    return artifact_json(trace_id, services.store.reader.spans(trace_id))
