"""Costs of kept traces are computed anew, a portion at a time, by whichever server is there."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from trilha_server.domain.batch import TraceUpdate
from trilha_server.domain.errors import StoreError, StoreFull
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.job import Job, JobKind, JobState
from trilha_server.domain.price import PriceOverride
from trilha_server.ingest.pricing import Pricer, PricingWriter
from trilha_server.ingest.repricing import LEASE_MS, PORTION_TRACES, Repricing
from trilha_server.ports import Store, TraceWriter
from trilha_server.storage.open import open_store

from server.tests.ingest.test_pricing import DEAR, a_call
from server.tests.support.spans import NOW_MS, FixedClock, arrived, otel_id, trace_id

ZERO = ExperimentId(0)
TRACES = 2 * PORTION_TRACES + 3


class FailingWriter:
    """A writer that fails as it is told."""

    def __init__(self, writer: TraceWriter) -> None:
        self._writer = writer
        self.error: Exception | None = None
        self.before_write: Callable[[], None] | None = None

    def write(self, updates: Sequence[TraceUpdate]) -> list[int]:
        if self.before_write is not None:
            self.before_write()
        if self.error is not None:
            raise self.error
        return self._writer.write(updates)


class Shop:
    """A store with traces that were priced by the list, and servers that price them anew."""

    def __init__(self, path: Path, template: bytes) -> None:
        path.write_bytes(template)
        self.clock = FixedClock()
        self.store: Store = open_store(f"sqlite:///{path}", self.clock)
        self.pricer = Pricer(self.store.prices)
        self.writer = FailingWriter(self.store.writer)
        writer = PricingWriter(self.store.writer, self.pricer)
        writer.write([self.update(number) for number in range(1, TRACES + 1)])

    def update(self, number: int) -> TraceUpdate:
        call = a_call()
        call.trace_id = otel_id(number)
        return arrived(call)

    def server(self, owner: str = "ana") -> Repricing:
        store = self.store
        writer: TraceWriter = self.writer  # type: ignore[assignment]  # only `write` is asked for
        return Repricing(store.jobs, store.walk, store.reader, writer, self.pricer, owner=owner)

    def set_price(self, model: str = "gpt-4o-mini") -> None:
        self.store.prices.put_override(ZERO, PriceOverride(model=model, usd_per_million=DEAR))
        self.pricer.forget(ZERO)

    def ask(self, start_ms: int = 0, end_ms: int = NOW_MS + 1) -> None:
        job = Job(
            job_id="job",
            kind=JobKind.REPRICING,
            experiment_id=ZERO,
            start_ms=start_ms,
            end_ms=end_ms,
            create_time_ms=NOW_MS,
            update_time_ms=NOW_MS,
        )
        self.store.jobs.create_job(job)

    @property
    def job(self) -> Job:
        return self.store.jobs.get_job("job")

    def usd(self, trace: TraceId) -> float:
        [info] = self.store.reader.get([trace])
        assert info.cost is not None
        return info.cost.total_usd

    def all_usd(self) -> set[float]:
        return {self.usd(trace_id(number)) for number in range(1, TRACES + 1)}


@pytest.fixture
def shop(tmp_path: Path, sqlite_template: bytes) -> Iterator[Shop]:
    shop = Shop(tmp_path / "trilha.db", sqlite_template)
    yield shop
    shop.store.upkeep.close()


def test_all_traces_of_the_range_take_todays_prices(shop: Shop) -> None:
    shop.set_price()
    shop.ask()
    server = shop.server()

    portions = 0
    while server.work():
        portions += 1

    assert portions == 3
    assert (shop.job.state, shop.job.total, shop.job.done, shop.job.changed) == (JobState.DONE, TRACES, TRACES, TRACES)
    assert shop.all_usd() == {0.033}


def test_progress_is_told_after_each_portion(shop: Shop) -> None:
    shop.set_price()
    shop.ask()
    server = shop.server()

    server.work()

    job = shop.job
    assert (job.state, job.total, job.done, job.changed) == (JobState.RUNNING, TRACES, PORTION_TRACES, PORTION_TRACES)
    assert shop.all_usd() == {0.033, 6.3e-06}


def test_traces_whose_costs_are_right_are_not_written(shop: Shop) -> None:
    shop.ask()
    change = shop.store.reader.last_change()
    server = shop.server()
    while server.work():
        pass

    assert (shop.job.done, shop.job.changed) == (TRACES, 0)
    assert shop.store.reader.changes_since(change, 10).traces == []


def test_only_the_range_is_looked_at(shop: Shop) -> None:
    shop.set_price()
    shop.ask(start_ms=NOW_MS + 1, end_ms=NOW_MS + 2)
    shop.server().work()

    assert (shop.job.state, shop.job.total, shop.job.done) == (JobState.DONE, 0, 0)


def test_another_server_goes_on_where_one_was_killed(shop: Shop) -> None:
    shop.set_price()
    shop.ask()
    shop.server("ana").work()
    assert not shop.server("ben").work()

    shop.clock.time_ms += LEASE_MS
    ben = shop.server("ben")
    assert ben.work()
    assert shop.job.done == 2 * PORTION_TRACES
    while ben.work():
        pass

    assert (shop.job.state, shop.job.done, shop.job.changed) == (JobState.DONE, TRACES, TRACES)
    assert shop.all_usd() == {0.033}


def test_a_cancelled_job_stops_and_what_was_done_stays(shop: Shop) -> None:
    shop.set_price()
    shop.ask()
    server = shop.server()
    server.work()

    shop.store.jobs.cancel_job("job")

    assert not server.work()
    assert (shop.job.state, shop.job.done) == (JobState.CANCELLED, PORTION_TRACES)


def test_spans_that_come_meanwhile_are_kept_with_todays_price(shop: Shop) -> None:
    shop.set_price()
    shop.ask()
    server = shop.server()
    server.work()
    late = a_call(2, parent=1)
    late.trace_id = otel_id(TRACES)
    PricingWriter(shop.store.writer, shop.pricer).write([arrived(late)])
    while server.work():
        pass

    assert shop.all_usd() == {0.033}
    assert len(shop.store.reader.structure(trace_id(TRACES))) == 2


def test_a_store_that_fails_for_now_is_tried_again(shop: Shop) -> None:
    shop.set_price()
    shop.ask()
    shop.writer.error = StoreFull("the disk is full")
    server = shop.server()
    with pytest.raises(StoreFull):
        server.work()
    assert (shop.job.state, shop.job.done) == (JobState.RUNNING, 0)

    shop.writer.error = None
    while server.work():
        pass

    assert shop.job.state is JobState.DONE


@pytest.mark.parametrize(
    ("error", "told"), [(StoreError("stored bytes are damaged"), "stored bytes are damaged"), (KeyError(1), "KeyError")]
)
def test_what_would_fail_for_ever_ends_the_job(shop: Shop, error: Exception, told: str) -> None:
    shop.set_price()
    shop.ask()
    shop.writer.error = error
    server = shop.server()
    server.work()

    assert (shop.job.state, shop.job.error) == (JobState.FAILED, told)
    assert not server.work()


def test_the_thread_finds_a_job_at_once(shop: Shop) -> None:
    shop.set_price()
    server = shop.server()
    server.start()
    shop.ask()
    server.wake()
    wait_until(lambda: shop.job.state is JobState.DONE)
    server.stop()

    assert shop.all_usd() == {0.033}


def test_a_server_that_ends_leaves_the_rest_to_others_at_once(shop: Shop) -> None:
    shop.set_price()
    shop.ask()
    server = shop.server()
    stopper = threading.Thread(target=server.stop)

    def stop_once() -> None:
        shop.writer.before_write = None
        stopper.start()
        time.sleep(0.05)  # the stopper waits for the end of this portion by now

    shop.writer.before_write = stop_once
    server.start()
    wait_until(lambda: not stopper.is_alive() and shop.job.done > 0)

    assert (shop.job.state, shop.job.done) == (JobState.WAITING, PORTION_TRACES)
    assert shop.server("ben").work()


def wait_until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.01)
