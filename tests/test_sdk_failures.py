"""Servers that are away, or answer badly: the application does not feel it, and nothing is lost that need not be."""

import time
from pathlib import Path

import pytest

from tests.support.ports import LOOPBACK, free_port
from tests.support.sdk_programs import Ended, run, start
from tests.support.sink import HANG, OK, RESET, Reply, Sink, Taken

pytestmark = pytest.mark.slow

TRACES = 30
MAKING = f"""
longest_s = 0.0
for number in range({TRACES}):
    begun_s = time.perf_counter()
    a_trace(f"trace {{number:02d}}")
    longest_s = max(longest_s, time.perf_counter() - begun_s)
    time.sleep(0.02)
"""
NAMES = [f"trace {number:02d}" for number in range(TRACES)]
FLUSHING = MAKING + "report(flushed=process.flush(30), longest_s=longest_s, **counted())"


def _said(ended: Ended) -> dict[str, object]:
    assert ended.code == 0, ended.err
    return ended.reports[-1]


@pytest.mark.parametrize(
    "replies",
    [
        pytest.param([Reply(status=500)] * 2, id="500 twice"),
        pytest.param([Reply(status=503, headers={"Retry-After": "1"})], id="503 with a pause"),
        pytest.param([RESET] * 2, id="reset twice"),
        pytest.param([Reply(wait_s=1.0)], id="slow"),
        pytest.param([Reply(status=502, body=b"<html>bad gateway</html>")] * 2, id="a gateway's page"),
        pytest.param([Reply(status=200, body=b"\x0a", announced_bytes=100)], id="half a body"),
        pytest.param([Reply(status=200, body=b"x" * 40, drip_s=0.5)], id="a dripping body"),
    ],
)
def test_a_trouble_that_passes_loses_nothing(replies: list[Reply]):
    with Sink(replies) as sink:
        said = _said(run(FLUSHING, sink.url))
    assert sink.root_names == NAMES
    assert said["flushed"] is True
    assert said["spans_sent"] == said["spans_made"] == TRACES * 3
    assert said["spans_dropped"] == {}


def test_a_server_that_names_a_pause_is_left_alone_for_so_long():
    with Sink([Reply(status=429, headers={"Retry-After": "2"})]) as sink:
        said = _said(run("a_trace()\nreport(flushed=process.flush(20))", sink.url))
    first, second = sink.requests
    assert said["flushed"] is True
    assert second.at_s - first.at_s >= 2.0


def test_a_server_that_hangs_on_a_request_is_asked_again():
    with Sink([HANG]) as sink:
        said = _said(run(FLUSHING, sink.url))
    assert said["flushed"] is True
    assert sink.root_names == NAMES


def test_a_token_that_is_mended_lets_the_spans_through():
    with Sink([Reply(status=401)] * 2) as sink:
        said = _said(
            run(
                """
                a_trace("kept")
                first = process.flush(5)
                process.flush(5)
                report(first=first, second=process.flush(5))
                """,
                sink.url,
            )
        )
    assert said == {"first": False, "second": True}
    assert sink.root_names == ["kept"]


def test_an_experiment_that_refuses_holds_up_no_other():
    def behaviour(request: Taken) -> Reply:
        return Reply(status=403) if request.headers["x-mlflow-experiment-id"] == "7" else OK

    program = """
    from trilha._settings import Destination, change
    change(destination=Destination(experiment_id="7"))
    a_trace("refused")
    change(destination=Destination(experiment_id="8"))
    for number in range(3):
        a_trace(f"welcome {number}")
    report(flushed=process.flush(5), **counted())
    """
    with Sink(behaviour) as sink:
        ended = run(program, sink.url)
    assert sink.root_names == ["welcome 0", "welcome 1", "welcome 2"]
    said = _said(ended)
    assert said["flushed"] is False
    assert said["spans_waiting"] == 3
    assert "403" in str(said["last_error"])
    assert "experiment 7" in ended.err


