"""Requests as clients send them."""

from itertools import count
from typing import Any

from httpx import Response
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from server.tests.support.client import Client
from server.tests.support.spans import a_request

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}

_numbers = count(10_000)


def new_number() -> int:
    """A number that no other trace of the tests has."""
    return next(_numbers)


def an_experiment(client: Client) -> str:
    """Make an experiment; returns its id."""
    answer = client.post("/api/v1/experiments", json={"name": f"experiment {new_number()}"})
    assert answer.status_code == 200
    return answer.json()["experiment_id"]


def send(client: Client, *spans: Span, experiment: str = "0", **resource: Any) -> Response:  # Any: attribute values
    """Send spans over OTLP."""
    body = a_request(*spans, resource=resource).SerializeToString()
    return client.post("/v1/traces", content=body, headers={**PROTOBUF, "x-mlflow-experiment-id": experiment})
