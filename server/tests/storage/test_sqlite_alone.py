"""What only SQLite does: one file, one owner, and a disk that fills up."""

import hashlib
import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select
from trilha_server.domain.errors import StoreFull, StoreInUse, StoreUnavailable
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Store, TraceQuery
from trilha_server.storage.open import newest_version, open_store, sqlite_path, stored_version
from trilha_server.storage.schema import trace
from trilha_server.storage.sqlite import SqliteDatabase

from server.tests.storage.conftest import Opener
from server.tests.support.spans import FixedClock, a_span, an_assessment, arrived, declared, trace_id


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


def test_a_folder_that_does_not_exist_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/folder/trilha.db"
    store = open_store(url, FixedClock())
    store.writer.write([declared()])
    store.upkeep.close()

    assert stored_version(url) == newest_version()


def test_a_file_that_is_in_use_is_refused_in_words(store: Store, store_url: str) -> None:
    with pytest.raises(StoreInUse, match="another trilha server uses this data folder"):
        open_store(store_url, FixedClock())

    store.writer.write([declared()])


def _outcome(url: str) -> str:
    try:
        open_store(url, FixedClock()).upkeep.close()
    except StoreInUse:
        return "in use"
    return "opened"


@pytest.mark.slow
def test_another_process_is_refused_until_the_store_is_closed(store: Store, opener: Opener) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        while_open = pool.apply(_outcome, (opener.url,))
        opener.close()
        after = pool.apply(_outcome, (opener.url,))

    assert (while_open, after) == ("in use", "opened")


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "trilha.db"
    path.write_bytes(b"not a database, but somebody's letter\n" * 100)

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            open_store(f"sqlite:///{path}", FixedClock())

    assert path.read_bytes().startswith(b"not a database")


def test_a_full_disk_is_told_keeps_nothing_and_passes(store: Store, opener: Opener) -> None:
    store.writer.write([declared(1)])
    writer = writer_of(store)
    [pages] = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages + 5}")
    large = [arrived(a_span(trace=number, name=f"n{number}", attributes=noise(number))) for number in range(2, 40)]

    for _ in range(3):
        with pytest.raises(StoreFull):
            store.writer.write(large)
    with pytest.raises(StoreFull):
        store.assessments.put_assessment(an_assessment(value="x" * 200_000))
    assert [info.trace_id for info in store.reader.search(TraceQuery(experiment_ids=(ExperimentId(0),))).traces] == [
        trace_id(1)
    ]

    writer.execute("PRAGMA max_page_count = 1000000")
    assert store.writer.write(large) == [1] * 38
    opener.close()
    again = opener.open()
    assert len(again.reader.get([trace_id(number) for number in range(1, 40)])) == 39
    assert again.upkeep.check() == []


def writer_of(store: Store) -> sqlite3.Connection:
    """The connection that writes, where a limit on the file can be set."""
    return store.writer._database._writer  # type: ignore[attr-defined]


def noise(number: int) -> dict[str, bytes]:
    """Bytes that do not compress."""
    return {"noise": b"".join(hashlib.sha256(b"%d %d" % (number, part)).digest() for part in range(100))}


def test_damage_is_found(store: Store, opener: Opener) -> None:
    store.writer.write([arrived(a_span(trace=number, attributes=noise(number))) for number in range(1, 200)])
    opener.close()
    path = sqlite_path(opener.url)
    data = bytearray(path.read_bytes())
    for page in range(len(data) // 8192, len(data) // 4096, 3):  # behind what opening reads
        data[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    path.write_bytes(data)

    damaged = opener.open()

    assert damaged.upkeep.check() != []


def test_a_reader_sees_one_state_however_much_is_written_meanwhile(store: Store, opener: Opener) -> None:
    database = SqliteDatabase(sqlite_path(opener.url))
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
