"""Forks and ends of processes: nothing is lost, nothing is sent twice, nothing hangs."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.support.ports import LOOPBACK, free_port
from tests.support.sdk_programs import PRELUDE, environment, run, start
from tests.support.sink import HANG, OK, Reply, Sink

pytestmark = pytest.mark.slow

SLOW = Reply(wait_s=0.3, body=b'{"assessment": {}}')


def test_a_program_that_just_ends_loses_nothing():
    with Sink() as sink:
        ended = run("for number in range(100):\n    a_trace(f'{number:02d}')", sink.url)
    assert ended.code == 0, ended.err
    assert len(sink.root_names) == 100
    assert ended.err == ""


def test_a_program_that_fails_loses_nothing():
    with Sink() as sink:
        ended = run("a_trace('last')\nraise SystemExit(3)", sink.url)
    assert ended.code == 3
    assert sink.root_names == ["last"]


def test_importing_starts_no_thread_and_needs_no_network():
    with Sink() as sink:
        ended = run(
            "import urllib.request\nreport(threads=threading.active_count(), urllib3='urllib3' in sys.modules)",
            sink.url,
        )
    assert ended.reports == [{"threads": 1, "urllib3": False}]
    assert sink.requests == []


def test_spans_of_threads_that_outlive_the_main_one_are_sent():
    program = """
    def late():
        time.sleep(0.5)
        a_trace("late")
    threading.Thread(target=late).start()
    """
    with Sink() as sink:
        run(program, sink.url)
    assert sink.root_names == ["late"]


def test_sigterm_sends_what_has_ended_and_kills_all_the_same():
    with Sink() as sink, start("a_trace('last')\nreport()\nstay()", sink.url) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.terminate()
        running.communicate(timeout=10)
    assert running.returncode == -signal.SIGTERM
    assert sink.root_names == ["last"]


def test_sigterm_waits_for_a_server_that_hangs_no_longer_than_five_seconds():
    with Sink(lambda request: HANG) as sink, start("a_trace()\nreport()\nstay()", sink.url) as running:
        assert running.stdout is not None
        running.stdout.readline()
        begun_s = time.monotonic()
        running.terminate()
        running.communicate(timeout=10)
    assert running.returncode == -signal.SIGTERM
    assert time.monotonic() - begun_s < 5.0


SAID = """
import trilha
with trilha.start_span("root") as span:
    trilha.log_feedback(trace_id=span.trace_id, value=True)
"""
TAGGED = f"""
import trilha
from trilha.tracing import set_tracing_context_from_http_request_headers
caller = {{"traceparent": "00-{"a" * 32}-{"b" * 16}-01"}}
with set_tracing_context_from_http_request_headers(caller), trilha.start_span("called"):
    trilha.update_current_trace(tags={{"a": "1"}})
