"""OTLP over gRPC."""

import grpc
from grpc import aio
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,  # pyright: ignore[reportUnknownVariableType]  # generated without types
)
from trilha import names

from trilha_server.api.otlp import Destination, accept_spans
from trilha_server.api.problems import answer_for
from trilha_server.api.services import Services
from trilha_server.domain.errors import InvalidInput, TrilhaError
from trilha_server.ingest.door import Sender
from trilha_server.ingest.reading_process import Form

_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.NOT_FOUND,
    413: grpc.StatusCode.INVALID_ARGUMENT,
    429: grpc.StatusCode.UNAVAILABLE,
    503: grpc.StatusCode.UNAVAILABLE,
}


class _TraceService(TraceServiceServicer):
    def __init__(self, services: Services) -> None:
        self._services = services

    async def Export(  # noqa: N802  # the name is the protocol's
        self,
        request: ExportTraceServiceRequest,
        context: aio.ServicerContext[ExportTraceServiceRequest, ExportTraceServiceResponse],
    ) -> ExportTraceServiceResponse:
        metadata = {str(key).lower(): str(value) for key, value in context.invocation_metadata() or ()}
        sender = Sender(metadata.get("user-agent", "").split(" ")[0], "otlp-grpc")
        destination = Destination(
            experiment_id=metadata.get(names.HEADER_MLFLOW_EXPERIMENT_ID),
            experiment=metadata.get(names.HEADER_EXPERIMENT),
            run_id=metadata.get(names.HEADER_MLFLOW_RUN_ID),
        )
        body = request.SerializeToString()
        try:
            spans = await self._services.reading.read(body, Form.PROTOBUF)
            return await accept_spans(self._services, sender, destination, spans, len(body))
        except TrilhaError as error:
            await context.abort(_CODES.get(answer_for(error).status, grpc.StatusCode.INTERNAL), str(error))


def grpc_server(services: Services, address: str) -> aio.Server:
    """Make a server for the address, not started yet. Raises `InvalidInput` where the port is taken."""
    server = aio.server(
        options=[
            ("grpc.max_receive_message_length", services.max_body_bytes),
            ("grpc.so_reuseport", 0),  # a second server on the port must fail, not share it
        ]
    )
    add_TraceServiceServicer_to_server(_TraceService(services), server)
    try:
        bound = server.add_insecure_port(address)
    except RuntimeError:
        bound = 0
    if bound == 0:
        raise InvalidInput(f"cannot listen on {address} for gRPC: choose another --grpc-port, or 'off'")
    return server
