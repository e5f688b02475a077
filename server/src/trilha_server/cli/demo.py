"""`trilha demo`: fills a running server with a week of a support agent's traces, through its public doors."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version as installed_version
from itertools import repeat
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from trilha import names

from trilha_server.cli.reach import connected
from trilha_server.demo.agent import Played
from trilha_server.demo.week import UNTIL_TAG, declaration, spans_request, until_ms, versions, week
from trilha_server.domain.errors import TrilhaError

CONNECTIONS = 8
MAX_ATTEMPTS = 6

_TRY_AGAIN = (429, 503)
_Json = dict[str, Any]  # Any: JSON


def fill(url: str, experiment: str, traces: int) -> None:
    """Send the traces to the server at `url` and say where to look. Raises `NoServer` where none answers."""
    now_ms = time.time_ns() // 1_000_000
    with connected(url) as client:
        experiment_id, spans = send(client, experiment, traces, now_ms)
    print(f"{traces:,} traces with {spans:,} spans are in the experiment {experiment} (id {experiment_id}).")
    print(f"See them at {url.rstrip('/')}/experiments/{experiment_id}/traces")
    print("or find them from Python, after pip install mlflow-tracing:")
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
    end_ms = _until_ms(client, experiment_id, tags, now_ms)
    for version in versions(experiment_id):
        _post(client, "/api/v1/versions", json=version)
    columns = (TextColumn("Sending traces"), BarColumn(), MofNCompleteColumn())
    spans = 0
    with (
        ThreadPoolExecutor(CONNECTIONS) as pool,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("", total=traces)
        for batch in week(experiment, end_ms, traces):
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
    end_ms = until_ms(tags.get(UNTIL_TAG), now_ms)
    if str(end_ms) != tags.get(UNTIL_TAG):
        tag = {"experiment_id": experiment_id, "key": UNTIL_TAG, "value": str(end_ms)}
        _post(client, "/api/2.0/mlflow/experiments/set-experiment-tag", json=tag)
    return end_ms


def _send_spans(client: httpx.Client, experiment_id: str, batch: Sequence[Played]) -> None:
    # By id and not by x-trilha-experiment: a header cannot hold every name.
    headers = {"content-type": "application/x-protobuf", names.HEADER_MLFLOW_EXPERIMENT_ID: experiment_id}
    _post(client, "/v1/traces", content=spans_request(batch).SerializeToString(), headers=headers)


def _declare(client: httpx.Client, experiment_id: str, played: Played) -> None:
    _post(client, "/api/3.0/mlflow/traces", json={"trace": {"trace_info": declaration(experiment_id, played)}})


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
