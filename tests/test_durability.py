"""What was acknowledged is kept: through kill, crash, a full disk and an orderly end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import not_run
from tests.support.load import SPANS_A_TRACE, Load
from tests.support.mlflow_rest import V3, MlflowRest
from tests.support.otlp import a_request, a_span, mlflow_id, new_trace_id, post_spans
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.processes import (
    RunningServer,
    ServerDidNotStart,
    TrilhaOptions,
    start_trilha,
    trilha_command,
    trilha_environment,
)

pytestmark = pytest.mark.timeout(120)

OK = 200
KILLS = 3
ACKNOWLEDGED_A_ROUND = 100
DRAIN_S = 5.0
SMALL_DISK_MB = 24


def stored(rest: MlflowRest) -> set[str]:
    """Read every trace of an experiment, page by page."""
    found: set[str] = set()
    asked: dict[str, object] = {"max_results": 500}
    while True:
        page = rest.search(**asked)
        found |= {info["trace_id"] for info in page.get("traces", [])}
        if "next_page_token" not in page:
            return found
        asked["page_token"] = page["next_page_token"]


def spans_kept(rest: MlflowRest, trace_id: str) -> int:
    answer = rest.http.get(f"{V3}/traces/get", params={"trace_id": trace_id, "allow_partial": "True"})
    return len(answer.raise_for_status().json()["trace"]["spans"])


def assert_survives_kills(data_dir: Path, options: TrilhaOptions) -> None:
    server = start_trilha(data_dir, options)
    with MlflowRest(server.url) as rest:
        experiment_id = rest.experiment_id
    acknowledged: set[str] = set()
    try:
        for _ in range(KILLS):
            with Load(server.url, experiment_id) as load:
                load.wait_for(ACKNOWLEDGED_A_ROUND)
                server.kill()
            acknowledged |= load.acknowledged
            server = start_trilha(data_dir, options)
            with MlflowRest(server.url, experiment_id) as rest:
                assert acknowledged <= stored(rest), "nothing acknowledged is missing"
                assert {spans_kept(rest, trace_id) for trace_id in sorted(load.acknowledged)[:20]} == {SPANS_A_TRACE}
    finally:
        server.stop()
    assert len(acknowledged) >= KILLS * ACKNOWLEDGED_A_ROUND


def test_kill_9_loses_nothing_that_was_acknowledged_on_sqlite(tmp_path: Path) -> None:
    assert_survives_kills(tmp_path / "data", TrilhaOptions())


def test_kill_9_loses_nothing_that_was_acknowledged_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    assert_survives_kills(tmp_path / "data", TrilhaOptions(store_url=postgres_url))


def test_two_servers_share_one_postgresql(tmp_path: Path, postgres_url: str) -> None:
    options = TrilhaOptions(store_url=postgres_url)
    first = start_trilha(tmp_path / "first", options)
    second = start_trilha(tmp_path / "second", options)
    try:
        trace_id = new_trace_id()
        root = a_span(trace_id, name="root")
        with MlflowRest(first.url) as rest, MlflowRest(second.url, rest.experiment_id) as other:
            rest.send(a_request(a_span(trace_id, name="child", parent_id=root.span_id)))
            assert other.send(a_request(root)).status_code == 200
            assert [span["name"] for span in rest.spans(trace_id)] == ["root", "child"]
            assert rest.found("status = 'OK'") == other.found("status = 'OK'") == [mlflow_id(trace_id)]
    finally:
        first.stop()
        second.stop()


def test_postgresql_may_crash_and_come_back(tmp_path: Path, postgres: Postgres, postgres_url: str) -> None:
    server = start_trilha(tmp_path / "data", TrilhaOptions(store_url=postgres_url))
    try:
        before, during, after = (new_trace_id() for _ in range(3))
        assert post_spans(server.url, a_request(a_span(before))).status_code == 200
        postgres.kill()
        answer = post_spans(server.url, a_request(a_span(during)))
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        postgres.start()
        assert until_accepted(server, after) == 200
        with MlflowRest(server.url, "0") as rest:
            assert {mlflow_id(before), mlflow_id(after)} <= stored(rest)
    finally:
        server.stop()


def until_accepted(server: RunningServer, trace_id: bytes, timeout_s: float = 15) -> int:
    """Send one trace again and again until it is accepted, as a client does."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        status = post_spans(server.url, a_request(a_span(trace_id))).status_code
        if status == OK or time.monotonic() > deadline_s:
            return status
        time.sleep(0.2)


# An orderly end.


def test_sigterm_answers_what_is_under_way_and_ends_within_5_seconds(tmp_path: Path) -> None:
    server = start_trilha(tmp_path / "data")
    with MlflowRest(server.url) as rest:
        experiment_id = rest.experiment_id
    with Load(server.url, experiment_id) as load:
        load.wait_for(ACKNOWLEDGED_A_ROUND)
        began_s = time.monotonic()
        code = server.terminate(timeout_s=20)
        took_s = time.monotonic() - began_s
    assert (code in {0, -signal.SIGTERM}, took_s < DRAIN_S) == (True, True), (code, took_s)
    assert load.statuses <= {200, 503}
    again = start_trilha(tmp_path / "data")
    try:
        with MlflowRest(again.url, experiment_id) as rest:
            assert load.acknowledged <= stored(rest)
    finally:
        server.kill()
        again.stop()