"""


@pytest.mark.parametrize("program", [SAID, TAGGED])
@pytest.mark.parametrize("way", ["by itself", "by SIGTERM"])
def test_what_was_said_of_a_trace_is_sent_before_the_process_ends(program: str, way: str):
    with Sink(lambda request: OK if request.path == "/v1/traces" else SLOW) as sink:
        _ended_by(program, sink.url, way)
    assert [request.path.rpartition("/")[2] for request in sink.accepted] == [
        "traces",
        "assessments" if program is SAID else "tags",
    ]


@pytest.mark.parametrize("program", [SAID, TAGGED])
@pytest.mark.parametrize("way", ["by itself", "by SIGTERM"])
@pytest.mark.parametrize("hangs", ["all", "all but spans"])
def test_an_ending_process_waits_for_a_server_that_hangs_no_longer_than_it_may(program: str, way: str, hangs: str):
    with Sink(lambda request: OK if request.path == "/v1/traces" and hangs != "all" else HANG) as sink:
        took_s, ended = _ended_by(program, sink.url, way)
    assert 0.7 < took_s < 2.5
    assert "1 calls (feedback, tags, versions) were not sent" in ended


def test_what_was_said_of_a_trace_that_never_ends_is_told_to_be_lost():
    program = """
    import trilha
    trilha.log_feedback(trace_id=trilha.start_span_no_context("root").trace_id, value=True)
    """
    with Sink() as sink:
        ended = run(program, sink.url)
    assert "1 calls (feedback, tags, versions) were not sent" in ended.err
    assert sink.requests == []


def _ended_by(program: str, url: str, way: str) -> tuple[float, str]:
    """End a program that may take one second for it; returns how long that took, and what it said."""
    stays = "stay()" if way == "by SIGTERM" else ""
    with start(f"{program}\nreport()\n{stays}", url, {"TRILHA_EXIT_TIMEOUT_S": "1"}) as running:
        assert running.stdout is not None
        running.stdout.readline()
        begun_s = time.monotonic()
        if stays:
            running.terminate()
        _, err = running.communicate(timeout=20)
        return time.monotonic() - begun_s, err


def test_an_applications_own_handler_is_left_alone():
    program = """
    import subprocess
    seen = []
    signal.signal(signal.SIGTERM, lambda number, frame: (a_trace("from the handler"), sys.exit(0)))
    report()
    stay()
    """
    with Sink() as sink, start(program, sink.url) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.terminate()
        running.communicate(timeout=10)
    assert running.returncode == 0
    assert sink.root_names == ["from the handler"]


def test_a_fork_sends_its_own_spans_and_not_its_parents():
    program = """
    for number in range(20):
        a_trace(f"parent {number:02d}")
    child = os.fork()
    if child == 0:
        a_trace("child")
        begun_s = time.monotonic()
        flushed = process.flush(10)
        report(flushed=flushed, took_s=time.monotonic() - begun_s, **counted())
        os._exit(0)
    os.waitpid(child, 0)
    a_trace("parent after")
    report(flushed=process.flush(10), **counted())
    """
    with Sink() as sink:
        ended = run(program, sink.url)
    of_child, of_parent = ended.reports
    assert of_child["flushed"] is of_parent["flushed"] is True
    assert of_child["took_s"] < 3
    assert of_child["spans_made"] == of_child["spans_sent"] == 3
    assert of_parent["spans_sent"] == 63
    assert len(sink.span_ids) == len(set(sink.span_ids)) == 66


def test_a_fork_in_the_middle_of_a_trace_adds_to_it_and_ends_nothing_of_it():
    program = """
    trace = OpenTrace(new_trace_id(), process.outbox(), settings().destination)
    root = Span(trace, None, "root", "AGENT")
    child = os.fork()
    if child == 0:
        part = Span(trace, root.number, "in the child", "TOOL")
        part.end()
        root.end()
        sys.exit(0)
    os.waitpid(child, 0)
    root.end()
    """
    with Sink() as sink:
        ended = run(program, sink.url)
    assert ended.code == 0
    names = sorted(span.name for request in sink.accepted for span in request.spans)
    assert names == ["in the child", "root"]


def test_a_fork_while_the_server_hangs_neither_hangs_nor_sends_twice():
    replies = [HANG]
    program = """
    a_trace("parent")
    time.sleep(3)  # long enough for the request that hangs to be this one's
    child = os.fork()
    if child == 0:
        a_trace("child")
        report(flushed=process.flush(15))
        os._exit(0)
    os.waitpid(child, 0)
    report(flushed=process.flush(20))
    """
    with Sink(replies) as sink:
        ended = run(program, sink.url)
    assert [said["flushed"] for said in ended.reports] == [True, True]
    assert sink.root_names == ["child", "parent"]
    assert len(sink.span_ids) == 6


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_deliver_when_they_end(method: str, tmp_path: Path):
    program = PRELUDE + textwrap.dedent(f"""
    import multiprocessing

    def work(name):
        a_trace(name)

    if __name__ == "__main__":
        a_trace("parent")
        context = multiprocessing.get_context("{method}")
        children = [context.Process(target=work, args=(f"child {{number}}",)) for number in range(3)]
        for child in children:
            child.start()
        for child in children:
            child.join(20)
        report(codes=[child.exitcode for child in children])
    """)
    script = tmp_path / "program.py"
    script.write_text(program)
    with Sink() as sink:
        done = subprocess.run(
            [sys.executable, str(script)],
            env=environment(sink.url),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert '{"codes": [0, 0, 0]}' in done.stdout
    assert sink.root_names == ["child 0", "child 1", "child 2", "parent"]
    assert len(sink.span_ids) == 12


def test_a_fork_with_a_spool_has_a_folder_of_its_own(tmp_path: Path):
    port = free_port()
    program = """
    a_trace("parent")
    process.flush(0.5)
    child = os.fork()
    if child == 0:
        a_trace("child")
        process.flush(0.5)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    run(program, f"http://{LOOPBACK}:{port}", {"TRILHA_SPOOL_DIR": str(tmp_path)})
    assert len(list(tmp_path.iterdir())) == 2
    with Sink(port=port) as sink:
        run("a_trace('next')\nprocess.flush(5)\ntime.sleep(0.5)", sink.url, {"TRILHA_SPOOL_DIR": str(tmp_path)})
    assert sink.root_names == ["child", "next", "parent"]


