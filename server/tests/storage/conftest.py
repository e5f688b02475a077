"""Stores that tests open and forget."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from trilha_server.ports import Store
from trilha_server.storage.open import open_store, upgrade

from server.tests.support.spans import FixedClock
from tests.support.postgres import Postgres, PostgresUnavailable, start_postgres

_numbers = count()

for module in (
    "assessing",
    "changing",
    "experiments",
    "jobs",
    "observing",
    "pricing",
    "registry",
    "runs",
    "scorers",
    "searching",
    "signing_keys",
    "store",
    "subjects",
    "summing",
    "upkeep",
    "version_searching",
    "versions",
    "writing",
):
    pytest.register_assert_rewrite(f"server.tests.storage.suite.{module}")


class Opener:
    """Opens one database, again and again."""

    def __init__(self, url: str, clock: FixedClock) -> None:
        self.url = url
        self._clock = clock
        self._open: list[Store] = []

    def open(self) -> Store:
        store = open_store(self.url, self._clock)
        self._open.append(store)
        return store

    def close(self) -> None:
        while self._open:
            self._open.pop().upkeep.close()


@pytest.fixture
def sqlite_url(sqlite_template: bytes, tmp_path: Path) -> str:
    path = tmp_path / "trilha.db"
    path.write_bytes(sqlite_template)
    return f"sqlite:///{path}"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def opener(store_url: str, clock: FixedClock) -> Iterator[Opener]:
    """Opens the store of this test; test modules say which database that is, as `store_url`."""
    opener = Opener(store_url, clock)
    yield opener
    opener.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    return opener.open()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of our own."""
    try:
        server = start_postgres(in_memory=True)  # copying the template is copying hundreds of files
    except PostgresUnavailable as error:
        if "CI" in os.environ:
            pytest.fail(f"PostgreSQL must be tested in continuous integration: {error}")
        pytest.skip(f"NOT RUN: the store on PostgreSQL: {error}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """A database with all tables, to copy."""
    url = postgres.new_database()
    upgrade(url)
    return url


@pytest.fixture
def postgres_url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    template = postgres_template.rpartition("/")[2]
    name = f"copy_{next(_numbers)}"
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    yield postgres.url(name)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
