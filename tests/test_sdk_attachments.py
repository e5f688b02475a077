"""Files in spans reach the server, by themselves after an outage, and clients read those of one another."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.clients import NEWEST, TRILHA
from tests.support.doors import Door
from tests.support.guides import Flavour, Stage, set_stage
from tests.support.ports import LOOPBACK, free_port
from tests.support.processes import RunningServer
from tests.support.sdk_programs import run, start
from tests.support.sink import OK, Reply, Sink, Taken

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

WITH_FILES = """
import base64, trilha
from trilha.tracing.attachments import Attachment
def ask(*files):
    with trilha.start_span("ask") as span:
        span.set_inputs({"files": list(files)})
    return span
def a_file(content):
    return Attachment(content_type="image/png", content_bytes=content)
"""


def files_of(sink: Sink) -> list[Taken]:
    return [request for request in list(sink.accepted) if "/attachments/" in request.path]


def spans_of(sink: Sink) -> list[Taken]:
    return [request for request in list(sink.accepted) if request.path == "/v1/traces"]


def test_a_file_comes_after_its_span_and_says_whose_it_is():
    program = WITH_FILES + 'span = ask(a_file(b"one"))\nreport(trace_id=span.trace_id, flushed=process.flush(10))'
    with Sink() as sink:
        ended = run(program, sink.url, {"MLFLOW_EXPERIMENT_NAME": "/Shared/é", "MLFLOW_TRACKING_TOKEN": "abc"})
    assert ended.reports[0]["flushed"] is True, ended.err
    spans, file = sink.accepted
    assert spans.path == "/v1/traces"
    assert file.path.startswith(f"/api/v1/traces/{ended.reports[0]['trace_id']}/attachments/")
    assert file.path.rpartition("/")[2].encode() in spans.body
    assert file.body == b"one"
    assert file.headers["x-trilha-experiment"].encode("latin-1").decode() == "/Shared/é"
    assert file.headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize("has_spool", [False, True])
def test_what_ends_while_the_server_is_down_arrives_when_it_is_up(has_spool: bool, tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)} if has_spool else {}
    port = free_port()
    program = (
        WITH_FILES
        + """
for number in range(20):
    ask(a_file(b"%02d" % number), "data:image/gif;base64," + base64.b64encode(b"GIF89a.%02d" % number * 9).decode())
report(flushed=process.flush(1))
report(flushed=process.flush(30), **counted())
"""
    )
    with start(program, f"http://{LOOPBACK}:{port}", more) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline()) == {"flushed": False}
        with Sink(port=port) as sink:
            out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    told = json.loads(out.splitlines()[-1])
    assert (told["flushed"], told["attachments_made"], told["attachments_sent"]) == (True, 40, 40)
    assert (told["spans_sent"], told["spans_waiting"]) == (20, 0)
    wanted = {b"%02d" % number for number in range(20)} | {b"GIF89a.%02d" % number * 9 for number in range(20)}
    assert {file.body for file in files_of(sink)} == wanted
    assert not list(tmp_path.rglob("*.spans"))


def test_a_store_that_takes_no_files_holds_up_no_spans_and_gets_them_later():
    is_down = True

    def behaviour(request: Taken) -> Reply:
        return Reply(status=503) if is_down and "/attachments/" in request.path else OK

    program = (
        WITH_FILES
        + """
for number in range(5):
    ask(a_file(b"%d" % number))
    time.sleep(0.3)
report(flushed=process.flush(1))
while not process.flush(5):
    pass
report(**counted())
"""
    )
    with Sink(behaviour) as sink, start(program, sink.url) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline()) == {"flushed": False}
        assert sum(len(request.spans) for request in spans_of(sink)) == 5
        assert files_of(sink) == []
        is_down = False
        out, err = running.communicate(timeout=60)
    assert json.loads(out.splitlines()[-1])["attachments_sent"] == 5, err
    assert "does not take attachments" in err
    assert sorted(file.body for file in files_of(sink)) == [b"%d" % number for number in range(5)]


def test_a_file_that_the_server_refuses_is_counted_and_said_and_its_span_is_sent():
    def behaviour(request: Taken) -> Reply:
        return Reply(status=413) if "/attachments/" in request.path else OK

    program = WITH_FILES + 'ask(a_file(b"large"), a_file(b"larger"))\nreport(flushed=process.flush(10), **counted())'
    with Sink(behaviour) as sink:
        ended = run(program, sink.url)
    (told,) = ended.reports
    assert (told["flushed"], told["spans_sent"], told["attachments_dropped"]) == (True, 1, {"refused": 2})
    assert "attachments were dropped (the server refused them" in ended.err


def test_files_that_an_ending_process_could_not_send_are_counted():
    program = WITH_FILES + 'ask(a_file(b"lost"))'
    ended = run(program, f"http://{LOOPBACK}:{free_port()}", {"TRILHA_EXIT_TIMEOUT_S": "1"})
    assert "1 attachments were dropped (the process ended before they could be sent" in ended.err


def test_files_of_a_process_that_was_killed_are_sent_by_the_next(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path)}
    port = free_port()
    program = WITH_FILES + 'ask(a_file(b"mine"))\nprocess.flush(1)\nreport()\nstay()'
    with start(program, f"http://{LOOPBACK}:{port}", more) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGKILL)
    with Sink(port=port) as sink:
        ended = run("a_trace('next')\nprocess.flush(10)\ntime.sleep(0.5)\nprocess.flush(10)\nreport(**counted())",
                    sink.url, more)  # fmt: skip
    assert [file.body for file in files_of(sink)] == [b"mine"]
    assert (ended.reports[0]["spans_recovered"], ended.reports[0]["attachments_sent"]) == (1, 1)
    assert not list(tmp_path.rglob("*.spans"))


def test_memory_may_be_small_where_the_spool_is_large(tmp_path: Path):
    more = {"TRILHA_SPOOL_DIR": str(tmp_path), "TRILHA_MEMORY_LIMIT_MB": "1"}
    port = free_port()
    program = (
        WITH_FILES
        + """
