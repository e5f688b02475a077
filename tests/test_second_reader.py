"""Several senders at once: a second process reads what they send, and nothing depends on it."""

import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.support.mlflow_rest import MlflowRest
from tests.support.otlp import a_request, a_span, mlflow_id, new_trace_id, post_spans
from tests.support.processes import RunningServer, start_trilha

pytestmark = pytest.mark.timeout(120)

SENDERS = 4
WANTED = 20


class Senders:
    """Threads that send traces of 30 kB until they are told to stop."""

    def __init__(self, url: str) -> None:
        self.kept: list[bytes] = []
        self.refused: list[int] = []
        self._url = url
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]

    def __enter__(self) -> "Senders":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def keep_more(self) -> None:
        """Wait until some more traces are kept."""
        enough = len(self.kept) + WANTED
        while len(self.kept) < enough:
            time.sleep(0.01)

    def _send(self) -> None:
        while not self._enough.is_set():
            trace_id = new_trace_id()
            answer = post_spans(self._url, a_request(a_span(trace_id, attributes={"input.value": "olá " * 8_000})))
            if answer.status_code == 200:
                self.kept.append(trace_id)
            else:
                self.refused.append(answer.status_code)


def second_of(server: RunningServer) -> psutil.Process | None:
    found = psutil.Process(server.process.pid).children()
    return next((child for child in found if any("reading_process" in word for word in child.cmdline())), None)


@pytest.mark.skipif(psutil.cpu_count() == 1, reason="one processor is not shared by two processes")
def test_nothing_is_lost_when_the_process_that_reads_is_killed_under_load(tmp_path: Path) -> None:
    server = start_trilha(tmp_path / "data")
    try:
        with Senders(server.url) as senders:
            while (second := second_of(server)) is None:
                time.sleep(0.01)
            senders.keep_more()
            assert sum(second.cpu_times()[:2]) > 0
            second.kill()
            senders.keep_more()
        assert senders.refused == []
        assert not psutil.pid_exists(second.pid)
        with MlflowRest(server.url) as rest:
            for trace_id in senders.kept:
                assert rest.info(trace_id)["trace_id"] == mlflow_id(trace_id)
    finally:
        server.stop()
