"""The week as a server takes it: spans, and what the application declares of each trace."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from trilha import names

from trilha_server.demo.agent import Played, play
from trilha_server.demo.judgement import judgements, time_text
from trilha_server.demo.story import VERSIONS, load_languages, tell

BATCH_TRACES = 50

UNTIL_TAG = "trilha.demo.until_ms"
"""Tag of the experiment: the end of the week that was told last. Who asks again the same day is told the same week."""

_TIME_MS = re.compile(r"[0-9]{1,14}")
_Json = dict[str, Any]  # Any: JSON


def until_ms(told: str | None, now_ms: int) -> int:
    """Say when the week ends; `told` is the experiment's tag."""
    if told is None or not _TIME_MS.fullmatch(told):  # anybody may write tags
        return now_ms
    return int(told) if _day(int(told)) == _day(now_ms) else now_ms


def week(experiment: str, until_ms: int, traces: int) -> Iterator[list[Played]]:
    """Play so many turns of the week, the newest first, some at a time."""
    played = map(play, islice(tell(f"{experiment}/{_day(until_ms)}", until_ms), traces))
    while batch := list(islice(played, BATCH_TRACES)):
        yield batch


def spans_request(batch: Sequence[Played]) -> ExportTraceServiceRequest:
    """Write the spans of some turns."""
    request = ExportTraceServiceRequest()
    by_service: dict[tuple[str, str], ResourceSpans] = {}
    for played in batch:
        service = (played.turn.version.number, played.turn.environment)
        if service not in by_service:
            by_service[service] = _resource_spans(request, *service)
        by_service[service].scope_spans[0].spans.extend(played.spans)
    return request


def declaration(experiment_id: str, played: Played) -> _Json:
    """Write a trace's information with its assessments, in MLflow's JSON.

    Sent again, they are known by their ids, and nothing is there twice.
    """
    turn = played.turn
    info: _Json = {
        "trace_id": f"tr-{played.trace_id.hex()}",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}},
        "request_time": time_text(turn.start_ms),
        "state": played.state,
        "client_request_id": f"req-{played.trace_id.hex()[:12]}",
        "request_preview": turn.message,
        "trace_metadata": {
            names.TRACE_SESSION: turn.session_id,
            names.TRACE_USER: turn.user,
            names.MODEL_ID: turn.version.model_id,
            names.SOURCE_NAME: "support/agent.py",
            names.SOURCE_TYPE: "LOCAL",
        },
        "tags": {"app_version": turn.version.number, "environment": turn.environment, "language": turn.language},
        "assessments": judgements(played, load_languages()[turn.language]),
    }
    if played.duration_ms is not None:
        info["execution_duration"] = f"{played.duration_ms / 1000:.3f}s"
    if played.state == "OK":
        info["response_preview"] = turn.answer
    return info


def versions(experiment_id: str) -> list[_Json]:
    """Write the agent's versions as `POST /api/v1/versions` takes them; those that are there stay as they are."""
    return [
        {
            "experiment_id": experiment_id,
            "name": version.model_id,
            "kind": "agent",
            "tags": {"release": version.number},
            "params": {"model": version.model, "rerank": str(version.reranks).lower()},
            "get_or_create": True,
        }
        for version in VERSIONS
    ]


def _resource_spans(request: ExportTraceServiceRequest, number: str, environment: str) -> ResourceSpans:
    resource_spans = request.resource_spans.add()
    # `deployment.environment.name` is OpenTelemetry's.
    attributes = {
        names.OTEL_SERVICE_NAME: "customer-support-agent",
        names.OTEL_SERVICE_VERSION: number,
        "deployment.environment.name": environment,
    }
    for key, text in attributes.items():
        resource_spans.resource.attributes.append(KeyValue(key=key, value=AnyValue(string_value=text)))
    resource_spans.scope_spans.add().scope.name = "support.agent"
    return resource_spans


def _day(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d}"
