"""The tables of a SQLite file: their version, and how a new file comes by them."""

import sqlite3
from contextlib import closing
from pathlib import Path

PAGE_BYTES = 8192
"""Of a trace's spans, about 1.5 kB, five go into a page; of SQLite's usual pages two, and a quarter is left empty."""

_SCRIPT = Path(__file__).with_name("sqlite_tables.sql")


def tables_version(path: Path) -> str | None:
    """Read the version of the tables; `None` where there are none."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
        if found.fetchone() is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else row[0]


def make_tables(path: Path) -> None:
    """Make all tables of the newest version in a new file, as the migrations would, but at once: decision 0013."""
    script = _SCRIPT.read_text(encoding="utf-8")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.executescript(f"BEGIN;\n{script}\nCOMMIT;")
