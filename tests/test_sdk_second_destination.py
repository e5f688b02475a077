"""A second destination for spans: what it gets, and that nothing there touches what goes to the server."""

import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.mlflow_rest import MlflowRest
from tests.support.ports import LOOPBACK, free_port
from tests.support.processes import RunningServer, TrilhaOptions, start_trilha
from tests.support.sdk_programs import Ended, run
from tests.support.sink import HANG, OK, Reply, Sink, Taken

pytestmark = pytest.mark.slow

TRACES = 20
NAMES = [f"trace {number:02d}" for number in range(TRACES)]
MAKING = f"""
for number in range({TRACES}):
    a_trace(f"trace {{number:02d}}")
    time.sleep(0.01)
"""
FLUSHING = f"""
{MAKING}
begun_s = time.perf_counter()
report(flushed=process.flush(30), took_s=time.perf_counter() - begun_s, **counted())
"""
EXIT_S = 5.0
DEAD = [
    pytest.param(None, id="refuses connections"),
    pytest.param(HANG, id="hangs"),
    pytest.param(Reply(status=500), id="500"),
    pytest.param(Reply(status=401), id="401"),
    pytest.param(Reply(status=503, headers={"Retry-After": "300"}), id="wants a long rest"),
]


def to(url: str, **more: str) -> dict[str, str]:
    """Name a second destination."""
    said = {f"OTEL_EXPORTER_OTLP_{key}": value for key, value in more.items()}
    return {"MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": url, **said}


