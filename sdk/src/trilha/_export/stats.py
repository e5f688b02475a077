"""What became of the spans of this process, in numbers, and the rare words about it in the log."""

import logging
import threading
import time
from typing import Final

import msgspec

_INTERVAL_S: Final = 30.0
_log = logging.getLogger("trilha")


class SecondStats(msgspec.Struct, frozen=True, kw_only=True):
    """What became of spans at the second destination, of those that were written for the server."""

    spans_sent: int
    spans_dropped: dict[str, int]
    """By reason: `memory` was full, `refused` there, `exit` came first."""
    spans_waiting: int
    bytes_waiting: int
    requests_retried: int
    last_error: str | None


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """How many spans this process has made, and where they are now."""

    spans_made: int
    traces_made: int
    """Roots that ended."""
    spans_sent: int
    """Spans that the server has."""
    traces_sent: int
    spans_dropped: dict[str, int]
    """By reason: `memory` was full, `refused` by the server, `unwritable`, lost on `disk`, `exit` came first,
    `unsendable` where there could be no connection or no thread."""
    traces_dropped: dict[str, int]
    """Roots among these."""
    spans_withheld: int
    """Spans sent without what they held, because a processor of the application raised."""
    spans_spooled: int
    """Spans written to the spool, whether or not they were sent since."""
    spans_recovered: int
    """Spans of processes that died, found in the spool and sent."""
    records_damaged: int
    """Pieces of the spool that could not be read."""
    requests_retried: int
    attachments_made: int
    """Files that were in spans."""
    attachments_sent: int
    """Attachments that the server has."""
    attachments_dropped: dict[str, int]
    """By reason: `too large`, and those of spans."""
    spans_waiting: int
    bytes_waiting: int
    """Bytes in memory that are not sent yet."""
    last_error: str | None
    """Why the last request failed; no payload, no secrets."""
    second_destination: SecondStats | None = None
    """`None` where there is none, or nothing has ended yet."""


class Counters:
    """The numbers while they grow. Each is written by one thread alone, but for what was dropped."""

    def __init__(self, what: str = "spans") -> None:
        self._what = what
        self.spans_made = 0
        self.traces_made = 0
        self.spans_sent = 0
        self.traces_sent = 0
        self.spans_dropped: dict[str, int] = {}
        self.traces_dropped: dict[str, int] = {}
        self.spans_withheld = 0
        self.spans_spooled = 0
        self.spans_recovered = 0
        self.records_damaged = 0
        self.requests_retried = 0
        self.attachments_made = 0
        self.attachments_sent = 0
        self.attachments_dropped: dict[str, int] = {}
        self.last_error: str | None = None
        self._log = Rarely(_INTERVAL_S)
        self._lock = threading.Lock()

    def dropped(self, reason: str, spans: int, traces: int, detail: str = "") -> None:
        """Count spans that nobody will see, and say so now and then."""
        if spans == 0:
            return
        with self._lock:
            dropped = self.spans_dropped[reason] = self.spans_dropped.get(reason, 0) + spans
            self.traces_dropped[reason] = self.traces_dropped.get(reason, 0) + traces
        self._log.warning(
            f"dropped {reason}",
            "%d %s were dropped (%s%s)",
            dropped,
            self._what,
            _REASONS.get(reason, reason),
            f": {detail}" if detail else "",
        )

    def attachments_lost(self, reason: str, count: int, detail: str = "") -> None:
        """Count attachments that nobody will see, and say so now and then."""
        if count == 0:
            return
        with self._lock:
            lost = self.attachments_dropped[reason] = self.attachments_dropped.get(reason, 0) + count
        self._log.warning(
            f"attachments {reason}",
            "%d attachments were dropped (%s%s)",
            lost,
            _REASONS.get(reason, reason),
            f": {detail}" if detail else "",
        )

    def made(self, spans: int, roots: int) -> None:
        """Count spans that ended."""
        self.spans_made += spans
        self.traces_made += roots

    def missed(self, spans: int, roots: int, reason: str = "memory") -> None:
        """Count spans that were made and found no room at all, or nobody who sends."""
        self.made(spans, roots)
        self.dropped(reason, spans, roots)

    def stats(self, spans_waiting: int, bytes_waiting: int, second: SecondStats | None = None) -> Stats:
        """Return the numbers as they are now."""
        return Stats(
            spans_made=self.spans_made,
            traces_made=self.traces_made,
            spans_sent=self.spans_sent,
            traces_sent=self.traces_sent,
            spans_dropped=dict(self.spans_dropped),
            traces_dropped=dict(self.traces_dropped),
            spans_withheld=self.spans_withheld,
            spans_spooled=self.spans_spooled,
            spans_recovered=self.spans_recovered,
            records_damaged=self.records_damaged,
            requests_retried=self.requests_retried,
            attachments_made=self.attachments_made,
            attachments_sent=self.attachments_sent,
            attachments_dropped=dict(self.attachments_dropped),
            spans_waiting=spans_waiting,
            bytes_waiting=bytes_waiting,
            last_error=self.last_error,
            second_destination=second,
        )


class Rarely:
    """Log lines of one kind once in a while, however often there is a reason."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._said_at_s: dict[str, float] = {}

    def warning(self, kind: str, message: str, *values: object) -> None:
        """Log a warning unless one of its kind was logged a short while ago."""
        now_s = time.monotonic()
        last_s = self._said_at_s.get(kind)
        if last_s is None or now_s - last_s >= self._interval_s:
            self._said_at_s[kind] = now_s
            _log.warning(message, *values)

    def forget(self, kind: str) -> bool:
        """Forget that this kind was logged; tells whether it was."""
        return self._said_at_s.pop(kind, None) is not None


_REASONS: Final = {
    "too large": "they were above MLFLOW_TRACE_MAX_ATTACHMENT_SIZE",
    "memory": "too much was waiting to be sent; the oldest gave way",
    "refused": "the server refused them",
    "unwritable": "they could not be written",
    "unsendable": "there is no way to send them",
    "disk": "the file that they were in cannot be read",
    "exit": "the process ended before they could be sent",
}
