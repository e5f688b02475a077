"""What a client of the Databricks dialect sends, and the keys of a server that tests may sign with."""

import base64
import json
from pathlib import Path
from typing import Any

from trilha_server.domain.ids import SpanId, TraceId, otel_trace_id
from trilha_server.storage.open import open_store

from server.tests.support.client import Client
from server.tests.support.spans import START_NS, FixedClock, span_id

KEY = b"the key of the tests, 32 bytes.."

SDK_AGENT = "unknown/0.0.0 databricks-sdk-py/0.156.0 python/3.11.7 os/linux auth/pat"
DATABRICKS = {"user-agent": SDK_AGENT, "x-mlflow-client-version": "3.17.2", "authorization": "Bearer dapi-some-token"}
HTTP = {"user-agent": "mlflow-python-client/3.17.2"}


def plant_keys(folder: Path) -> None:
    """Give a server its keys before it starts."""
    store = open_store(f"sqlite:///{folder / 'trilha.db'}", FixedClock())
    for name in ("tokens", "addresses"):
        assert store.keys.signing_key(name, KEY) == KEY
    store.upkeep.close()


def a_declaration(trace: TraceId, experiment: str, **changes: Any) -> dict[str, Any]:  # Any: JSON
    """What a client says of a trace."""
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    info = {"trace_id": trace, "trace_location": location, "request_time": "2026-11-21T10:00:00.123Z", "state": "OK"}
    return {
        "trace": {"trace_info": info | {"execution_duration": "0.5s", "tags": {"mlflow.traceName": "root"}} | changes}
    }


def declare(client: Client, trace: TraceId, experiment: str, headers: dict[str, str]) -> dict[str, Any]:  # Any: JSON
    """Declare a trace; returns the tags that the server answers."""
    answer = client.post("/api/3.0/mlflow/traces", json=a_declaration(trace, experiment), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["trace"]["trace_info"]["tags"]


def trace_data(trace: TraceId, *names: str, padding: str = "") -> bytes:
    """The `traces.json` of a trace: the first span is the root of the others."""
    return json.dumps(
        {"spans": [_span(trace, number, name, padding) for number, name in enumerate(names, start=1)]},
        ensure_ascii=False,
    ).encode()


def address(client: Client, path: str, **how: Any) -> str:  # Any: what httpx takes
    """Ask for a presigned address of a trace's data."""
    answer = client.get(path, headers=DATABRICKS, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()["credential_info"]["signed_uri"]


def upload_address(client: Client, trace: TraceId, **how: Any) -> str:  # Any: what httpx takes
    return address(client, f"/api/2.0/mlflow/traces/{trace}/credentials-for-data-upload", **how)


def download_address(client: Client, trace: TraceId, **how: Any) -> str:  # Any: what httpx takes
    return address(client, f"/api/2.0/mlflow/traces/{trace}/credentials-for-data-download", **how)


def _span(trace: TraceId, number: int, name: str, padding: str) -> dict[str, Any]:  # Any: JSON
    return {
        "trace_id": _base64(otel_trace_id(trace)),
        "span_id": _base64(span_id(number)),
        "parent_span_id": None if number == 1 else _base64(span_id(1)),
        "name": name,
        "start_time_unix_nano": START_NS + number,
        "end_time_unix_nano": START_NS + 1_000_000,
        "events": [],
        "status": {"code": "STATUS_CODE_OK", "message": ""},
        "attributes": {
            "mlflow.traceRequestId": json.dumps(trace),
            "mlflow.spanType": '"TOOL"',
            "mlflow.spanInputs": json.dumps({"q": f"wörld{padding}"}, ensure_ascii=False),
        },
        "links": [],
    }


def _base64(value: bytes | SpanId) -> str:
    return base64.b64encode(value).decode()
