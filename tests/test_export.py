"""A download that breaks off is seen to have broken off."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.otlp import PROTOBUF, a_request, a_span, new_trace_id
from tests.support.processes import TrilhaOptions, start_trilha

TRACES = 3_000
TEXT_BYTES = 20_000
"""So much that sockets cannot hold all of it while the client waits."""


def test_a_download_whose_store_fails_in_the_middle_does_not_look_whole(tmp_path: Path) -> None:
    server = start_trilha(tmp_path / "data", TrilhaOptions())
    text = "x" * TEXT_BYTES
    try:
        for _ in range(0, TRACES, 100):
            spans = [a_span(new_trace_id(), attributes={"mlflow.spanInputs": text}) for _ in range(100)]
            body = a_request(*spans).SerializeToString()
            httpx.post(f"{server.url}/v1/traces", content=body, headers={"content-type": PROTOBUF}).raise_for_status()
        address, query = f"{server.url}/api/v1/traces/export", {"experiment_id": "0", "spans": "true"}
        with httpx.stream("GET", address, params=query, timeout=60) as answer:
            lines = answer.iter_lines()
            assert answer.status_code == 200
            assert text in next(lines)
            with closing(sqlite3.connect(tmp_path / "data" / "trilha.db")) as connection:
                connection.execute("ALTER TABLE trace RENAME TO gone")
            with pytest.raises(httpx.RemoteProtocolError):
                assert [json.loads(line) for line in lines] == "all of them"
        assert httpx.get(f"{server.url}/health").status_code == 200
    finally:
        server.stop()
    log = server.log.read_text()
    assert "export broken off" in log
    assert text not in log
