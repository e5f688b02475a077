"""The spool: what a killed process had ended is delivered by the next one."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.ports import LOOPBACK, free_port
from tests.support.sdk_programs import run, start
from tests.support.sink import Reply, Sink

pytestmark = pytest.mark.slow

STEADY = """
number = 0
while True:
    a_trace(f"trace {number:04d}", children=9)
    print(number, flush=True)
    number += 1
    time.sleep(0.02)
"""
NEXT = "a_trace('next')\nprocess.flush(10)\ntime.sleep(0.5)\nprocess.flush(10)\nreport(**counted())"


def _killed_after(running: subprocess.Popen[str], traces: int) -> int:
    """Kill a steady program; return how many traces it had ended for certain."""
    assert running.stdout is not None
    for line in running.stdout:
        if int(line) + 1 >= traces:
            break
    time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    rest, _ = running.communicate(timeout=10)
    return int(rest.split()[-1]) + 1 if rest.split() else traces


@pytest.mark.parametrize("server_is_there", [True, False])
def test_a_killed_process_loses_nothing(server_is_there: bool, tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path / "spool")}
    port = free_port()
    accepted: set[str] = set()
    with start(STEADY, f"http://{LOOPBACK}:{port}", more) as running:
        if server_is_there:
            with Sink(port=port) as sink:
                made = _killed_after(running, 120)
                accepted |= set(sink.root_names)
        else:
            made = _killed_after(running, 120)
    with Sink(port=port) as sink:
        ended = run(NEXT, sink.url, more)
    accepted |= set(sink.root_names)
    expected = {f"trace {number:04d}" for number in range(made)}
    assert expected <= accepted
    assert ended.reports[-1]["spans_recovered"] > 0
    assert not list((tmp_path / "spool").rglob("*.spans"))


def test_what_an_ending_process_could_not_send_the_next_one_sends(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)}
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    first = run("for number in range(50):\n    a_trace(f'{number:02d}')", url, more)
    assert "kept in" in first.err
    with Sink(port=port) as sink:
        ended = run(NEXT, url, more)
    assert sink.root_names == [*(f"{number:02d}" for number in range(50)), "next"]
    assert ended.reports[-1]["spans_recovered"] == 150
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_behind_when_all_was_sent(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)}
    with Sink() as sink:
        run("for number in range(50):\n    a_trace(size=50_000)\nprocess.flush(10)", sink.url, more)
    assert len(set(sink.span_ids)) == 150
    assert list(tmp_path.iterdir()) == []


def test_memory_may_be_small_where_the_spool_is_large(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path), "TRILHA_MEMORY_LIMIT_MB": "1"}
    port = free_port()
    program = """
    for number in range(300):
        a_trace(f"{number:03d}", size=20_000)
        time.sleep(0.005)
    report(flushed=process.flush(40), **counted())
    """
    with start(program, f"http://{LOOPBACK}:{port}", more) as running:
        time.sleep(4)
        with Sink(port=port) as sink:
            out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    assert '"flushed":true' in out.replace(" ", "")
    assert sink.root_names == [f"{number:03d}" for number in range(300)]
    assert '"spans_dropped":{}' in out.replace(" ", "")
    assert list(tmp_path.iterdir()) == []


def test_living_processes_leave_each_others_spans_alone(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)}
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    waiting = "a_trace('mine')\nprocess.flush(1)\nreport()\ntime.sleep(6)\nprocess.flush(10)\nreport(**counted())"
    with start(waiting, url, more) as first:
        assert first.stdout is not None
        first.stdout.readline()
        with Sink(port=port) as sink:
            other = run(NEXT, url, more)
            assert other.reports[-1]["spans_recovered"] == 0
            _, err = first.communicate(timeout=30)
    assert first.returncode == 0, err
    assert sink.root_names == ["mine", "next"]
    assert len(sink.span_ids) == len(set(sink.span_ids))


def test_what_is_for_another_server_stays_where_it_is(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)}
    run("a_trace('secret')", f"http://{LOOPBACK}:{free_port()}", more)
    with Sink() as sink:
        run(NEXT, sink.url, more)
    assert sink.root_names == ["next"]
    assert len(list(tmp_path.rglob("*.spans"))) == 1


def test_a_spool_that_cannot_be_written_is_said_once_and_hurts_nobody(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with Sink() as sink:
        ended = run(
            "for number in range(20):\n    a_trace()\n    process.flush(5)\nreport(**counted())",
            sink.url,
            {"TRILHA_SPOOL_DIR": str(blocked)},
        )
    assert ended.code == 0
    assert len(sink.span_ids) == 60
    assert ended.err.count("cannot be written") == 1


def test_a_file_with_damage_gives_what_can_be_read_and_is_set_aside(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)}
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    run("for number in range(10):\n    a_trace(f'{number}', children=0)", url, more)
    (file,) = tmp_path.rglob("*.spans")
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    file.write_bytes(raw)
    with Sink(port=port) as sink:
        ended = run(NEXT, url, more)
    assert len(sink.root_names) == 10  # nine of ten, and the next
    assert ended.reports[-1]["records_damaged"] == 1
    assert [path.parent.name for path in tmp_path.rglob("*.spans")] == ["damaged"]


def test_spans_are_on_disk_before_the_server_answers(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)}
    program = "a_trace()\nreport()\ntime.sleep(30)"
    with Sink(lambda request: Reply(wait_s=30)) as sink, start(program, sink.url, more) as running:
        assert running.stdout is not None
        running.stdout.readline()
        assert sink.wait_for(lambda: any(path.stat().st_size > 300 for path in tmp_path.rglob("*.spans")), 2)
        running.kill()


def test_a_full_spool_leaves_the_rest_to_memory(tmp_path: Path):
    port = free_port()
    more = {"TRILHA_SPOOL_DIR": str(tmp_path), "TRILHA_SPOOL_LIMIT_MB": "3"}
    program = """
    for number in range(300):
        a_trace(f"{number:03d}", size=20_000)
        time.sleep(0.002)
    report()
    time.sleep(1)
    report(flushed=process.flush(20), **counted())
    """
    with start(program, f"http://{LOOPBACK}:{port}", more) as running:
        assert running.stdout is not None
        running.stdout.readline()
        assert sum(path.stat().st_size for path in tmp_path.rglob("*.spans")) <= 3 * 1024 * 1024 + 100_000
        with Sink(port=port) as sink:
            _, err = running.communicate(timeout=60)
    assert "is full" in err
    assert sink.root_names == [f"{number:03d}" for number in range(300)]


def test_a_process_that_ends_without_waiting_has_written_what_it_leaves(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path), "TRILHA_EXIT_TIMEOUT_S": "0"}
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    ended = run("for number in range(5):\n    a_trace(f'{number}')", url, more)
    assert "15 spans were not sent; they are kept" in ended.err
    with Sink(port=port) as sink:
        run(NEXT, url, {"TRILHA_SPOOL_DIR": str(tmp_path)})
    assert sink.root_names == [*(f"{number}" for number in range(5)), "next"]
