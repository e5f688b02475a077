"""Whatever comes through the door is counted with what became of it."""

from collections.abc import Iterator, Sequence

import pytest
from trilha_server.domain.batch import Rejection, TraceUpdate
from trilha_server.domain.errors import Busy, StoreFull, TooLarge
from trilha_server.ingest.door import Arrival, Door, Sender
from trilha_server.ingest.group_commit import GroupCommit
from trilha_server.ingest.ledger import Ledger
from trilha_server.normalise.otlp import OtlpSpans

from server.tests.ingest.test_ledger import ListedCounts
from server.tests.support.spans import FixedClock, a_span, arrived, declared

SENDER = Sender("sdk/1", "otlp-http")


class ScriptedWriter:
    """A writer that answers as it is told."""

    def __init__(self) -> None:
        self.answer: list[int] | Exception = []

    def write(self, updates: Sequence[TraceUpdate]) -> list[int]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Entrance:
    """A door with its ledger."""

    def __init__(self) -> None:
        self.writer = ScriptedWriter()
        self.commit = GroupCommit(self.writer, max_pending_bytes=1000)  # type: ignore[arg-type]  # only `write` is asked for
        self.ledger = Ledger(ListedCounts(), FixedClock())
        self.door = Door(self.commit, self.ledger)

    def admit(self, *updates: TraceUpdate):
        return self.door.admit(Arrival(SENDER, list(updates), 100))

    def counted(self) -> list[tuple[object, ...]]:
        self.commit.stop()
        return [
            (item.experiment_id, item.outcome, item.reason, item.requests, item.traces, item.spans, item.body_bytes)
            for item in self.ledger.since_start()
        ]


@pytest.fixture
def entrance() -> Iterator[Entrance]:
    entrance = Entrance()
    entrance.commit.start()
    yield entrance
    entrance.commit.stop()


def test_new_spans_and_those_that_were_there_are_counted_by_experiment(entrance: Entrance) -> None:
    entrance.writer.answer = [2, 0, 1]
    spans = arrived(a_span(1), a_span(2, parent=1), a_span(3, parent=1))
    entrance.admit(spans, declared(5), arrived(a_span(trace=9), experiment=4)).result(10)

    assert entrance.counted() == [
        (0, "kept", "", 1, 2, 2, 100),
        (0, "duplicate", "", 0, 0, 1, 0),
        (4, "kept", "", 0, 1, 1, 0),
    ]


def test_what_the_store_refuses_is_counted_with_the_reason(entrance: Entrance) -> None:
    entrance.writer.answer = StoreFull("the disk is full")
    with pytest.raises(StoreFull):
        entrance.admit(arrived(a_span(1), a_span(2, parent=1))).result(10)

    assert entrance.counted() == [(None, "rejected", "StoreFull", 1, 0, 2, 100)]


def test_what_finds_no_room_is_counted(entrance: Entrance) -> None:
    entrance.commit.stop()
    with pytest.raises(Busy):
        entrance.admit(arrived(a_span()))

    assert entrance.counted() == [(None, "rejected", "Busy", 1, 0, 1, 100)]


def test_what_cannot_be_read_is_counted(entrance: Entrance) -> None:
    entrance.door.refuse(SENDER, TooLarge("too large"), body_bytes=7)
    entrance.door.refuse_spans(
        SENDER, OtlpSpans(traces=[], rejections=[Rejection("time", "no time", 3), Rejection("time", "no time")])
    )

    assert entrance.counted() == [
        (None, "rejected", "TooLarge", 1, 0, 0, 7),
        (None, "rejected", "time", 0, 0, 4, 0),
    ]


def test_what_its_sender_no_longer_waits_for_is_counted() -> None:
    entrance = Entrance()
    entrance.admit(arrived(a_span())).cancel()
    entrance.commit.start()

    assert entrance.counted() == [(None, "rejected", "Cancelled", 1, 0, 1, 100)]
