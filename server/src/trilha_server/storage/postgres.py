"""PostgreSQL: shared by several servers; a row that every writer updates first puts their commits in order."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg import errors
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from trilha_server.domain.errors import StoreError, StoreFull, StoreUnavailable
from trilha_server.storage.database import Row

CONNECTIONS = 16
CONNECT_TIMEOUT_S = 5
LOCK_TIMEOUT_S = 30
STATEMENT_TIMEOUT_S = 120
OLDEST_VERSION = 14


class _PostgresCursor:
    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor

    def execute(self, sql: str, values: Row = ()) -> None:
        self._cursor.execute(sql.replace("?", "%s").encode(), values)

    def execute_many(self, sql: str, rows: Iterable[Row]) -> None:
        self._cursor.executemany(sql.replace("?", "%s").encode(), rows)

    def rows(self) -> list[Row]:
        return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Row]:
        return iter(self._cursor)


class PostgresDatabase:
    """A database on a PostgreSQL server."""

    is_sqlite = False

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self._snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ")
        with self.querying() as connection:
            version = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
        if int(version) < OLDEST_VERSION * 10_000:
            raise StoreUnavailable("PostgreSQL is too old", version=version, oldest=OLDEST_VERSION)

    @contextmanager
    def writing(self) -> Generator[_PostgresCursor]:
        """Open a write transaction; it ends with the write-ahead log flushed to disk."""
        with _errors(), self.engine.connect() as connection:
            with _cursor(connection) as cursor:
                yield _PostgresCursor(cursor)
            connection.connection.commit()

    @contextmanager
    def reading(self) -> Generator[_PostgresCursor]:
        """Open a snapshot."""
        with self.querying() as connection, _cursor(connection) as cursor:
            yield _PostgresCursor(cursor)

    @contextmanager
    def querying(self) -> Generator[Connection]:
        """Open a snapshot for SQLAlchemy."""
        with _errors(), self._snapshots.connect() as connection:
            yield connection

    def problems(self) -> list[str]:
        """Ask whether commits wait for the disk."""
        with self.querying() as connection:
            found = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
            fsync = connection.exec_driver_sql("SHOW fsync").scalar_one()
        problems = [] if fsync == "on" else ["fsync is off: a power cut may destroy the database"]
        return problems if found != "off" else [*problems, "synchronous_commit is off: acknowledged traces may be lost"]

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_engine(url: str) -> Engine:
    """Connect with psycopg 3, with limits on waiting; commits wait for the disk, whatever the server's default."""
    options = (
        f"-c lock_timeout={LOCK_TIMEOUT_S}s -c statement_timeout={STATEMENT_TIMEOUT_S}s -c synchronous_commit=on"
        " -c default_transaction_isolation=read\\ committed -c jit=off"
    )
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=CONNECTIONS,
        max_overflow=32,
        pool_pre_ping=True,
        hide_parameters=True,  # they are what traces hold
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": options},
    )


def _cursor(connection: Connection) -> psycopg.Cursor[Any]:
    driver = connection.connection.driver_connection
    return cast(psycopg.Connection[Any], driver).cursor()  # SQLAlchemy does not say whose it is


def tables_version(url: str) -> str | None:
    """Read the version of the tables; `None` where there are none."""
    engine = open_engine(url)
    try:
        if not inspect(engine).has_table("alembic_version"):
            return None
        with engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    finally:
        engine.dispose()


@contextmanager
def _errors() -> Generator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _translated(error.orig) from error
    except psycopg.Error as error:
        raise _translated(error) from error


def _translated(error: BaseException | None) -> StoreError:
    if isinstance(error, errors.DiskFull):
        return StoreFull("the disk that holds the store is full")
    return StoreUnavailable("the store failed", cause=type(error).__name__)
