"""What becomes of spans where there is no way to send them, or none for a moment."""

import _thread
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from trilha._export.answers import Answer
from trilha._export.parcels import EncodedSpan, Parcel, Waiting
from trilha._export.process import Process
from trilha._export.sender import Sender
from trilha._export.stats import Counters
from trilha._settings import DEFAULT_EXPERIMENT, change, settings
from trilha._span import OpenTrace, Span

from sdk.tests.answering import Answering, Asked


@pytest.fixture(name="asked")
def _asked() -> Iterator[list[Asked]]:
    with Answering(lambda asked: (200, {})) as server:
        change(tracking_uri=server.url)
        yield server.asked


def _end_a_span(process: Process) -> None:
    Span(OpenTrace(1, process.outbox), None, "root", "TOOL").end()  # type: ignore[arg-type]


def test_what_cannot_be_sent_at_all_is_counted_and_nobody_waits_for_it() -> None:
    change(tracking_uri="databricks", databricks_host="http://[1")
    process = Process()
    _end_a_span(process)
    assert not process.flush(5)
    _end_a_span(process)
    assert not process.flush(5)
    assert process.stats().spans_dropped == {"unsendable": 2}
    assert process.stats().spans_waiting == 0


def test_an_address_that_becomes_unusable_loses_nothing(asked: list[Asked]) -> None:
    process = Process()
    _end_a_span(process)
    assert process.flush(5)
    url = settings().tracking_uri
    change(tracking_uri="databricks", databricks_host="http://[1")
    _end_a_span(process)
    assert not process.flush(5)
    assert len(asked) == 1
    assert "the new address cannot be used" in str(process.stats().last_error)
    change(tracking_uri=url)
    assert process.flush(5)
    assert len(asked) == 2
    assert process.stats().spans_sent == 2


def test_what_ends_before_anything_can_be_sent_is_bounded_by_its_size(asked: list[Asked]) -> None:
    change(memory_limit_bytes=1_000_000)
    process = Process()
    with process.importing:  # as long as this takes, nobody takes spans from the queue
        for _ in range(10):
            span = Span(OpenTrace(1, process.outbox), None, "root", "TOOL")  # type: ignore[arg-type]
            span.set_inputs("x" * 300_000)
            span.end()
        assert process.stats().spans_waiting == 4
    assert process.flush(5)
    stats = process.stats()
    assert stats.spans_sent > 0
    assert stats.spans_sent + stats.spans_dropped["memory"] == 10


class Raising:
    """A way to the server with a fault of its own."""

    url = "http://one"

    def send(self, parcel: Parcel) -> Answer:
        raise RuntimeError(f"{len(parcel.spans)} spans")


def test_a_fault_in_sending_loses_nothing() -> None:
    counters = Counters()
    waiting = Waiting(10**6, lambda spans, roots: None)
    waiting.add([(DEFAULT_EXPERIMENT, EncodedSpan(b"payload", is_root=True))], 0.0)
    waiting.seal(1.0)
    Sender(waiting, counters, Raising(), None).turn()
    assert waiting.count() == (1, 1)
    assert counters.last_error == "RuntimeError"


def test_where_a_thread_cannot_be_had_the_next_span_tries_again(
    asked: list[Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process()

    def start(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without_threads:
        without_threads.setattr(_thread, "start_new_thread", start)
        _end_a_span(process)
    assert not process.flush(5)
    _end_a_span(process)
    assert process.flush(5)
    assert process.stats().spans_sent == 2


def test_it_works_where_there_are_no_forks_and_no_locks_on_files() -> None:
    program = """
import os, sys
del os.register_at_fork, os.fork
sys.modules["fcntl"] = None  # as on Windows
import trilha, trilha.client, trilha.genai
with trilha.start_span("step"):
    pass
trilha.tracing.shutdown(10)
print(trilha.tracing.stats().spans_sent)
"""
    with Answering(lambda asked: (200, {})) as server:
        environment = {**os.environ, "TRILHA_TRACKING_URI": server.url}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
        )
    assert done.stdout == "1\n"
    assert [asked.path for asked in server.asked] == ["/v1/traces"]
