"""A second destination: the same spans as plain OTLP, with bounds, a thread and numbers of their own.

Whatever happens there, what goes to the server neither waits for it nor gives way to it.
"""

import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError

from trilha import _wire
from trilha._connections import pool, trouble_of
from trilha._export.answers import Answer, Verdict, answer_of
from trilha._export.attachment_place import AttachmentPlace
from trilha._export.outbox import Mark
from trilha._export.parcels import EncodedSpan, Parcel, Waiting
from trilha._export.post import read_body
from trilha._export.sender import Sender
from trilha._export.stats import Counters, SecondStats
from trilha._otlp_endpoint import OtlpEndpoint
from trilha._server import Server
from trilha._settings import Credentials, Destination

_ANYWHERE: Final = Destination()
"""All spans travel together: experiments mean nothing there."""
_CONNECT_TIMEOUT_S: Final = 3.0
_GZIP_BITS: Final = 31
_OUR_CA: Final = "MLFLOW_TRACKING_SERVER_CERT_PATH"
_ITS_CA: Final = "OTEL_EXPORTER_OTLP_CERTIFICATE"
_log = logging.getLogger("trilha")


class SecondDestination:
    """All between the spans that are written for the server and the endpoint that gets them as well."""

    def __init__(self, endpoint: OtlpEndpoint, limit_bytes: int, resource: bytes, scope: bytes) -> None:
        self.counters = Counters("spans for the second destination")
        self.waiting = Waiting(limit_bytes, lambda spans, roots: self.counters.dropped("memory", spans, roots))
        self._sender = Sender(self.waiting, self.counters, PlainPost(endpoint, resource, scope), None)
        self._last: Mark | None = None

    def start(self) -> None:
        """Start the thread that sends; where there can be no more threads, what waits gives way and is counted."""
        try:
            threading.Thread(target=self._sender.run, name="trilha-second-sender", daemon=True).start()
        except RuntimeError:
            _log.warning("spans do not go to the second destination: the process has too many threads")

    def hear(self, mark: Mark | None) -> None:
        """Look at what waits. Nobody but the end of the process waits for it, so that other marks are not passed on."""
        own = None
        if mark is not None and mark.is_last:
            own = self._last = Mark(is_last=True)
            own.number = self.waiting.newest_number()
        self._sender.inbox.put(own)

    def end(self, until_s: float) -> None:
        """Wait for what was handed over before the end of the process, but not beyond a moment; count what is lost."""
        last = self._last
        if last is not None:
            last.done.wait(max(0.0, until_s - time.monotonic()))
        self.counters.dropped("exit", *self.waiting.count())

    def stats(self) -> SecondStats:
        """Count what became of the spans."""
        counters = self.counters
        return SecondStats(
            spans_sent=counters.spans_sent,
            spans_dropped=dict(counters.spans_dropped),
            spans_waiting=self.waiting.spans,
            bytes_waiting=self.waiting.size_bytes,
            requests_retried=counters.requests_retried,
            last_error=counters.last_error,
        )


class WaitingForBoth(Waiting):
    """What waits for the server, of which a second destination gets each span too."""

    def __init__(
        self,
        second: Waiting,
        limit_bytes: int,
        on_dropped: Callable[[int, int], None],
        on_attachments_dropped: Callable[[int], None],
    ) -> None:
        super().__init__(limit_bytes, on_dropped, on_attachments_dropped)
        self._second = second

    def add(self, spans: Iterable[tuple[Destination, EncodedSpan]], now_s: float) -> bool:
        """Put spans into the open parcels of both; tells whether a parcel became full."""
        added = list(spans)
        # The bytes are in memory once. The spool's copy is settled by the server alone.
        copies = [
            (_ANYWHERE, EncodedSpan(span.payload, span.is_root))
            for destination, span in added
            if not isinstance(destination, AttachmentPlace)
        ]
        is_second_full = self._second.add(copies, now_s)
        return super().add(added, now_s) or is_second_full

    def seal(self, opened_before_s: float) -> bool:
        """Close parcels of both that were opened before a moment; tells whether there were any."""
        is_second_due = self._second.seal(opened_before_s)
        return super().seal(opened_before_s) or is_second_due

    def next_due_s(self) -> float | None:
        """Tell when the oldest open parcel of both should be closed."""
        due_s = [one for one in (super().next_due_s(), self._second.next_due_s()) if one is not None]
        return min(due_s, default=None)


class PlainPost:
    """Carries parcels to an endpoint of OTLP. For one thread."""

    def __init__(self, endpoint: OtlpEndpoint, resource: bytes, scope: bytes) -> None:
        self._endpoint = endpoint
        self._place = Server(endpoint.url, Credentials(), ca_path=endpoint.ca_path)
        self._resource = resource
        self._scope = scope
        self._timeout = urllib3.Timeout(connect=min(_CONNECT_TIMEOUT_S, endpoint.timeout_s), read=endpoint.timeout_s)
        self._headers = {
            **{key: value.encode().decode("latin-1") for key, value in endpoint.headers.items()},
            "Content-Type": "application/x-protobuf",
            **({"Content-Encoding": "gzip"} if endpoint.is_compressed else {}),
        }

    @cached_property
    def _http(self) -> urllib3.PoolManager:
        return pool(self._place)

    @property
    def url(self) -> str:
        """The address that spans are sent to, without what may be a secret."""
        return self._endpoint.url.partition("?")[0]

    def send(self, parcel: Parcel) -> Answer:
        """Send a parcel once."""
        body = _wire.request(self._resource, self._scope, [span.payload for span in parcel.spans])
        if self._endpoint.is_compressed:
            packer = zlib.compressobj(wbits=_GZIP_BITS)
            body = packer.compress(body) + packer.flush()
        try:
            response = self._http.request(
                "POST",
                self._endpoint.url,
                body=body,
                headers=self._headers,
                timeout=self._timeout,
                preload_content=False,
                redirect=False,
            )
        except (HTTPError, OSError, ValueError) as error:
            trouble = trouble_of(error, self._place)
            verdict = Verdict.AGAIN if trouble.is_passing else Verdict.NOT_YET
            return Answer(verdict=verdict, text=trouble.text.replace(_OUR_CA, _ITS_CA))
        return answer_of(response.status, response.headers.get("Retry-After"), read_body(response))