for number in range(40):
    ask(a_file(b"%03d" % number + bytes(50_000)))
    time.sleep(0.05)
report(flushed=process.flush(1))
report(flushed=process.flush(40), **counted())
"""
    )
    with start(program, f"http://{LOOPBACK}:{port}", more) as running:
        assert running.stdout is not None
        running.stdout.readline()
        with Sink(port=port) as sink:
            out, err = running.communicate(timeout=60)
    told = json.loads(out.splitlines()[-1])
    assert told["flushed"] is True, err
    assert {file.body[:3] for file in files_of(sink)} == {b"%03d" % number for number in range(40)}
    counts = (told["spans_sent"], told["attachments_sent"], told["spans_dropped"], told["attachments_dropped"])
    assert counts == (40, 40, {}, {})


def test_to_end_a_span_with_a_large_file_takes_no_time():
    program = (
        WITH_FILES
        + """
uri = "data:image/png;base64," + base64.b64encode(bytes(8 << 20)).decode()
ask("warm")
process.flush(10)
times = []
for _ in range(5):
    begun_s = time.perf_counter()
    ask(uri, a_file(bytes(8 << 20)))
    times.append(time.perf_counter() - begun_s)
report(best_s=min(times))
"""
    )
    with Sink() as sink:
        ended = run(program, sink.url)
    # Making the file's bytes is a part of it.
    assert ended.reports[0]["best_s"] < 0.01


MAKE_OURS = """
import base64
import trilha as mlflow
from trilha.tracing.attachments import Attachment
picture = Attachment(content_type="image/png", content_bytes=b"\\x89PNG" + bytes(range(256)))
with mlflow.start_span("look") as span:
    span.set_inputs({"picture": picture,
                     "sound": {"type": "input_audio",
                               "input_audio": {"data": base64.b64encode(b"RIFF" * 50).decode(), "format": "wav"}}})
mlflow.flush_trace_async_logging()
print(span.trace_id)
"""
READ_THEIRS = """
import json, mlflow
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.tracing.attachments import Attachment
trace = mlflow.get_trace("TRACE_ID")
inputs = trace.data.spans[0].inputs
repository = get_artifact_repository(trace.info.tags["mlflow.artifactLocation"])
def fetched(reference):
    told = Attachment.parse_ref(reference)
    content = repository.download_trace_attachment(told["attachment_id"])
    return [told["attachment_id"], told["content_type"], told["trace_id"], told["size"], content.hex()]
print(json.dumps([fetched(inputs["picture"]), fetched(inputs["sound"]["input_audio"]["data"])]))
"""
MAKE_THEIRS = MAKE_OURS.replace("import trilha as mlflow", "import mlflow").replace("trilha.", "mlflow.")


def stage_for(server: RunningServer, tmp_path_factory: pytest.TempPathFactory, client: Any) -> Stage:
    return set_stage(server, Flavour(door=Door.HTTP, client=client), tmp_path_factory.mktemp("attachments"))


def program(stage: Stage, code: str) -> str:
    return stage.command([str(stage.client.program("python")), "-c", code]).splitlines()[-1]


@pytest.mark.parametrize("maker", ["trilha", "mlflow"])
def test_files_of_either_client_come_back_from_the_server_and_through_mlflows_own(
    maker: str, trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    code, client = (MAKE_OURS, TRILHA) if maker == "trilha" else (MAKE_THEIRS, NEWEST)
    stage = stage_for(trilha_server, tmp_path_factory, client)
    trace_id = program(stage, code)
    picture, sound = b"\x89PNG" + bytes(range(256)), b"RIFF" * 50
    theirs = json.loads(program(stage.with_client(NEWEST), READ_THEIRS.replace("TRACE_ID", trace_id)))
    assert [told[1:] for told in theirs] == [
        ["image/png", trace_id, len(picture), picture.hex()],
        ["audio/wav", trace_id, len(sound), sound.hex()],
    ]
    address = f"{trilha_server.url}/api/v1/traces/{trace_id}/attachments/{theirs[0][0]}"
    answer = httpx.get(address, params={"content_type": "image/png"})
    assert (answer.content, answer.headers["content-type"]) == (picture, "image/png")
    assert httpx.delete(f"{trilha_server.url}/api/v1/traces/{trace_id}").status_code == 200
    folder = f"{stage.experiment_id}/traces/{trace_id}"
    listed = httpx.get(f"{trilha_server.url}/api/2.0/mlflow-artifacts/artifacts", params={"path": folder})
    assert listed.json() == {}


def test_a_file_may_be_sent_before_the_server_has_ever_heard_of_its_experiment(trilha_server: RunningServer):
    name = f"/Shared/files {time.time_ns()}"
    ended = run(
        WITH_FILES + 'span = ask(a_file(b"x"))\nreport(flushed=process.flush(10), trace_id=span.trace_id, **counted())',
        trilha_server.url,
        {"MLFLOW_EXPERIMENT_NAME": name},
    )
    told = ended.reports[0]
    assert (told["flushed"], told["attachments_sent"]) == (True, 1), ended.err
