"""The one artifact that older MLflow clients keep of a trace: its spans, as `traces.json`."""

import asyncio
import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.bodies import client_of, read_body
from trilha_server.api.mlflow.span_json import artifact_json
from trilha_server.api.problems import mlflow_response, unexpected
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services
from trilha_server.domain.batch import SpansArrived
from trilha_server.domain.errors import InvalidInput, NotFound, TrilhaError
from trilha_server.domain.ids import TraceId, parse_trace_id
from trilha_server.ingest.door import Arrival, Sender
from trilha_server.normalise.mlflow_artifact import parse_artifact
from trilha_server.normalise.otlp import OtlpSpans, read_request

_PATH = re.compile(r"(\d{1,18})/traces/(tr-[0-9a-f]{32})/artifacts/traces\.json")
_BASE = "/api/2.0/mlflow-artifacts/artifacts/{path:path}"


def artifact_routes(services: Services) -> list[RawRoute]:
    """List the routes of artifacts."""

    async def upload(request: Request) -> Response:
        try:
            return await _upload(services, request)
        except TrilhaError as error:
            return mlflow_response(error)
        except Exception as error:  # the edge of the process
            return mlflow_response(unexpected(error, request))

    async def download(request: Request) -> Response:
        try:
            return await run_in_threadpool(_download, services, request.path_params["path"])
        except TrilhaError as error:
            return mlflow_response(error)
        except Exception as error:  # the edge of the process
            return mlflow_response(unexpected(error, request))

    return [
        RawRoute(method="PUT", path=_BASE, permission=Permission.WRITE, handle=upload),
        RawRoute(method="GET", path=_BASE, permission=Permission.READ, handle=download),
    ]


async def _upload(services: Services, request: Request) -> Response:
    sender = Sender(client_of(request), "mlflow-artifact")
    body_bytes = 0
    try:
        experiment, trace_id = _parse_path(request.path_params["path"])
        body = await read_body(request, services.max_body_bytes)
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


def _read(trace_id: TraceId, body: bytes) -> OtlpSpans:
    return read_request(parse_artifact(trace_id, body).SerializeToString())


def _download(services: Services, path: str) -> Response:
    _, trace_id = _parse_path(path)
    if not services.store.reader.get([trace_id]):
        raise NotFound("there is no such trace", trace_id=trace_id)
    return Response(artifact_json(trace_id, services.store.reader.spans(trace_id)), media_type="application/json")


def _parse_path(path: str) -> tuple[str, TraceId]:
    found = _PATH.fullmatch(path)
    if found is None:
        raise InvalidInput("only the traces.json of a trace can be kept here", path=path[:200])
    return found.group(1), parse_trace_id(found.group(2))
