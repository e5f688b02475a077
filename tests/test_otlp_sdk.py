"""Programs with the OpenTelemetry SDK, over HTTP and gRPC."""

from collections.abc import Iterator
from typing import Any, Literal
from uuid import uuid4

import grpc
import pytest
from opentelemetry import propagate
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from tests.support.mlflow_rest import V2, MlflowRest, attributes_of
from tests.support.otlp import a_request, a_span, mlflow_id, new_trace_id
from tests.support.processes import RunningServer

pytestmark = pytest.mark.timeout(60)

Transport = Literal["http", "http gzip", "grpc", "grpc gzip"]
TRANSPORTS: list[Transport] = ["http", "http gzip", "grpc", "grpc gzip"]


@pytest.fixture
def rest(trilha_server: RunningServer) -> Iterator[MlflowRest]:
    with MlflowRest(trilha_server.url) as rest:
        yield rest


def exporter(server: RunningServer, transport: Transport, headers: dict[str, str]) -> SpanExporter:
    if transport.startswith("http"):
        compression = Compression.Gzip if transport.endswith("gzip") else Compression.NoCompression
        return HttpExporter(endpoint=f"{server.url}/v1/traces", headers=headers, compression=compression)
    compression = grpc.Compression.Gzip if transport.endswith("gzip") else grpc.Compression.NoCompression
    return GrpcExporter(endpoint=server.grpc_target, insecure=True, headers=headers, compression=compression)


def provider(exporter: SpanExporter, **resource: str) -> TracerProvider:
    made = TracerProvider(resource=Resource({key.replace("_", "."): value for key, value in resource.items()}))
    made.add_span_processor(BatchSpanProcessor(exporter))
    return made


def experiment_named(rest: MlflowRest, name: str) -> str | None:
    answer = rest.http.get(f"{V2}/experiments/get-by-name", params={"experiment_name": name})
    return answer.json()["experiment"]["experiment_id"] if answer.is_success else None


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_trace_arrives_whole(trilha_server: RunningServer, rest: MlflowRest, transport: Transport) -> None:
    source = provider(
        exporter(trilha_server, transport, {"x-mlflow-experiment-id": rest.experiment_id}), service_name="shop"
    )
    tracer = source.get_tracer("tests", "1.0")
    with tracer.start_as_current_span("checkout", kind=SpanKind.SERVER) as root:
        root.set_attributes({"session.id": "s-1", "user.id": "u-1"})
        root.set_attributes({"n": 7, "list": ["a", "b"], "real": 0.5, "yes": True})
        with tracer.start_as_current_span("pay", links=[Link(root.get_span_context(), {"why": "retry"})]) as child:
            child.add_event("declined", {"code": 51})
            child.set_status(Status(StatusCode.ERROR, "declined"))
    source.shutdown()

    trace_id = root.get_span_context().trace_id.to_bytes(16, "big")
    info = rest.info(trace_id)
    assert info["state"] in {"OK", "STATE_UNSPECIFIED"}
    assert info["tags"]["service.name"] == "shop"
    metadata = info["trace_metadata"]
    assert (metadata["mlflow.trace.session"], metadata["mlflow.trace.user"]) == ("s-1", "u-1")
    first, second = rest.spans(trace_id)
    assert (first["name"], second["name"]) == ("checkout", "pay")
    attributes = attributes_of(first)
    assert attributes["n"] == {"int_value": 7}
    assert attributes["list"] == {"array_value": {"values": [{"string_value": "a"}, {"string_value": "b"}]}}
    assert (attributes["real"], attributes["yes"]) == ({"double_value": 0.5}, {"bool_value": True})
    assert second["events"][0]["name"] == "declined"
    assert second["status"] == {"code": "STATUS_CODE_ERROR", "message": "declined"}


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_a_trace_goes_where_its_header_says(
    trilha_server: RunningServer, rest: MlflowRest, transport: Transport
) -> None:
    name = f"/t/{uuid4().hex}"
    source = provider(exporter(trilha_server, transport, {"x-trilha-experiment": name}), service_name=uuid4().hex)
    with source.get_tracer("tests").start_as_current_span("call"):
        pass
    source.shutdown()
    experiment_id = experiment_named(rest, name)
    assert experiment_id is not None
    with MlflowRest(trilha_server.url, experiment_id) as there:
        assert len(there.search()["traces"]) == 1


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_a_trace_without_a_header_goes_to_its_services_experiment(
    trilha_server: RunningServer, rest: MlflowRest, transport: Transport
) -> None:
    service = f"service-{uuid4().hex}"
    source = provider(exporter(trilha_server, transport, {}), service_name=service)
    with source.get_tracer("tests").start_as_current_span("call"):
        pass
    source.shutdown()
    experiment_id = experiment_named(rest, service)
    assert experiment_id is not None
    with MlflowRest(trilha_server.url, experiment_id) as there:
        assert len(there.search()["traces"]) == 1


