"""What only PostgreSQL does: several servers share one database."""

import threading
from collections.abc import Callable
from itertools import pairwise

import psycopg
import pytest
from sqlalchemy import func, select
from trilha_server.domain.batch import TagsEdited
from trilha_server.domain.errors import StoreUnavailable
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Store, TraceQuery
from trilha_server.search.parse import parse_filter
from trilha_server.storage import rollups
from trilha_server.storage.open import newest_version, open_store, stored_version
from trilha_server.storage.postgres import PostgresDatabase
from trilha_server.storage.schema import trace

from server.tests.storage.conftest import Opener
from server.tests.storage.suite.changing import seen_since
from server.tests.storage.suite.summing import Kept, check
from server.tests.storage.suite.upkeep import maintain
from server.tests.support.spans import FixedClock, a_span, an_assessment, arrived, declared, trace_id
from server.tests.support.traffic import Traffic
from tests.support.postgres import Postgres

pytestmark = pytest.mark.slow

ZERO = ExperimentId(0)


@pytest.fixture
def store_url(postgres_url: str) -> str:
    return postgres_url


def in_threads(*work: Callable[[], None]) -> None:
    """Do all at once; the first failure is raised."""
    failures: list[BaseException] = []

    def guarded(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a deadlock"
    if failures:
        raise failures[0]


def test_two_servers_write_the_same_and_different_traces_and_nothing_is_lost(opener: Opener) -> None:
    stores = [opener.open(), opener.open()]
    stores[0].writer.write([declared(1)])

    def write(store: Store, writer: int) -> Callable[[], None]:
        def run() -> None:
            for step in range(25):
                own = 1000 * writer + step
                shared = arrived(a_span(own, trace=1, parent=999_999, name=f"kind {step}"))
                mine = arrived(a_span(trace=own, name=f"kind {step}"), resource={"service.name": f"service {step}"})
                store.writer.write([shared, mine])
                store.writer.write([mine, TagsEdited(trace_id=trace_id(1), tags={f"key {step}": f"{writer}"})])

        return run

    in_threads(*(write(store, number) for number, store in enumerate([*stores, *stores], start=1)))

    for store in stores:
        [info] = store.reader.get([trace_id(1)])
        assert info.span_count == len(list(store.reader.spans(trace_id(1)))) == 100
        everything = store.reader.search(TraceQuery(experiment_ids=(ZERO,), limit=500)).traces
        assert len(everything) == 101
        assert len({found.change for found in everything}) == 101
        for step in (0, 24):
            tree = parse_filter(f"tags.service.name = 'service {step}' AND span.name = 'kind {step}'")
            assert len(store.reader.search(TraceQuery(experiment_ids=(ZERO,), filter=tree)).traces) == 4


def test_who_follows_the_changes_while_servers_write_and_delete_misses_none(opener: Opener) -> None:
    stores = [opener.open(), opener.open(), opener.open()]
    done = threading.Event()
    known: set[str] = set()
    asked_from: list[int] = [0]

    def follow() -> None:
        while True:
            is_last = done.is_set()
            changes = stores[2].reader.changes_since(asked_from[-1], 7)
            numbered = [(info.change, info.trace_id, True) for info in changes.traces]
            numbered += [(deletion.change, deletion.trace_id, False) for deletion in changes.deletions]
            for _, identifier, is_there in sorted(numbered):
                (known.add if is_there else known.discard)(identifier)
            if changes.last_change == asked_from[-1] and is_last:
                return
            asked_from.append(changes.last_change)

    def write(store: Store, first: int) -> Callable[[], None]:
        def run() -> None:
            for step in range(40):
                store.writer.write([declared(first + step)])
                if step % 3 == 0:
                    store.writer.delete(ZERO, [trace_id(first + step // 2)])

        return run

    follower = threading.Thread(target=follow)
    follower.start()
    in_threads(write(stores[0], 1000), write(stores[1], 2000))
    done.set()
    follower.join(timeout=60)

    there = stores[0].reader.search(TraceQuery(experiment_ids=(ZERO,), limit=500)).traces
    assert known == {info.trace_id for info in there}
    assert all(earlier <= later for earlier, later in pairwise(asked_from))
    assert len(seen_since(stores[0], 0, 100)) >= len(known)


def test_assessments_of_two_servers_are_all_kept(opener: Opener) -> None:
    stores = [opener.open(), opener.open()]
    stores[0].writer.write([declared(1)])

    def assess(store: Store, first: int) -> Callable[[], None]:
        def run() -> None:
            for step in range(20):
                store.assessments.put_assessment(an_assessment(first + step))

        return run

    in_threads(assess(stores[0], 100), assess(stores[1], 200))

    assert len(stores[0].assessments.of_traces([trace_id(1)])[trace_id(1)]) == 40


def test_a_reader_sees_one_state_however_much_is_written_meanwhile(store: Store, opener: Opener) -> None:
    database = PostgresDatabase(opener.url)
    count = select(func.count()).select_from(trace)
    store.writer.write([declared(1)])

    with database.querying() as connection:
        before = connection.execute(count).scalar_one()
        store.writer.write([declared(2)])
        during = connection.execute(count).scalar_one()
    with database.querying() as connection:
        after = connection.execute(count).scalar_one()
    database.close()

    assert (before, during, after) == (1, 1, 2)


def test_servers_that_start_at_once_on_an_empty_database_wait_for_each_other(postgres: Postgres) -> None:
    url = postgres.new_database()

    def start() -> None:
        open_store(url, FixedClock()).upkeep.close()

    in_threads(start, start, start)

    assert stored_version(url) == newest_version()


def test_a_lost_connection_is_told_and_the_next_call_works(store: Store, opener: Opener, postgres: Postgres) -> None:
    store.writer.write([declared(1)])
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        name = opener.url.rpartition("/")[2]
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    assert store.writer.write([declared(2)]) == [0]
    assert len(store.reader.get([trace_id(1), trace_id(2)])) == 2


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    with pytest.raises(StoreUnavailable) as told:
        open_store("postgresql://somebody:secret@127.0.0.1:9/nothing", FixedClock())

    assert "secret" not in str(told.value)


def test_sums_are_right_whichever_of_two_servers_writes(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "WAITING_TRACES", 4)
    stores = [opener.open(), opener.open()]
    traffic = Traffic(11)
    for _ in range(20):
        traffic.happen(traffic.random.choice(stores), traffic.random.randrange(1, 5))
        if traffic.random.random() < 0.2:
            traffic.random.choice(stores).upkeep.maintain()
        check(stores[0], opener)

    maintain(stores[0])
    assert Kept(opener.url).uncounted == set()
    check(stores[1], opener)


def test_sums_are_right_when_two_servers_write_at_once(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "WAITING_TRACES", 4)
    stores = [opener.open(), opener.open()]

    def write(store: Store, first: int) -> Callable[[], None]:
        def run() -> None:
            for step in range(25):
                store.writer.write([arrived(a_span(trace=first + step)), arrived(a_span(step + 2, trace=1, parent=1))])
                store.upkeep.maintain()

        return run

    in_threads(*(write(store, number * 100) for number, store in enumerate(stores, start=1)))

    check(stores[0], opener)