def test_a_span_that_the_server_refuses_is_found_and_takes_no_other_with_it():
    def behaviour(request: Taken) -> Reply:
        return Reply(status=400) if any(span.name == "bad" for span in request.spans) else OK

    program = """
    for number in range(50):
        a_trace("bad" if number == 31 else f"good {number:02d}")
    report(flushed=process.flush(20), **counted())
    """
    with Sink(behaviour) as sink:
        said = _said(run(program, sink.url))
    assert len(sink.root_names) == 49
    assert len(set(sink.span_ids)) == 149
    assert said["spans_dropped"] == {"refused": 1}
    assert said["traces_dropped"] == {"refused": 1}
    assert said["flushed"] is True


def test_a_server_that_refuses_everything_is_not_asked_for_each_span():
    with Sink(lambda request: Reply(status=400)) as sink:
        said = _said(
            run("for number in range(200):\n    a_trace()\nreport(flushed=process.flush(20), **counted())", sink.url)
        )
    assert said["spans_dropped"] == {"refused": 600}
    assert len(sink.requests) < 60


def test_what_is_too_large_together_is_sent_in_parts():
    def behaviour(request: Taken) -> Reply:
        return Reply(status=413) if len(request.body) > 100_000 else OK

    with Sink(behaviour) as sink:
        said = _said(
            run(
                "for number in range(40):\n    a_trace(size=20_000)\nreport(flushed=process.flush(20), **counted())",
                sink.url,
            )
        )
    assert said["spans_dropped"] == {}
    assert len(set(sink.span_ids)) == 120


def test_spans_that_the_server_could_not_use_are_counted():
    body = b"\x0a\x0a\x08\x02\x12\x06no ids"  # two spans
    with Sink([Reply(body=body)]) as sink:
        ended = run("a_trace()\nreport(flushed=process.flush(5), **counted())", sink.url)
    said = _said(ended)
    assert said["spans_dropped"] == {"refused": 2}
    assert said["spans_sent"] == 1
    assert "no ids" in ended.err


def test_an_outage_blocks_nobody_and_loses_nothing():
    port = free_port()
    program = """
    longest_s = 0.0
    for number in range(400):
        begun_s = time.perf_counter()
        a_trace(f"trace {number:03d}", children=9, size=200)
        longest_s = max(longest_s, time.perf_counter() - begun_s)
        time.sleep(max(0.0, 0.025 - (time.perf_counter() - begun_s)))
    report(longest_s=longest_s, **counted())
    """
    with start(program, f"http://{LOOPBACK}:{port}") as running:
        time.sleep(7)  # of about 10 seconds nobody listens for 7
        with Sink(port=port) as sink:
            out, err = running.communicate(timeout=60)
    ended = Ended(running.returncode, out, err)
    assert sink.root_names == [f"trace {number:03d}" for number in range(400)]
    assert len(set(sink.span_ids)) == 4_000
    assert float(str(_said(ended)["longest_s"])) < 1.0  # to wait for the server would take 3 s
    assert err.count("spans do not reach") == 1


def test_spans_beyond_the_memory_bound_are_dropped_counted_and_said():
    program = """
    for number in range(400):
        a_trace(f"trace {number:03d}", children=0, size=20_000)
        time.sleep(0.002)
    process.flush(0.5)
    report(**counted())
    """
    ended = run(
        program, f"http://{LOOPBACK}:{free_port()}", {"TRILHA_MEMORY_LIMIT_MB": "2", "TRILHA_EXIT_TIMEOUT_S": "0"}
    )
    said = _said(ended)
    dropped = said["spans_dropped"]
    assert isinstance(dropped, dict)
    assert dropped["memory"] + said["spans_waiting"] == 400
    assert int(str(said["bytes_waiting"])) <= 2 * 1024 * 1024
    assert ended.err.count("were dropped") == 2  # once for the bound, however many there were, and once for the end


