"""The thread that brings parcels to the server, again and again where it must."""

import logging
import queue
import random
import time
from contextlib import suppress
from queue import Empty
from typing import Final, Protocol

from trilha._context import current_span
from trilha._export.answers import Answer, Verdict
from trilha._export.attachment_place import lane
from trilha._export.outbox import Mark
from trilha._export.parcels import Parcel, Waiting
from trilha._export.stats import Counters, Rarely
from trilha._noop import NoOpSpan
from trilha._settings import Destination

_FIRST_REST_S: Final = 0.5
_LONGEST_REST_S: Final = 30.0
_NOT_YET_REST_S: Final = 30.0
_ATTACHMENTS_REST_S: Final = 5.0
_HURRIED_REST_S: Final = 0.5
"""The longest rest while somebody waits for everything to be sent."""
_REFUSED_IN_A_ROW: Final = 16
"""A bad span among thousands is found by halving in fewer steps; beyond it is not the span that is bad."""
_SILENCE_S: Final = 60.0
_log = logging.getLogger("trilha")
_dice = random.Random()  # noqa: S311  # spreads the retries of many processes


class Carrier(Protocol):
    """What brings a parcel to the server once."""

    @property
    def url(self) -> str:
        """The address, for the log."""
        ...

    def send(self, parcel: Parcel) -> Answer:
        """Send a parcel and tell how it went. Raises nothing that is about the network."""
        ...


class Backlog(Protocol):
    """Spans that are on disk alone."""

    def take(self) -> list[Parcel]:
        """Hand out the spans of one file that no living process has in memory; nothing where there is none."""
        ...

    def finish(self) -> None:
        """Take note that nothing of that file is needed any longer."""
        ...

    def refuse(self, spans: int, roots: int, attachments: int) -> None:
        """Take note that the server refused some of that file."""
        ...

    def postpone(self) -> None:
        """Take note that the file must be taken once more, later."""
        ...

    def owes(self) -> bool:
        """Tell whether spans of this very process are among them."""
        ...

    def next_look_s(self) -> float:
        """Tell when to ask again after there was nothing."""
        ...