def test_sigterm_does_not_wait_for_a_live_stream(tmp_path: Path) -> None:
    server = start_trilha(tmp_path / "data")
    listening = threading.Event()

    def listen() -> None:
        try:
            with httpx.stream("GET", f"{server.url}/api/v1/traces/live", timeout=20) as stream:
                assert stream.status_code == 200
                listening.set()
                for _ in stream.iter_bytes():
                    pass
        except httpx.HTTPError:
            pass

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        assert listening.wait(10)
        began_s = time.monotonic()
        server.terminate(timeout_s=20)
        assert time.monotonic() - began_s < DRAIN_S
    finally:
        server.kill()
        listener.join(timeout=10)


# Refusals to start.


def refusal_to_start(*arguments: str) -> str:
    """Start a server that ought to refuse, and tell what it says."""
    done = subprocess.run(
        [str(trilha_command()), "server", "--grpc-port", "off", *arguments],
        env=trilha_environment({}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode not in {0, -signal.SIGKILL}
    return done.stdout + done.stderr


def test_a_second_server_on_the_same_folder_is_refused_in_words(tmp_path: Path) -> None:
    server = start_trilha(tmp_path / "data")
    try:
        said = refusal_to_start("--port", str(free_port()), "--data-dir", str(tmp_path / "data"))
        assert "Traceback" not in said
        assert "another trilha server uses this data folder" in said
        assert httpx.get(f"{server.url}/health").status_code == 200
    finally:
        server.stop()


def test_the_folder_is_free_again_after_a_kill(tmp_path: Path) -> None:
    start_trilha(tmp_path / "data").kill()
    start_trilha(tmp_path / "data").stop()


def test_a_taken_port_is_refused_in_words(tmp_path: Path, trilha_server: RunningServer) -> None:
    said = refusal_to_start("--port", str(trilha_server.port), "--data-dir", str(tmp_path / "data"))
    assert "Traceback" not in said
    assert str(trilha_server.port) in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # the point of the test is that it is refused
def test_an_open_address_is_refused_without_insecure(tmp_path: Path, host: str) -> None:
    said = refusal_to_start("--host", host, "--port", str(free_port()), "--data-dir", str(tmp_path / "data"))
    assert "Traceback" not in said
    assert "--insecure" in said


def test_an_unreachable_postgresql_is_refused_in_words_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://ann:s3cret@127.0.0.1:{free_port()}/nowhere"
    said = refusal_to_start("--port", str(free_port()), "--data-dir", str(tmp_path / "data"), "--store-url", url)
    assert "Traceback" not in said
    assert "s3cret" not in said


# A full disk.


@pytest.fixture
def small_disk(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Path]:
    """A folder with little room, which only root can make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        not_run(pytestconfig, "the full disk: only root on Linux can mount a small one")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_MB}m", "trilha", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        not_run(pytestconfig, f"the full disk: mount says {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def incompressible(chars: int) -> str:
    return os.urandom(chars // 2).hex()


def test_a_full_disk_is_told_and_the_server_recovers_when_there_is_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(8 * 2**20))
    server = start_trilha(small_disk / "data")
    try:
        kept: set[str] = set()
        refused = None
        for _ in range(400):
            trace_id = new_trace_id()
            request = a_request(a_span(trace_id, attributes={"text": incompressible(400_000)}))
            answer = post_spans(server.url, request)
            if answer.status_code != OK:
                refused = answer
                break
            kept.add(mlflow_id(trace_id))
        assert refused is not None, "the disk was full at last"
        assert refused.status_code in {503, 507}
        assert len(kept) > 5
        with MlflowRest(server.url, "0") as rest:
            assert kept <= stored(rest), "reading goes on"
        ballast.unlink()
        recovered = new_trace_id()
        assert until_accepted(server, recovered) == 200
        kept.add(mlflow_id(recovered))
        for _ in range(8):  # less than a third of the room: folding the log in must not eat up the rest
            trace_id = new_trace_id()
            request = a_request(a_span(trace_id, attributes={"text": incompressible(300_000)}))
            assert post_spans(server.url, request).status_code == OK
            kept.add(mlflow_id(trace_id))
        with MlflowRest(server.url, "0") as rest:
            assert kept <= stored(rest)
    finally:
        server.stop()


def test_a_server_that_ran_out_of_room_opens_again(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(8 * 2**20))
    server = start_trilha(small_disk / "data")
    kept: set[str] = set()
    try:
        with Load(server.url, "0", payload_chars=10_000) as load:
            for _ in range(400):
                trace_id = new_trace_id()
                request = a_request(a_span(trace_id, attributes={"text": incompressible(400_000)}))
                if post_spans(server.url, request).status_code != OK:
                    break
                kept.add(mlflow_id(trace_id))
            server.kill()
        kept |= load.acknowledged
        ballast.unlink()
        try:
            server = start_trilha(small_disk / "data")
        except ServerDidNotStart as error:
            pytest.fail(str(error))
        with MlflowRest(server.url, "0") as rest:
            assert kept <= stored(rest)
    finally:
        server.stop()
