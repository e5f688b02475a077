"""`trilha demo`: fills a running server with a week of a support agent's traces, through its public doors."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from itertools import islice, repeat
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from trilha import names

from trilha_server.cli.demo_agent import Played, play
from trilha_server.cli.demo_judgement import judgements, time_text
from trilha_server.cli.demo_story import load_languages, tell
from trilha_server.cli.reach import connected
from trilha_server.domain.errors import TrilhaError

BATCH_TRACES = 50
CONNECTIONS = 8
MAX_ATTEMPTS = 6

UNTIL_TAG = "trilha.demo.until_ms"
"""Tag of the experiment: the end of the week that was told last. Who asks again the same day is told the same week."""

_TRY_AGAIN = (429, 503)
_Json = dict[str, Any]  # Any: JSON


def fill(url: str, experiment: str, traces: int) -> None:
    """Send the traces to the server at `url` and say where to look. Raises `NoServer` where none answers."""
    now_ms = time.time_ns() // 1_000_000
    with connected(url) as client:
        experiment_id, spans = send(client, experiment, traces, now_ms)
    print(f"{traces:,} traces with {spans:,} spans are in the experiment {experiment} (id {experiment_id}).")
    print("Find them from Python, after pip install mlflow-tracing:")
    print(f"  import mlflow; mlflow.set_tracking_uri({url!r})")
    print(f"  mlflow.search_traces(locations=['{experiment_id}'], filter_string=\"status = 'ERROR'\")")
    print("or with curl:")
    body = f'{{"experiment_ids": ["{experiment_id}"], "filter": "feedback.user_feedback = \'false\'"}}'
    escaped = body.replace("'", "'\\''")
    print(f"  curl {url.rstrip('/')}/api/v1/traces/search -H 'content-type: application/json' -d '{escaped}'")


def send(client: httpx.Client, experiment: str, traces: int, now_ms: int) -> tuple[str, int]:
    """Send the traces; returns the experiment's id and the number of spans."""
    client.headers["user-agent"] = f"trilha-demo/{installed_version('trilha-server')}"
    experiment_id, tags = _experiment(client, experiment)
    until_ms = _until_ms(client, experiment_id, tags, now_ms)
    turns = islice(tell(f"{experiment}/{_day(until_ms)}", until_ms), traces)
    columns = (TextColumn("Sending traces"), BarColumn(), MofNCompleteColumn())
    spans = 0
    with (
        ThreadPoolExecutor(CONNECTIONS) as pool,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("", total=traces)
        for batch in _batches(map(play, turns)):
            _send_spans(client, experiment_id, batch)
            list(pool.map(_declare, repeat(client), repeat(experiment_id), batch))
            spans += sum(len(played.spans) for played in batch)
            progress.advance(task, len(batch))
    return experiment_id, spans


def _experiment(client: httpx.Client, name: str) -> tuple[str, dict[str, str]]:
    found = client.get("/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name})
    if found.status_code == 404:
        made = _post(client, "/api/2.0/mlflow/experiments/create", json={"name": name})
        return made["experiment_id"], {}
    experiment = _json(found)["experiment"]
    if experiment["lifecycle_stage"] != "active":
        raise TrilhaError("this experiment is deleted; restore it, or name another --experiment", name=name)
    return experiment["experiment_id"], {tag["key"]: tag["value"] for tag in experiment.get("tags", [])}


def _until_ms(client: httpx.Client, experiment_id: str, tags: dict[str, str], now_ms: int) -> int:
    told = tags.get(UNTIL_TAG, "")
    if told.isdigit() and _day(int(told)) == _day(now_ms):
        return int(told)
    tag = {"experiment_id": experiment_id, "key": UNTIL_TAG, "value": str(now_ms)}
    _post(client, "/api/2.0/mlflow/experiments/set-experiment-tag", json=tag)
    return now_ms


def _send_spans(client: httpx.Client, experiment_id: str, batch: Sequence[Played]) -> None:
    request = ExportTraceServiceRequest()
    by_service: dict[tuple[str, str], ResourceSpans] = {}
    for played in batch:
        service = (played.turn.version.number, played.turn.environment)
        if service not in by_service:
            by_service[service] = _resource_spans(request, *service)
        by_service[service].scope_spans[0].spans.extend(played.spans)
    # By id and not by x-trilha-experiment: a header cannot hold every name.
    headers = {"content-type": "application/x-protobuf", names.HEADER_MLFLOW_EXPERIMENT_ID: experiment_id}
    _post(client, "/v1/traces", content=request.SerializeToString(), headers=headers)


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


def _declare(client: httpx.Client, experiment_id: str, played: Played) -> None:
    """Declare a trace with its assessments: sent again, they are known by their ids, and nothing is there twice."""
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
    _post(client, "/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}})


def _post(client: httpx.Client, path: str, **request: Any) -> _Json:  # Any: httpx's arguments
    for _ in range(MAX_ATTEMPTS - 1):
        response = client.post(path, **request)
        if response.status_code not in _TRY_AGAIN:
            return _json(response)
        time.sleep(float(response.headers.get("retry-after", "1")))
    return _json(client.post(path, **request))


def _json(response: httpx.Response) -> _Json:
    if response.status_code != 200:
        raise TrilhaError("the server refused", status=response.status_code, answer=response.text[:300])
    return response.json() if response.headers["content-type"].startswith("application/json") else {}


def _batches(items: Iterator[Played]) -> Iterator[list[Played]]:
    while batch := list(islice(items, BATCH_TRACES)):
        yield batch


def _day(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d}"