def test_a_loop_that_outruns_the_export_stays_within_the_memory_bound():
    program = """
    import resource
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    deadline_s = time.monotonic() + 4
    while time.monotonic() < deadline_s:
        a_trace(children=9, size=3_000)
    grown_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mb
    process.flush(0.5)
    report(grown_mb=grown_mb, **counted())
    """
    ended = run(
        program, f"http://{LOOPBACK}:{free_port()}", {"TRILHA_MEMORY_LIMIT_MB": "8", "TRILHA_EXIT_TIMEOUT_S": "0"}
    )
    said = _said(ended)
    assert float(str(said["grown_mb"])) < 45
    assert said["spans_dropped"] != {}


@pytest.mark.parametrize("with_spool", [False, True])
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(None, id="refuses the connection"),
        pytest.param(HANG, id="hangs"),
        pytest.param(RESET, id="resets"),
        pytest.param(Reply(status=500), id="500"),
        pytest.param(Reply(status=429, headers={"Retry-After": "60"}), id="429"),
        pytest.param(Reply(status=401), id="401"),
        pytest.param(Reply(status=200, body=b"x" * 1000, drip_s=0.5), id="drips"),
    ],
)
def test_a_process_ends_within_five_seconds_whatever_the_server_does(
    reply: Reply | None, with_spool: bool, tmp_path: Path
):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)} if with_spool else {}
    with Sink(lambda request: reply or OK) as sink:
        url = sink.url if reply else f"http://{LOOPBACK}:{free_port()}"
        with start("for number in range(100):\n    a_trace(children=9)\nreport()", url, more) as running:
            assert running.stdout is not None
            running.stdout.readline()
            begun_s = time.monotonic()
            _, err = running.communicate(timeout=30)
            took_s = time.monotonic() - begun_s
    assert took_s < 5.0
    assert running.returncode == 0
    if reply is None:
        assert ("kept in" if with_spool else "1000 spans were dropped") in err


def test_many_threads_lose_nothing():
    program = """
    def work(worker):
        for number in range(100):
            a_trace(f"{worker} {number:03d}")
    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report(flushed=process.flush(20), **counted())
    """
    with Sink() as sink:
        said = _said(run(program, sink.url))
    assert said["spans_sent"] == 2400
    assert len(set(sink.span_ids)) == len(sink.span_ids) == 2400


def test_one_connection_serves_all_requests():
    program = "for number in range(5):\n    a_trace()\n    process.flush(5)"
    with Sink() as sink:
        _said_nothing = run(program, sink.url)
    assert _said_nothing.code == 0
    assert len(sink.requests) == 5
    assert sink.connections == 1


def test_a_flush_waits_no_longer_than_it_was_told():
    with Sink(lambda request: HANG) as sink:
        begun_s = time.monotonic()
        said = _said(
            run(
                """
                a_trace()
                begun_s = time.monotonic()
                flushed = process.flush(0.5)
                report(flushed=flushed, took_s=time.monotonic() - begun_s)
                """,
                sink.url,
                {"TRILHA_EXIT_TIMEOUT_S": "0"},
            )
        )
    assert said["flushed"] is False
    assert 0.4 < float(str(said["took_s"])) < 1.0
    assert time.monotonic() - begun_s < 10


def test_what_the_export_and_processors_call_makes_no_traces():
    program = """
    import trilha, urllib3
    urllib3.PoolManager.urlopen = trilha.trace(urllib3.PoolManager.urlopen)  # as instrumentations do
    trilha.tracing.configure(span_processors=[trilha.trace(lambda span: None)])
    a_trace(children=0)
    process.flush(5)
    process.flush(5)
    report(**counted())
    """
    with Sink() as sink:
        said = _said(run(program, sink.url))
    assert sink.root_names == ["root"]
    assert said["spans_made"] == 1


def test_spans_that_were_not_reached_when_the_process_ended_are_counted():
    program = """
    import trilha
    trilha.tracing.configure(span_processors=[lambda span: time.sleep(30)])
    for number in range(10):
        with trilha.start_span("root"):
            pass
    time.sleep(1)
    """
    with Sink() as sink:
        ended = run(program, sink.url, {"TRILHA_EXIT_TIMEOUT_S": "0"})
    assert "10 spans were dropped (the process ended" in ended.err