@pytest.fixture
def dead_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a destination that takes nothing."""
    reply: Reply | None = request.param
    if reply is None:
        yield f"http://{LOOPBACK}:{free_port()}"
    else:
        with Sink(lambda taken: reply) as sink:
            yield sink.url


def _said(ended: Ended) -> dict[str, Any]:  # Any: JSON
    assert ended.code == 0, ended.err
    return ended.reports[-1]


def test_both_get_all_spans_and_the_second_one_plain_otlp() -> None:
    with Sink() as first, Sink() as second:
        more = to(second.url, HEADERS="authorization=Bearer%20t0ken,x-name=Z%C3%A9")
        more["OTEL_SERVICE_NAME"] = "shop"
        ended = run(MAKING, first.url, more)
    assert ended.code == 0, ended.err
    assert first.root_names == second.root_names == NAMES
    assert sorted(first.span_ids) == sorted(second.span_ids)
    request = second.requests[0]
    assert request.path == "/v1/traces"
    assert request.headers["authorization"] == "Bearer t0ken"
    assert request.headers["x-name"].encode("latin-1").decode() == "Zé"
    assert not [name for name in request.headers if name.startswith(("x-mlflow", "x-trilha"))]
    (resource,) = ExportTraceServiceRequest.FromString(request.body).resource_spans
    assert {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"] == "shop"
    assert "t0ken" not in ended.err


def test_another_server_gets_the_trace_that_the_first_has(trilha_server: RunningServer, tmp_path: Path) -> None:
    other = start_trilha(tmp_path / "data", TrilhaOptions())
    try:
        made = httpx.post(f"{other.url}/api/2.0/mlflow/experiments/create", json={"name": "second"}).json()
        program = "root = a_trace('in both')\nreport(trace_id=root.trace_id)"
        more = to(other.url, TRACES_HEADERS=f"x-mlflow-experiment-id={made['experiment_id']}")
        trace_id = _said(run(program, trilha_server.url, more))["trace_id"]
        found: list[list[str]] = []
        for server, experiment_id in ((trilha_server, "0"), (other, made["experiment_id"])):
            with MlflowRest(server.url, experiment_id) as rest:
                assert trace_id in [info["trace_id"] for info in rest.search()["traces"]]
                found.append([span["name"] for span in rest.spans(bytes.fromhex(trace_id.removeprefix("tr-")))])
        assert found[0] == found[1]
        assert sorted(found[0]) == ["child 0", "child 1", "in both"]
    finally:
        other.stop()


@pytest.mark.parametrize("dead_url", DEAD, indirect=True)
def test_a_second_destination_that_takes_nothing_holds_up_nothing(dead_url: str) -> None:
    with Sink() as first:
        begun_s = time.monotonic()
        said = _said(run(FLUSHING, first.url, to(dead_url)))
        took_s = time.monotonic() - begun_s
    assert first.root_names == NAMES
    assert said["flushed"] is True
    assert said["took_s"] < 2.0
    assert took_s < EXIT_S + 2.0  # with the time that Python takes to start
    assert (said["spans_sent"], said["spans_dropped"], said["last_error"]) == (TRACES * 3, {}, None)
    assert said["second_destination"]["spans_sent"] == 0


@pytest.mark.parametrize("dead_url", DEAD, indirect=True)
def test_a_server_that_takes_nothing_holds_up_no_second_destination(dead_url: str) -> None:
    with Sink() as second:
        ended = run(MAKING, dead_url, to(second.url))
    assert ended.code == 0, ended.err
    assert second.root_names == NAMES
    assert len(second.span_ids) == len(set(second.span_ids)) == TRACES * 3


def test_what_the_end_of_the_process_costs_the_second_destination_is_told() -> None:
    with Sink() as first:
        ended = run(MAKING, first.url, {**to(f"http://{LOOPBACK}:{free_port()}"), "TRILHA_EXIT_TIMEOUT_S": "1"})
    assert first.root_names == NAMES
    assert f"{TRACES * 3} spans for the second destination were dropped (the process ended" in ended.err


def test_an_ending_process_waits_for_a_slow_second_destination() -> None:
    with Sink() as first, Sink([Reply(wait_s=1.5)]) as second:
        ended = run("a_trace('late')", first.url, to(second.url))
    assert ended.code == 0, ended.err
    assert first.root_names == second.root_names == ["late"]
    assert "dropped" not in ended.err


def test_a_second_destination_that_comes_back_gets_what_waited() -> None:
    with Sink() as first, Sink([Reply(status=503)] * 2) as second:
        ended = run(MAKING + "time.sleep(3)", first.url, to(second.url))
    assert ended.code == 0, ended.err
    assert second.root_names == NAMES
    assert len(first.requests) == len(first.accepted)


def test_a_span_that_the_second_destination_refuses_takes_no_other_with_it() -> None:
    def behaviour(request: Taken) -> Reply:
        return Reply(status=400) if any(span.name == "trace 07" for span in request.spans) else OK

    with Sink() as first, Sink(behaviour) as second:
        said = _said(run(MAKING + "process.flush(9)\ntime.sleep(2)\nreport(**counted())", first.url, to(second.url)))
    assert first.root_names == NAMES
    assert second.root_names == [name for name in NAMES if name != "trace 07"]
    assert said["spans_dropped"] == {}
    assert said["second_destination"]["spans_dropped"] == {"refused": 1}


def test_each_has_half_of_the_memory_and_the_server_loses_nothing() -> None:
    program = """
    for number in range(200):
        a_trace(f"trace {number:03d}", children=0, size=20_000)
        time.sleep(0.002)
    report(flushed=process.flush(20), **counted())
    """
    more = {**to(f"http://{LOOPBACK}:{free_port()}"), "TRILHA_MEMORY_LIMIT_MB": "4", "TRILHA_EXIT_TIMEOUT_S": "0.5"}
    with Sink() as first:
        said = _said(run(program, first.url, more))
    assert len(first.root_names) == 200
    assert (said["flushed"], said["spans_dropped"]) == (True, {})
    second = said["second_destination"]
    assert 1_000_000 < second["bytes_waiting"] <= 2 * 1024 * 1024
    assert second["spans_dropped"]["memory"] + second["spans_waiting"] == 200


def test_a_body_may_be_compressed() -> None:
    with Sink() as first, Sink() as second:
        run("a_trace('small')", first.url, to(second.url, COMPRESSION="gzip"))
    (request,) = second.requests
    assert request.headers["content-encoding"] == "gzip"
    body = zlib.decompress(request.body, wbits=31)
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert "small" in [span.name for span in resource.scope_spans[0].spans]


def test_a_hanging_request_is_given_up_after_the_time_that_is_set() -> None:
    with Sink() as first, Sink([HANG]) as second:
        run("a_trace('again')\ntime.sleep(2.5)", first.url, to(second.url, TIMEOUT="300"))
    assert second.root_names == ["again"]
    assert len(second.requests) == 2
    assert second.requests[1].at_s - second.requests[0].at_s < 2.0


def test_opentelemetrys_variables_alone_send_nothing_elsewhere() -> None:
    with Sink() as first, Sink() as second:
        more = {**to(second.url), "MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT": "", "MLFLOW_ENABLE_OTLP_EXPORTER": "true"}
        run(MAKING, first.url, more)
    assert first.root_names == NAMES
    assert second.requests == []


def test_what_is_masked_is_masked_for_both() -> None:
    program = """
    from trilha.tracing import configure
    configure(span_processors=[lambda span: span.set_inputs("masked")])
    a_trace("secret")
    """
    with Sink() as first, Sink() as second:
        run(program, first.url, to(second.url))
    bodies = [request.body for sink in (first, second) for request in sink.accepted]
    assert len(bodies) == 2
    assert all(b"masked" in body and b"xxxxx" not in body for body in bodies)


def test_a_forked_process_sends_to_both() -> None:
    program = """
    a_trace("parent")
    process.flush(5)
    child = os.fork()
    if child == 0:
        a_trace("child")
        process.end()
        os._exit(0)
    os.waitpid(child, 0)
    """
    with Sink() as first, Sink() as second:
        ended = run(program, first.url, to(second.url))
    assert ended.code == 0, ended.err
    assert first.root_names == second.root_names == ["child", "parent"]
    assert len(second.span_ids) == len(set(second.span_ids)) == 6


def test_the_spool_is_for_the_server_alone(tmp_path: Path) -> None:
    spooling = {"TRILHA_SPOOL_DIR": str(tmp_path), "TRILHA_EXIT_TIMEOUT_S": "2"}
    port = free_port()
    with Sink() as second:
        ended = run(MAKING, f"http://{LOOPBACK}:{port}", {**to(second.url), **spooling})
        assert ended.code == 0, ended.err
        assert second.root_names == NAMES
        with Sink(port=port) as first:
            run("a_trace('next')\ntime.sleep(1)", first.url, {**to(second.url), **spooling})
        assert first.root_names == sorted([*NAMES, "next"])
        assert second.root_names == first.root_names
        assert len(second.span_ids) == len(set(second.span_ids))


def test_sigterm_leaves_time_for_both() -> None:
    program = """
    from trilha._export import ending
    ending.install()
    a_trace("last")
    os.kill(os.getpid(), signal.SIGTERM)
    stay()
    """
    with Sink() as first, Sink() as second:
        begun_s = time.monotonic()
        run(program, first.url, to(second.url))
        took_s = time.monotonic() - begun_s
    assert first.root_names == second.root_names == ["last"]
    assert took_s < EXIT_S + 2.0
