"""Requests that wait share one write, and each is answered for itself."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, wait

import pytest
from trilha_server.api.v1.ringing import RingingWriter
from trilha_server.domain.batch import TagsEdited, TraceUpdate
from trilha_server.domain.errors import Busy, NotFound, StoreFull, StoreUnavailable
from trilha_server.ingest.group_commit import MAX_GROUP_BYTES, MAX_GROUP_UPDATES, GroupCommit

from server.tests.support.spans import trace_id

TIMEOUT_S = 10


class HeldWriter:
    """A writer that waits at a gate, and remembers what it was given."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.entered = threading.Semaphore(0)
        self.writes: list[list[str]] = []
        self.faults: dict[str, Exception] = {}

    def write(self, updates: Sequence[TraceUpdate]) -> list[int]:
        self.entered.release()
        assert self.gate.acquire(timeout=TIMEOUT_S)
        names = [name_of(update) for update in updates]
        self.writes.append(names)
        for name in names:
            if name in self.faults:
                raise self.faults[name]
        return [len(name) for name in names]


class Held:
    """A group commit whose writes the test lets pass."""

    def __init__(self, max_pending_bytes: int = 1000) -> None:
        self.writer = HeldWriter()
        self.rings = 0
        self.commit = GroupCommit(
            RingingWriter(self.writer, self._ring),  # type: ignore[arg-type]  # only `write` is asked for
            max_pending_bytes=max_pending_bytes,
        )
        self.commit.start()

    def _ring(self) -> None:
        self.rings += 1

    def submit(self, *names: str, size_bytes: int = 1):
        return self.commit.submit([an_update(name) for name in names], size_bytes)

    def occupy(self) -> None:
        """Let a first write begin, so that what follows has to wait."""
        self.submit("first")
        assert self.writer.entered.acquire(timeout=TIMEOUT_S)

    def open(self) -> None:
        self.writer.gate.release(1000)


def an_update(name: str) -> TraceUpdate:
    return TagsEdited(trace_id=trace_id(1), tags={name: ""})


def name_of(update: TraceUpdate) -> str:
    assert isinstance(update, TagsEdited)
    return next(iter(update.tags))


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.open()
    held.commit.stop()


def test_requests_that_wait_share_one_write_in_order(held: Held) -> None:
    held.occupy()
    futures = [held.submit("a", "bb"), held.submit("ccc"), held.submit()]
    held.open()

    assert [future.result(TIMEOUT_S) for future in futures] == [[1, 2], [3], []]
    assert held.writer.writes == [["first"], ["a", "bb", "ccc"]]
    assert held.rings == 2


def test_a_request_is_not_answered_before_it_is_written(held: Held) -> None:
    held.occupy()
    future = held.submit("a")

    done, _ = wait([future], timeout=0.05)
    assert not done
    held.open()
    assert future.result(TIMEOUT_S) == [1]


def test_a_bad_request_does_not_fail_those_beside_it(held: Held) -> None:
    held.occupy()
    held.writer.faults = {"bad": NotFound("there is no such trace"), "odd": ZeroDivisionError()}
    futures = {name: held.submit(name) for name in ("a", "bad", "b", "odd", "c")}
    held.open()

    assert [futures[name].result(TIMEOUT_S) for name in "abc"] == [[1]] * 3
    with pytest.raises(NotFound):
        futures["bad"].result(TIMEOUT_S)
    with pytest.raises(StoreUnavailable):
        futures["odd"].result(TIMEOUT_S)
    assert held.submit("later").result(TIMEOUT_S) == [5]


def test_a_failing_store_is_told_to_all_and_asked_again_for_the_next(held: Held) -> None:
    held.occupy()
    held.writer.faults = {"a": StoreFull("the disk is full")}
    futures = [held.submit("a"), held.submit("b")]
    held.open()

    for future in futures:
        with pytest.raises(StoreFull):
            future.result(TIMEOUT_S)
    assert held.writer.writes == [["first"], ["a", "b"]]
    assert held.rings == 1
    held.writer.faults = {}
    assert held.submit("c").result(TIMEOUT_S) == [1]


def test_above_the_limit_the_server_is_busy_until_there_is_room(held: Held) -> None:
    held.occupy()
    waiting = held.submit("a", size_bytes=999)

    with pytest.raises(Busy):
        held.submit("b", size_bytes=1000)
    assert held.commit.pending_bytes == 1000
    held.open()
    waiting.result(TIMEOUT_S)

    assert held.submit("c", size_bytes=1000).result(TIMEOUT_S) == [1]


def test_one_request_above_the_limit_is_let_in_when_nothing_else_waits() -> None:
    held = Held(max_pending_bytes=10)
    held.open()

    assert held.submit("a", size_bytes=5000).result(TIMEOUT_S) == [1]
    held.commit.stop()


@pytest.mark.parametrize(("updates", "size_bytes"), [(MAX_GROUP_UPDATES, 1), (1, MAX_GROUP_BYTES)])
def test_a_group_has_an_end(updates: int, size_bytes: int) -> None:
    held = Held(max_pending_bytes=10 * MAX_GROUP_BYTES)
    held.occupy()
    futures = [held.submit(*["a"] * updates, size_bytes=size_bytes) for _ in range(3)]
    held.open()
    for future in futures:
        future.result(TIMEOUT_S)

    assert [len(write) for write in held.writer.writes] == [1, updates, updates, updates]
    held.commit.stop()


def test_stopping_writes_what_waits_and_lets_nothing_more_in(held: Held) -> None:
    held.occupy()
    futures = [held.submit("a"), held.submit("b")]
    stopper = threading.Thread(target=held.commit.stop)
    stopper.start()
    held.open()
    stopper.join(TIMEOUT_S)

    assert [future.result(0) for future in futures] == [[1], [1]]
    with pytest.raises(Busy):
        held.submit("late")


def test_a_sender_that_gives_up_harms_nobody(held: Held) -> None:
    held.occupy()
    gone, kept = held.submit("gone"), held.submit("kept")
    gone.cancel()
    held.open()

    assert kept.result(TIMEOUT_S) == [4]
    with pytest.raises(CancelledError):
        gone.result(TIMEOUT_S)
    assert held.submit("later").result(TIMEOUT_S) == [5]
    assert held.commit.pending_bytes == 0


def test_a_sender_that_gives_up_while_it_is_written_harms_nobody(held: Held) -> None:
    gone = held.submit("gone")
    assert held.writer.entered.acquire(timeout=TIMEOUT_S)
    gone.cancel()
    held.open()

    assert held.submit("later").result(TIMEOUT_S) == [5]
