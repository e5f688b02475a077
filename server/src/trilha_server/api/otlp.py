"""OTLP over HTTP: `POST /v1/traces`."""

import asyncio

import msgspec
from google.protobuf.json_format import MessageToJson
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import Request
from starlette.responses import Response
from trilha import names

from trilha_server.api.bodies import client_of, header_text, headers_of, read_body
from trilha_server.api.problems import answer_for, headers_for, unexpected
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services
from trilha_server.domain.batch import Rejection, SpansArrived, TraceUpdate
from trilha_server.domain.errors import InvalidInput, TrilhaError
from trilha_server.domain.ids import DEFAULT_EXPERIMENT_ID, ExperimentId
from trilha_server.ingest.door import Arrival, Sender
from trilha_server.ingest.reading_process import Form
from trilha_server.normalise.otlp import OtlpSpans

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_MAX_NAMED_REJECTIONS = 10
_GRPC_CODES = {400: 3, 404: 5, 413: 3, 429: 8, 503: 14}  # google.rpc.Code


class Destination(msgspec.Struct, frozen=True):
    """Where the sender wants its traces; all `None` leaves it to the service's name."""

    experiment_id: str | None = None
    experiment: str | None = None
    run_id: str | None = None


def otlp_routes(services: Services) -> list[RawRoute]:
    """List the routes of OTLP."""

    async def export(request: Request) -> Response:
        return await _export(services, request)

    return [RawRoute(method="POST", path="/v1/traces", permission=Permission.WRITE, handle=export)]


async def accept_spans(
    services: Services, sender: Sender, destination: Destination, spans: OtlpSpans, body_bytes: int
) -> ExportTraceServiceResponse:
    """Let spans in, wait until they are kept, and answer. Shared by HTTP and gRPC."""
    try:
        updates = _known_updates(services, destination, spans)
        if updates is None:
            updates, homeless = await asyncio.to_thread(_updates, services, destination, spans)
            spans = msgspec.structs.replace(spans, rejections=[*spans.rejections, *homeless])
    except TrilhaError as error:  # no such experiment, or a store that cannot be asked for it
        services.door.refuse(sender, error, body_bytes=body_bytes)
        raise
    services.door.refuse_spans(sender, spans)
    if updates:
        await services.waiting_room.result(services.door.admit(Arrival(sender, updates, body_bytes)))
    return partial_success(spans.rejections)


def partial_success(rejections: list[Rejection]) -> ExportTraceServiceResponse:
    """Answer for a request of which some spans could not be kept."""
    response = ExportTraceServiceResponse()
    if rejections:
        named = [rejection.detail for rejection in rejections[:_MAX_NAMED_REJECTIONS]]
        more = len(rejections) - len(named)
        response.partial_success.rejected_spans = sum(rejection.span_count for rejection in rejections)
        response.partial_success.error_message = "; ".join(named) + (f"; and {more} more" if more else "")
    return response


async def _export(services: Services, request: Request) -> Response:
    headers = headers_of(request)
    sender = Sender(client_of(headers), "otlp-http")
    media_type = headers.get("content-type", "").split(";")[0].strip().lower()
    body_bytes = 0
    try:
        if media_type not in (PROTOBUF, JSON):
            raise InvalidInput("the content type must be application/x-protobuf or application/json")
        body = await read_body(request, headers, services.max_body_bytes)
        body_bytes = len(body)
        spans = await services.reading.read(body, Form.PROTOBUF if media_type == PROTOBUF else Form.JSON)
        destination = Destination(
            experiment_id=headers.get(names.HEADER_MLFLOW_EXPERIMENT_ID),
            experiment=header_text(headers.get(names.HEADER_EXPERIMENT)),
            run_id=headers.get(names.HEADER_MLFLOW_RUN_ID),
        )
    except TrilhaError as error:
        services.door.refuse(sender, error, body_bytes=body_bytes)
        return _error_response(error, media_type)
    try:
        answer = await accept_spans(services, sender, destination, spans, body_bytes)
    except TrilhaError as error:
        return _error_response(error, media_type)
    except Exception as error:  # the edge of the process: the sender must get an answer it can retry on
        return _error_response(unexpected(error, request), media_type)
    return _response(answer, media_type)


def _known_updates(services: Services, destination: Destination, spans: OtlpSpans) -> list[TraceUpdate] | None:
    """Choose the experiments without touching the store; `None` where that is not enough."""
    directory = services.experiments
    fixed: ExperimentId | None = None
    if destination.experiment_id is not None:
        fixed = directory.knows(destination.experiment_id)
    elif destination.experiment is not None:
        fixed = directory.known(destination.experiment)
    if fixed is None and (destination.experiment_id is not None or destination.experiment is not None):
        return None
    updates: list[TraceUpdate] = []
    for trace in spans.traces:
        experiment_id = fixed
        if experiment_id is None:
            service = trace.service_name
            experiment_id = DEFAULT_EXPERIMENT_ID if service is None else directory.known(service)
            if experiment_id is None:
                return None
        updates.append(SpansArrived(experiment_id=experiment_id, spans=trace, run_id=destination.run_id))
    return updates


def _updates(
    services: Services, destination: Destination, spans: OtlpSpans
) -> tuple[list[TraceUpdate], list[Rejection]]:
    """Choose the experiments, and make those that are used for the first time; name what belongs nowhere."""
    directory = services.experiments
    fixed: ExperimentId | None = None
    if destination.experiment_id is not None:
        fixed = directory.require(destination.experiment_id)
    elif destination.experiment is not None:
        fixed = directory.named(destination.experiment)
    updates: list[TraceUpdate] = []
    homeless: list[Rejection] = []
    for trace in spans.traces:
        experiment_id = fixed
        if experiment_id is None:
            service = trace.service_name
            try:
                experiment_id = DEFAULT_EXPERIMENT_ID if service is None else directory.named(service)
            except InvalidInput as error:
                homeless.append(Rejection("experiment", f"trace {trace.trace_id}: {error}", len(trace.facts)))
                continue
        updates.append(SpansArrived(experiment_id=experiment_id, spans=trace, run_id=destination.run_id))
    return updates, homeless


def _response(message: ExportTraceServiceResponse, media_type: str) -> Response:
    if media_type == JSON:
        return Response(MessageToJson(message, indent=None), media_type=JSON)
    return Response(message.SerializeToString(), media_type=PROTOBUF)


def _error_response(error: TrilhaError, media_type: str) -> Response:
    answer = answer_for(error)
    headers = headers_for(error)
    if media_type == PROTOBUF:
        status = Status(code=_GRPC_CODES.get(answer.status, 13), message=str(error))
        return Response(status.SerializeToString(), answer.status, headers, media_type=PROTOBUF)
    body = {"code": _GRPC_CODES.get(answer.status, 13), "message": str(error), "error_code": answer.mlflow_code}
    return Response(msgspec.json.encode(body), answer.status, headers, media_type=JSON)