class Sender:
    """Sends what waits, oldest first, and rests as long as the server, or what is wrong, asks for."""

    def __init__(self, waiting: Waiting, counters: Counters, carrier: Carrier, backlog: Backlog | None) -> None:
        self._waiting = waiting
        self._counters = counters
        self._carrier = carrier
        self._backlog = backlog
        self.inbox: queue.SimpleQueue[Mark | None] = queue.SimpleQueue()  # gevent's, where that is there by now
        """Anything in here wakes the thread; a mark is set when everything before it is settled."""
        self._marks: list[Mark] = []
        self._rarely = Rarely(_SILENCE_S)
        self._failures = 0
        self._refused_in_a_row = 0
        self._rests_until_s = 0.0
        self._resting: dict[Destination, float] = {}
        """By lane: the server may not take spans of one experiment, or attachments, and take others."""
        self._from_disk: list[Parcel] = []

    @property
    def is_failing(self) -> bool:
        """Whether the last request came to nothing."""
        return self._failures > 0 or bool(self._resting)

    def run(self) -> None:
        """Work until the process ends."""
        current_span.set(NoOpSpan())  # what is called here is no trace of the application
        while True:
            try:
                self.turn()
            except Exception:  # the edge of the thread: without it nothing would be sent any more
                _log.warning("sending spans failed; it goes on", exc_info=True)
                time.sleep(_FIRST_REST_S)

    def turn(self) -> None:
        """Send one parcel, or wait until there is a reason to look again."""
        begun_s = self._now_s()
        parcel = None if begun_s < self._rests_until_s else self._waiting.take(self._rests)
        if parcel is not None:
            self._send(parcel)
        elif not self._send_backlog():
            self._wait(begun_s)
        self._listen()
        self._answer_marks()

    def _send(self, parcel: Parcel) -> None:
        left = self._left(parcel, self._carry(parcel))
        if left:
            self._waiting.give_back(left)
        else:
            self._waiting.settle(parcel)

    def _carry(self, parcel: Parcel) -> Answer:
        try:
            return self._carrier.send(parcel)
        except Exception as error:  # nobody knows what it is, so it may pass; without this the spans would be lost
            _log.debug("sending spans failed", exc_info=True)
            return Answer(verdict=Verdict.AGAIN, text=type(error).__name__)

    def _send_backlog(self) -> bool:
        """Send something that is on disk; tells whether there was anything to do."""
        backlog = self._backlog
        if backlog is None or self._now_s() < self._rests_until_s:
            return False
        if not self._from_disk:
            self._from_disk = backlog.take()
        if not self._from_disk:
            return False
        parcel = next((one for one in self._from_disk if not self._rests(one.destination)), None)
        if parcel is None:
            self._from_disk.clear()
            backlog.postpone()
            return False
        left = self._left(parcel, self._carry(parcel))
        place = self._from_disk.index(parcel)
        self._from_disk[place : place + 1] = left
        if not self._from_disk:
            backlog.finish()
        return True

    def _left(self, parcel: Parcel, answer: Answer) -> list[Parcel]:
        """Count how sending went, and return what has to be sent once more."""
        if answer.verdict is Verdict.DELIVERED:
            self._delivered(parcel, answer)
            return []
        self._counters.last_error = _words(answer)
        if answer.verdict is Verdict.REFUSED:
            return self._refused(parcel, answer)
        self._counters.requests_retried += 1
        if answer.verdict is Verdict.NOT_YET:
            self._resting[lane(parcel.destination)] = self._now_s() + _dice.uniform(0.8, 1.2) * _NOT_YET_REST_S
        elif parcel.is_attachment and answer.status is not None:  # where files cannot be kept, spans may be
            self._resting[lane(parcel.destination)] = self._now_s() + max(answer.rest_s or 0.0, _ATTACHMENTS_REST_S)
        else:
            self._failures += 1
            self._rests_until_s = self._now_s() + self._rest_s(answer)
        self._complain(parcel, answer)
        return [parcel]

    def _delivered(self, parcel: Parcel, answer: Answer) -> None:
        if self._rarely.forget("again") and self._failures:
            _log.info("spans reach %s again", self._carrier.url)
        self._failures = self._refused_in_a_row = 0
        self._resting.pop(lane(parcel.destination), None)
        if parcel.is_attachment:
            if parcel.origin != "own file":  # those are counted when the file is done
                self._counters.attachments_sent += len(parcel.spans)
            return
        if parcel.origin == "memory":
            self._counters.spans_sent += len(parcel.spans) - answer.rejected_spans
            self._counters.traces_sent += parcel.traces
        elif parcel.origin == "dead process":
            self._counters.spans_recovered += len(parcel.spans) - answer.rejected_spans
        self._drop(parcel, answer.rejected_spans, 0, answer.text)

    def _refused(self, parcel: Parcel, answer: Answer) -> list[Parcel]:
        """Halve what the server refuses, until the bad span stands alone."""
        if parcel.is_attachment:
            self._counters.attachments_lost("refused", len(parcel.spans), _words(answer))
            if parcel.origin == "own file" and self._backlog is not None:
                self._backlog.refuse(0, 0, len(parcel.spans))
            return []
        self._refused_in_a_row += 1
        if len(parcel.spans) > 1 and self._refused_in_a_row <= _REFUSED_IN_A_ROW:
            return parcel.halves()
        self._drop(parcel, len(parcel.spans), parcel.traces, _words(answer))
        return []

    def _drop(self, parcel: Parcel, spans: int, roots: int, why: str) -> None:
        self._counters.dropped("refused", spans, roots, why)
        if parcel.origin == "own file" and self._backlog is not None:
            self._backlog.refuse(spans, roots, 0)

    def _rest_s(self, answer: Answer) -> float:
        longest_s = _HURRIED_REST_S if self._marks else _LONGEST_REST_S
        grown_s = min(longest_s, _FIRST_REST_S * 2.0 ** min(self._failures - 1, 10))
        return max(answer.rest_s or 0.0, grown_s * _dice.uniform(0.5, 1.0))

    def _complain(self, parcel: Parcel, answer: Answer) -> None:
        waiting = self._waiting.spans
        if parcel.is_attachment and answer.status is not None:
            self._rarely.warning(
                "attachments",
                "%s does not take attachments: %s. %d are kept; mend it and they are sent",
                self._carrier.url,
                _words(answer),
                self._waiting.attachments(),
            )
        elif answer.verdict is Verdict.NOT_YET and answer.status is None:
            self._rarely.warning(
                "not yet",
                "spans do not reach %s: %s. %d are kept; mend it and they are sent",
                self._carrier.url,
                _words(answer),
                waiting,
            )
        elif answer.verdict is Verdict.NOT_YET:
            self._rarely.warning(
                f"not yet {answer.status}",
                "%s does not take spans%s: %s. %d spans are kept; mend it and they are sent",
                self._carrier.url,
                _of_experiment(parcel.destination),
                _words(answer),
                waiting,
            )
        else:
            self._rarely.warning(
                "again",
                "spans do not reach %s: %s. %d are kept and sent later",
                self._carrier.url,
                _words(answer),
                waiting,
            )

    def _wait(self, begun_s: float) -> None:
        """Wait for a mark, or for the end of a rest: of one too that ended since the turn began."""
        moments_s = [self._rests_until_s, *self._resting.values()]
        if self._backlog is not None:
            moments_s.append(self._backlog.next_look_s())
        coming_s = [moment_s for moment_s in moments_s if moment_s > begun_s]
        with suppress(Empty):
            self._hear(self.inbox.get(timeout=max(0.0, min(coming_s) - self._now_s()) if coming_s else None))

    def _listen(self) -> None:
        with suppress(Empty):
            while True:
                self._hear(self.inbox.get_nowait())

    def _hear(self, mark: Mark | None) -> None:
        if mark is not None:
            self._marks.append(mark)
            # Somebody waits: what failed is tried once more at once.
            self._rests_until_s = 0.0
            self._resting.clear()

    def _answer_marks(self) -> None:
        if not self._marks:
            return
        owes = self._backlog is not None and self._backlog.owes()
        is_stuck = self._is_stuck()
        is_safe = self._backlog is not None and self.is_failing and self._waiting.is_on_disk()
        for mark in list(self._marks):
            mark.is_sent = not owes and self._waiting.is_settled(mark.number)
            if mark.is_sent or is_stuck or (mark.is_last and is_safe):
                self._marks.remove(mark)
                mark.done.set()

    def _is_stuck(self) -> bool:
        """Tell whether all that is left needs somebody to mend something first."""
        wanted = self._waiting.destinations()
        return bool(wanted) and all(map(self._rests, wanted))

    def _rests(self, destination: Destination) -> bool:
        until_s = self._resting.get(lane(destination))
        return until_s is not None and self._now_s() < until_s

    @staticmethod
    def _now_s() -> float:
        return time.monotonic()


def _of_experiment(destination: Destination) -> str:
    experiment = destination.experiment_id or destination.experiment
    return "" if experiment is None else f" for experiment {experiment}"


def _words(answer: Answer) -> str:
    status = "" if answer.status is None else str(answer.status)
    return " ".join(part for part in (status, answer.text) if part) or "no answer"