def test_the_threads_import_nothing_once_they_run():
    program = """
    import trilha, trilha._export.pipeline
    with trilha.start_span("root"):
        before = set(sys.modules)
    process.flush(5)
    report(imported=sorted(set(sys.modules) - before))
    """
    with Sink() as sink:
        ended = run(program, sink.url)
    assert sink.root_names == ["root"]
    assert ended.reports == [{"imported": []}]


def test_a_fork_that_did_not_get_the_lock_leaves_it_alone_and_the_child_has_its_own():
    program = """
    process._FORK_TIMEOUT_S = 0.1
    lock = process._process.importing
    lock.acquire()
    child = os.fork()
    if child == 0:
        a_trace("child")
        os._exit(0 if process.flush(5) else 1)
    report(code=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), is_locked=lock.locked())
    """
    with Sink() as sink:
        ended = run(program, sink.url)
    assert ended.reports == [{"code": 0, "is_locked": True}]
    assert sink.root_names == ["child"]


APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    a_trace(scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_under_uvicorn_loses_no_last_trace(workers: int, tmp_path: Path):
    pytest.importorskip("uvicorn")
    (tmp_path / "served.py").write_text(PRELUDE + APP)
    for attempt in range(3):
        port = free_port()
        with Sink() as sink:
            command = [sys.executable, "-m", "uvicorn", "served:app", "--port", str(port), "--lifespan", "off"]
            if workers > 1:
                command += ["--workers", str(workers)]
            with subprocess.Popen(
                command,
                cwd=tmp_path,
                env=environment(sink.url),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            ) as running:
                _ask_until_there(port, "/first")
                _ask_until_there(port, f"/last-{attempt}")
                running.send_signal(signal.SIGTERM)
                running.communicate(timeout=20)
            assert "/first" in sink.root_names
            assert f"/last-{attempt}" in sink.root_names
            assert running.returncode in (0, -signal.SIGTERM)


def test_a_fork_that_lost_the_handler_to_uvicorn_loses_no_last_trace():
    program = """
    class Server:
        def __init__(self):
            self._captured_signals = []

        def handle_exit(self, number, frame):
            self._captured_signals.append(number)

    child = os.fork()
    if child == 0:
        server = Server()
        signal.signal(signal.SIGTERM, server.handle_exit)  # as gunicorn's workers and uvicorn do
        a_trace("last")
        os.kill(os.getpid(), signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for number in reversed(server._captured_signals):
            signal.raise_signal(number)
        os._exit(0)
    report(status=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    with Sink() as sink:
        ended = run(program, sink.url)
    assert ended.reports == [{"status": -signal.SIGTERM}]
    assert sink.root_names == ["last"]


def _ask_until_there(port: int, path: str) -> None:
    import http.client

    deadline_s = time.monotonic() + 20
    while True:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            connection.request("GET", path)
            assert connection.getresponse().read() == b"ok"
        except ConnectionError:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()


def test_a_process_without_traces_ends_as_if_nothing_were_there():
    begun_s = time.monotonic()
    ended = run("report(flushed=process.flush(5), **counted())", f"http://{LOOPBACK}:{free_port()}")
    assert ended.reports[0]["flushed"] is True
    assert ended.err == ""
    assert time.monotonic() - begun_s < 3


def test_a_trace_that_is_not_sent_later_is_there_when_it_has_ended():
    program = """
    import trilha
    for name in ("first", "second"):
        with trilha.start_span(name):
            with trilha.start_span("step"):
                pass
        report(sent=counted()["traces_sent"])
    """
    with Sink() as sink:
        ended = run(program, sink.url, {"MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false"})
    assert ended.reports == [{"sent": 1}, {"sent": 2}]
    assert sink.root_names == ["first", "second"]


def test_a_trace_that_is_not_sent_later_waits_for_a_server_that_hangs_no_longer_than_it_may():
    program = """
    import trilha
    begun_s = time.monotonic()
    with trilha.start_span("held up"):
        pass
    report(seconds=time.monotonic() - begun_s)
    os._exit(0)
    """
    with Sink(lambda request: HANG) as sink:
        told = {"MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false", "TRILHA_EXIT_TIMEOUT_S": "1"}
        ended = run(program, sink.url, told)
    assert 0.9 < ended.reports[0]["seconds"] < 2.5
