"""A new SQLite file is as the migrations would have made it."""

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from trilha_server.storage.migrate import migrate
from trilha_server.storage.open import newest_version
from trilha_server.storage.sqlite_tables import make_tables, tables_version

COUNTERS = "SELECT name, last FROM sequence ORDER BY name"
DEFAULT = "SELECT id, name, artifact_location, stage, tags FROM experiment"
TIMES = "SELECT create_time_ms, update_time_ms FROM experiment"


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def definitions(path: Path) -> dict[str, str]:
    found = read(path, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {str(name): re.sub(r"\s+", "", str(sql)) for name, sql in found}


def test_a_new_file_has_the_tables_that_the_migrations_make(tmp_path: Path) -> None:
    migrated, made = tmp_path / "migrated.db", tmp_path / "made.db"
    migrate(f"sqlite:///{migrated}")
    make_tables(made)

    assert definitions(made) == definitions(migrated)
    assert tables_version(made) == tables_version(migrated) == newest_version()
    for sql in (COUNTERS, DEFAULT):
        assert read(made, sql) == read(migrated, sql)


def test_the_default_experiment_is_as_old_as_the_file(tmp_path: Path) -> None:
    before_ms = time.time_ns() // 1_000_000
    make_tables(tmp_path / "made.db")
    after_ms = time.time_ns() // 1_000_000

    ((created_ms, updated_ms),) = read(tmp_path / "made.db", TIMES)
    assert isinstance(created_ms, int)
    assert before_ms - 1 <= created_ms <= after_ms + 1
    assert updated_ms == created_ms


def test_the_pages_of_a_new_file_hold_several_traces(tmp_path: Path) -> None:
    make_tables(tmp_path / "made.db")

    ((page_bytes,),) = read(tmp_path / "made.db", "PRAGMA page_size")
    assert isinstance(page_bytes, int)
    assert page_bytes // 1_600 >= 5
