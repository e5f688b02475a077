"""Prints what `storage/sqlite_tables.sql` should hold: `uv run python -m server.tests.support.tables > …`."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from trilha_server.storage.migrate import migrate

_HEAD = "-- The tables of the newest version, for new files. A test compares them with what the migrations make."
_DEFAULT = """\
INSERT INTO experiment (id, name, stage, create_time_ms, update_time_ms, tags)
SELECT 0, 'Default', 'active', now_ms, now_ms, '{}'
FROM (SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms); -- 2440587.5 is 1970 in Julian days
"""


def tables_script() -> str:
    """Write the statements that make what the migrations make."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.db"
        migrate(f"sqlite:///{path}")
        with closing(sqlite3.connect(path)) as connection:
            made = connection.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type = 'index', name"
            ).fetchall()
            [[version]] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            counters = connection.execute("SELECT name, last FROM sequence ORDER BY name").fetchall()
    statements = [_tidy(sql) for (sql,) in made]
    values = ", ".join(f"('{name}', {last})" for name, last in counters)
    inserts = [
        f"INSERT INTO alembic_version (version_num) VALUES ('{version}');",
        f"INSERT INTO sequence (name, last) VALUES {values};",
    ]
    return "\n\n".join([_HEAD, *statements, *inserts, _DEFAULT])


def _tidy(sql: str) -> str:
    lines = (line.rstrip().replace("\t", "  ") for line in sql.splitlines())
    return "\n".join(line for line in lines if line) + ";"


if __name__ == "__main__":
    print(tables_script(), end="")