def test_two_services_make_one_trace(trilha_server: RunningServer, rest: MlflowRest) -> None:
    headers = {"x-mlflow-experiment-id": rest.experiment_id}
    front = provider(exporter(trilha_server, "http", headers), service_name="front")
    back = provider(exporter(trilha_server, "grpc", headers), service_name="back")
    with front.get_tracer("tests").start_as_current_span("front") as root:
        carried: dict[str, str] = {}
        propagate.inject(carried)
        with back.get_tracer("tests").start_as_current_span("back", context=propagate.extract(carried)):
            pass
        back.shutdown()
        trace_id = root.get_span_context().trace_id.to_bytes(16, "big")
        assert rest.info(trace_id)["state"] == "IN_PROGRESS"
    front.shutdown()
    assert [span["name"] for span in rest.spans(trace_id)] == ["front", "back"]
    assert rest.info(trace_id)["state"] != "IN_PROGRESS"
    assert len(rest.search()["traces"]) == 1


def test_a_recorded_exception_is_kept(trilha_server: RunningServer, rest: MlflowRest) -> None:
    source = provider(exporter(trilha_server, "http", {"x-mlflow-experiment-id": rest.experiment_id}))
    span = source.get_tracer("tests").start_span("call")
    try:
        raise ValueError("böom")
    except ValueError as error:
        span.record_exception(error)
        span.set_status(Status(StatusCode.ERROR, "böom"))
    span.end()
    source.shutdown()
    trace_id = span.get_span_context().trace_id.to_bytes(16, "big")
    assert rest.info(trace_id)["state"] == "ERROR"
    (event,) = rest.spans(trace_id)[0]["events"]
    assert event["name"] == "exception"
    assert {each["key"] for each in event["attributes"]} >= {"exception.type", "exception.message"}


def export_over_grpc(channel: grpc.Channel, request: ExportTraceServiceRequest, experiment_id: str) -> Any:
    stub: Any = TraceServiceStub(channel)  # Any: its types are generated without answers
    return stub.Export(request, metadata=[("x-mlflow-experiment-id", experiment_id)], timeout=10)


def test_grpc_names_what_it_could_not_keep(trilha_server: RunningServer, rest: MlflowRest) -> None:
    good, bad = a_span(new_trace_id(), name="good"), a_span(b"short", name="bad")
    with grpc.insecure_channel(trilha_server.grpc_target) as channel:
        answer = export_over_grpc(channel, a_request(good, bad), rest.experiment_id)
    assert answer.partial_success.rejected_spans == 1
    assert answer.partial_success.error_message
    assert rest.info(good.trace_id)["trace_id"] == mlflow_id(good.trace_id)


def test_grpc_refuses_an_unknown_experiment(trilha_server: RunningServer) -> None:
    with grpc.insecure_channel(trilha_server.grpc_target) as channel, pytest.raises(grpc.RpcError) as refusal:
        export_over_grpc(channel, a_request(a_span(new_trace_id())), "999999999")
    error: Any = refusal.value  # grpc's type does not say that a failed call is both error and call
    assert error.code() is grpc.StatusCode.NOT_FOUND
