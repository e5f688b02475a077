"""Artifacts through a server as it runs in production: large ones, broken ones, hostile ones."""

import hashlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
import pytest
from moto.server import ThreadedMotoServer

from tests.support.ports import LOOPBACK
from tests.support.processes import RunningServer, TrilhaOptions, start_trilha

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

BASE = "/api/2.0/mlflow-artifacts/artifacts"
LARGE_MB = 300
MAY_GROW_MB = 32
"""Twice what is measured; a body held in memory would be ten times as much."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    started = start_trilha(tmp_path / "data")
    yield started
    started.stop()


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def listed(server: RunningServer, folder: str) -> list[str]:
    answer = httpx.get(server.url + BASE, params={"path": folder}).raise_for_status().json()
    return [each["path"] for each in answer.get("files", [])]


def begin_upload(server: RunningServer, path: str, sent: bytes, announced_bytes: int) -> socket.socket:
    connection = socket.create_connection((LOOPBACK, server.port))
    head = f"PUT {BASE}/{path} HTTP/1.1\r\nhost: x\r\ncontent-length: {announced_bytes}\r\n\r\n"
    connection.sendall(head.encode() + sent)
    return connection


def s3_client(endpoint: str) -> Any:  # Any: boto3 has no types
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=endpoint, **keys)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def wait_for_file(folder: Path, least_bytes: int) -> None:
    deadline_s = time.monotonic() + 20
    while sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < least_bytes:
        assert time.monotonic() < deadline_s, "the upload never reached the disk"
        time.sleep(0.02)


def warm_up(server: RunningServer) -> None:
    """Let the server load what it loads late, so that what grows from then on is held for artifacts."""
    httpx.put(f"{server.url}{BASE}/0/run/warm", content=bytes(1 << 20)).raise_for_status()
    httpx.get(f"{server.url}/openapi.json", timeout=60).raise_for_status()
    search = {"experiment_ids": ["0"], "filter": "status = 'ERROR'"}
    httpx.post(f"{server.url}/api/3.0/mlflow/traces/search", json=search, timeout=60).raise_for_status()


def test_large_artifacts_pass_through_without_being_held_in_memory(server: RunningServer) -> None:
    process = psutil.Process(server.process.pid)
    sent, received = hashlib.sha256(), hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for number in range(LARGE_MB):
            piece = number.to_bytes(4, "big") * (1 << 18)
            sent.update(piece)
            yield piece

    warm_up(server)
    before_mb = process.memory_info().rss >> 20
    httpx.put(f"{server.url}{BASE}/0/run/large", content=pieces(), timeout=120).raise_for_status()
    after_upload_mb = process.memory_info().rss >> 20
    with httpx.stream("GET", f"{server.url}{BASE}/0/run/large", timeout=120) as answer:
        for piece in answer.iter_bytes():
            received.update(piece)

    assert received.digest() == sent.digest()
    assert after_upload_mb - before_mb < MAY_GROW_MB
    assert (process.memory_info().rss >> 20) - before_mb < MAY_GROW_MB


def test_large_artifacts_pass_through_to_an_object_store(tmp_path: Path) -> None:
    s3 = ThreadedMotoServer(LOOPBACK, 0, verbose=False)
    s3.start()
    host, port = s3.get_host_and_port()
    env = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    s3_client(f"http://{host}:{port}").create_bucket(Bucket="bucket")
    server = start_trilha(tmp_path / "data", TrilhaOptions(extra=["--artifacts-url", "s3://bucket/p"], env=env))
    process, content = psutil.Process(server.process.pid), os.urandom(1 << 20) * 100
    try:
        warm_up(server)
        before_mb = process.memory_info().rss >> 20
        httpx.put(f"{server.url}{BASE}/0/run/large", content=content, timeout=120).raise_for_status()

        assert httpx.get(f"{server.url}{BASE}/0/run/large", timeout=120).content == content
        assert (process.memory_info().rss >> 20) - before_mb < 2 * MAY_GROW_MB
        assert listed(server, "0/run") == ["large", "warm"]
        assert not (server.data_dir / "artifacts").exists()
    finally:
        server.stop()
        s3.stop()


def test_a_slow_reader_does_not_fill_the_servers_memory(server: RunningServer) -> None:
    process = psutil.Process(server.process.pid)
    warm_up(server)
    httpx.put(f"{server.url}{BASE}/0/large", content=bytes(100 << 20), timeout=60).raise_for_status()
    before_mb = process.memory_info().rss >> 20
    with httpx.stream("GET", f"{server.url}{BASE}/0/large") as answer:
        next(answer.iter_raw(65536))
        time.sleep(1)
        assert (process.memory_info().rss >> 20) - before_mb < MAY_GROW_MB
    httpx.get(f"{server.url}{BASE}/0/large").raise_for_status()
    assert not [file.path for file in process.open_files() if file.path.endswith("large")]


def test_killing_the_server_during_an_upload_leaves_no_half_file(server: RunningServer, tmp_path: Path) -> None:
    httpx.put(f"{server.url}{BASE}/0/run/kept", content=b"kept").raise_for_status()
    httpx.put(f"{server.url}{BASE}/0/run/over", content=b"before").raise_for_status()
    artifacts = server.data_dir / "artifacts"
    with (
        begin_upload(server, "0/run/new", bytes(5 << 20), 50 << 20),
        begin_upload(server, "0/run/over", bytes(5 << 20), 50 << 20),
    ):
        wait_for_file(artifacts, 8 << 20)
        server.kill()

    assert files_below(artifacts / "0") == ["run/kept", "run/over"]
    again = start_trilha(server.data_dir)
    try:
        assert listed(again, "0/run") == ["kept", "over"]
        assert httpx.get(f"{again.url}{BASE}/0/run/over").content == b"before"
        assert files_below(artifacts) == ["0/run/kept", "0/run/over"]
    finally:
        again.stop()


def test_a_client_that_leaves_during_an_upload_leaves_no_half_file(server: RunningServer) -> None:
    artifacts = server.data_dir / "artifacts"
    with begin_upload(server, "0/run/new", bytes(5 << 20), 50 << 20):
        wait_for_file(artifacts, 4 << 20)
        assert listed(server, "0/run") == []
    deadline_s = time.monotonic() + 10
    while files_below(artifacts) and time.monotonic() < deadline_s:
        time.sleep(0.02)

    assert files_below(artifacts) == []
    assert listed(server, "0/run") == []
    assert "Traceback" not in server.log_tail()


def test_an_upload_under_way_does_not_keep_the_server_from_stopping(server: RunningServer) -> None:
    with begin_upload(server, "0/run/new", bytes(5 << 20), 50 << 20):
        wait_for_file(server.data_dir / "artifacts", 4 << 20)
        assert server.terminate(timeout_s=8) in (0, -signal.SIGTERM)
    assert files_below(server.data_dir / "artifacts") == []


@pytest.mark.parametrize(
    "path",
    [
        "/0/../../trilha.db",
        "/0/../../../../../../etc/passwd",
        "/../../../../etc/passwd",
        "//etc/passwd",
        "/0//etc/passwd",
        "/0/%2e%2e/%2e%2e/etc/passwd",
        "/0/..%2f..%2fetc/passwd",
        "/0/..\\..\\trilha.db",
        "/0/.trilha-uploads/../../trilha.db",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_path_as_no_client_would_write_it_leads_nowhere(trilha_server: RunningServer, path: str, method: str) -> None:
    with socket.create_connection((LOOPBACK, trilha_server.port)) as connection:
        head = f"{method} {BASE}{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx"
        connection.sendall(head.encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece

    assert answer.split(b" ", 2)[1] in (b"400", b"404"), answer[:200]
    assert b"root:" not in answer
    assert b"SQLite format" not in answer
    assert (trilha_server.data_dir / "trilha.db").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s4://bucket", "TRILHA_ARTIFACTS_URL"),
        ("file://artifacts", "TRILHA_ARTIFACTS_URL"),
        ("/dev/null/artifacts", "--artifacts-url"),
        ("s3://bucket/x", "cannot be reached"),
    ],
)
def test_a_store_that_does_not_work_is_told_at_the_start_in_one_line(tmp_path: Path, url: str, words: str) -> None:
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    with pytest.raises(Exception, match="its log ends with") as told:
        start_trilha(tmp_path / "data", TrilhaOptions(extra=["--artifacts-url", url], env=env))
    lines = [line for line in str(told.value).splitlines()[1:] if "obstore" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("trilha: ")
    assert words in lines[0]
