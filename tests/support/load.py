"""Senders that write down what a server has acknowledged."""

import http.client
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.support.otlp import PROTOBUF, a_request, a_span, mlflow_id, new_trace_id

SENDERS = 4
SPANS_A_TRACE = 3
TIMEOUT_S = 20


class Load:
    """Threads that send traces without pause; a context, so that they end."""

    def __init__(self, url: str, experiment_id: str, *, traces_a_request: int = 2, payload_chars: int = 200) -> None:
        parts = urlsplit(url)
        self._address = (str(parts.hostname), int(parts.port or 80))
        self._headers = {"Content-Type": PROTOBUF, "x-mlflow-experiment-id": experiment_id}
        self._traces_a_request = traces_a_request
        self._payload = "p" * payload_chars
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send_until_stopped, daemon=True) for _ in range(SENDERS)]
        self.acknowledged: set[str] = set()
        """Traces that were answered with 200."""
        self.statuses: set[int] = set()
        """Everything that was answered."""

    def wait_for(self, acknowledged: int) -> None:
        """Wait until so many traces have been acknowledged."""
        for _ in range(TIMEOUT_S * 100):
            if len(self.acknowledged) >= acknowledged:
                return
            self._stop.wait(0.01)
        raise TimeoutError(f"{len(self.acknowledged)} of {acknowledged} traces were acknowledged")

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send_until_stopped(self) -> None:
        connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_S)
        try:
            while not self._stop.is_set():
                ids, body = self._request()
                connection.request("POST", "/v1/traces", body=body, headers=self._headers)
                answer = connection.getresponse()
                answer.read()
                with self._lock:
                    self.statuses.add(answer.status)
                    if answer.status == http.client.OK:
                        self.acknowledged.update(ids)
        except (OSError, http.client.HTTPException):  # the server is gone: that is what the test is about
            pass
        finally:
            connection.close()

    def _request(self) -> tuple[list[str], bytes]:
        ids = [new_trace_id() for _ in range(self._traces_a_request)]
        spans = [
            a_span(trace_id, name=f"n{number}", attributes={"text": self._payload})
            for trace_id in ids
            for number in range(SPANS_A_TRACE)
        ]
        return [mlflow_id(trace_id) for trace_id in ids], a_request(*spans).SerializeToString()
