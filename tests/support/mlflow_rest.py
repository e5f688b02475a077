"""MLflow's REST as a client writes it, for requests that no client can be made to send."""

from collections.abc import Mapping
from typing import Any, Self
from uuid import uuid4

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.otlp import mlflow_id, post_spans

V2 = "/api/2.0/mlflow"
V3 = "/api/3.0/mlflow"


class MlflowRest:
    """One experiment of a server."""

    def __init__(self, url: str, experiment_id: str | None = None) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=60)
        self.experiment_id = experiment_id or self.new_experiment()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def new_experiment(self) -> str:
        """Make an experiment and tell its id."""
        answer = self.http.post(f"{V2}/experiments/create", json={"name": f"/t/wire-{uuid4().hex}"})
        return answer.raise_for_status().json()["experiment_id"]

    def declare(self, trace_id: bytes, **said: Any) -> httpx.Response:  # Any: JSON
        """Send what an application says of a trace as a whole."""
        info = {
            "trace_id": mlflow_id(trace_id),
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": {"experiment_id": said.pop("experiment_id", self.experiment_id)},
            },
            "request_time": "2026-11-21T10:29:43.690Z",
            "execution_duration": "0.052s",
            "state": "OK",
            **said,
        }
        return self.http.post(f"{V3}/traces", json={"trace": {"trace_info": info}})

    def send(self, request: ExportTraceServiceRequest) -> httpx.Response:
        """Send spans."""
        return post_spans(self.url, request, {"x-mlflow-experiment-id": self.experiment_id})

    def info(self, trace_id: bytes) -> Any:  # Any: JSON
        """Read a trace without its spans."""
        answer = self.http.get(f"{V3}/traces/{mlflow_id(trace_id)}")
        return answer.raise_for_status().json()["trace"]["trace_info"]

    def spans(self, trace_id: bytes) -> list[Any]:  # Any: JSON
        """Read the spans of a trace."""
        answer = self.http.get(f"{V3}/traces/get", params={"trace_id": mlflow_id(trace_id), "allow_partial": "True"})
        return answer.raise_for_status().json()["trace"].get("spans", [])

    def search_answer(self, **asked: Any) -> httpx.Response:  # Any: JSON
        """Search, as it was answered."""
        location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self.experiment_id}}
        return self.http.post(f"{V3}/traces/search", json={"locations": [location], **asked})

    def search(self, **asked: Any) -> Any:  # Any: JSON
        """Search; traces and, where more follows, a token."""
        return self.search_answer(**asked).raise_for_status().json()

    def found(self, filter_string: str) -> list[str]:
        """Name the traces that a filter finds."""
        return [info["trace_id"] for info in self.search(filter=filter_string).get("traces", [])]


def attributes_of(span: Mapping[str, Any]) -> dict[str, Any]:
    """Read the attributes of a span as MLflow writes them, values still as they are on the wire."""
    return {each["key"]: each.get("value") for each in span["attributes"]}
