"""SQLite: one file, one writing connection, readers beside it (write-ahead log, fsync at every commit)."""

import re
import sqlite3
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from trilha_server.domain.errors import StoreError, StoreFull, StoreUnavailable
from trilha_server.search.patterns import rlike
from trilha_server.storage.database import Row
from trilha_server.storage.histogram import bucket_of

if TYPE_CHECKING:  # slow to load, and a start does not need it: decision 0013
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 10
READ_CONNECTIONS = 16
MAPPED_BYTES = 1 << 30
WRITE_CACHE_KIB = 32 * 1024

_FULL = {sqlite3.SQLITE_FULL}

_VALUES = re.compile(r"VALUES (\([?, ]+\))")
_INSERT_SIZES = (64, 16, 4, 2, 1)  # few sizes, so that every statement is prepared once and kept


class _SqliteCursor:
    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def execute(self, sql: str, values: Row = ()) -> None:
        self._cursor.execute(sql, values)

    def execute_many(self, sql: str, rows: Iterable[Row]) -> None:
        """Run one statement for every row; rows to insert go in by dozens.

        Python hands the interpreter lock over at every step of a statement. With one step for dozens of rows the
        writing thread and the event loop do not stand in each other's way.
        """
        inserts = _inserts(sql)
        if not inserts:
            self._cursor.executemany(sql, rows)
            return
        waiting = list(rows)
        start = 0
        for size, statement in inserts:
            while len(waiting) - start >= size:
                portion = waiting[start : start + size]
                self._cursor.execute(statement, [value for row in portion for value in row])
                start += size

    def rows(self) -> list[Row]:
        return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Row]:
        return self._cursor


class SqliteDatabase:
    """A database in one file, owned by this process."""

    is_sqlite = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle_readers: list[sqlite3.Connection] = []  # a list is safe to share by threads
        self._engine: Engine | None = None
        self._engine_lock = threading.Lock()
        self._lock = threading.Lock()
        with _errors():
            self._writer = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S, cached_statements=256
            )
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._writer.execute("PRAGMA synchronous = FULL")
            self._writer.execute(f"PRAGMA cache_size = -{WRITE_CACHE_KIB}")

    @contextmanager
    def writing(self) -> Generator[_SqliteCursor]:
        """Open the one write transaction."""
        with self._lock, _errors():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteCursor(self._writer.cursor())
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Generator[_SqliteCursor]:
        """Open a snapshot."""
        with _errors():
            try:
                connection = self._idle_readers.pop()
            except IndexError:
                connection = _connect(self._path)
                _prepare(connection)
            try:
                connection.execute("BEGIN")
                with closing(connection.cursor()) as cursor:
                    yield _SqliteCursor(cursor)
            finally:
                self._leave(connection)

    @contextmanager
    def querying(self) -> Generator["Connection"]:
        """Open a snapshot for SQLAlchemy."""
        with _errors(), self._searching_engine().connect() as connection:
            yield connection

    def problems(self) -> list[str]:
        """Ask SQLite to check its file."""
        with self.reading() as cursor:
            cursor.execute("PRAGMA quick_check(20)")
            return [text for (text,) in cursor if text != "ok"]

    def close(self) -> None:
        """Fold the write-ahead log in and close."""
        if self._engine is not None:
            self._engine.dispose()
        while self._idle_readers:
            self._idle_readers.pop().close()
        with self._lock:
            self._writer.close()

    def _leave(self, connection: sqlite3.Connection) -> None:
        """End a reader's transaction and keep the connection for the next, if there are not many."""
        if len(self._idle_readers) >= READ_CONNECTIONS:
            connection.close()
            return
        if connection.in_transaction:
            connection.rollback()
        self._idle_readers.append(connection)

    def _searching_engine(self) -> "Engine":
        with self._engine_lock:
            if self._engine is None:
                self._engine = _make_engine(self._path)
            return self._engine


def _make_engine(path: Path) -> "Engine":
    from sqlalchemy import create_engine, event  # noqa: PLC0415  # comes with the first search: decision 0013
    from sqlalchemy.pool import QueuePool  # noqa: PLC0415  # the same

    engine = create_engine(
        "sqlite://",
        creator=partial(_connect, path),
        poolclass=QueuePool,
        hide_parameters=True,  # they are what traces hold
        pool_size=READ_CONNECTIONS,
        max_overflow=48,
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _begin)
    return engine


def _connect(path: Path) -> sqlite3.Connection:
    # Python begins no transaction for a SELECT, so it is told to begin none at all: we do.
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)


def _on_connect(connection: "DBAPIConnection", _entry: "ConnectionPoolEntry") -> None:
    assert isinstance(connection, sqlite3.Connection)
    _prepare(connection)  # after SQLAlchemy, which brings a REGEXP of its own


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA case_sensitive_like = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    # SQLite's own lower() knows ASCII only, and REGEXP is ours to define; RE2 takes time linear in the text.
    connection.create_function("lower", 1, _lower, deterministic=True)
    connection.create_function("regexp", 2, _regexp, deterministic=True)
    connection.create_function("histogram_bucket", 1, bucket_of, deterministic=True)


def _begin(connection: "Connection") -> None:
    connection.exec_driver_sql("BEGIN")


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _regexp(pattern: str, text: str | None) -> bool:
    return text is not None and rlike(pattern)(text)


@cache
def _inserts(sql: str) -> list[tuple[int, str]]:
    """Write a statement that inserts one row for several rows at once, the most first; none if it is no such."""
    found = _VALUES.search(sql)
    if found is None:
        return []
    values = found.group(1)
    return [(size, sql.replace(values, ", ".join([values] * size), 1)) for size in _INSERT_SIZES]


@contextmanager
def _errors() -> Generator[None]:
    try:
        yield
    except Exception as error:
        cause: object = getattr(error, "orig", error)  # SQLAlchemy's errors hold those of the driver
        if isinstance(cause, sqlite3.Error):
            raise _translated(cause) from error
        raise


def _translated(error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)
    if code in _FULL:
        return StoreFull("the disk that holds the store is full")
    return StoreUnavailable("the store failed", cause=getattr(error, "sqlite_errorname", type(error).__name__))
