"""What the two databases do differently, behind one face."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection

Row = Sequence[Any]  # Any: columns of every type


class Cursor(Protocol):
    """A cursor of the driver, inside a transaction; SQL has `?` for values."""

    def execute(self, sql: str, values: Row = ()) -> None:
        """Run one statement."""
        ...

    def execute_many(self, sql: str, rows: Iterable[Row]) -> None:
        """Run one statement for every row."""
        ...

    def rows(self) -> list[Row]:
        """Read what the last statement found."""
        ...


class Database(Protocol):
    """One database. Errors of the driver come out as `StoreFull` and `StoreUnavailable`."""

    is_sqlite: bool

    def writing(self) -> AbstractContextManager[Cursor]:
        """Open a transaction that ends durably with the block, or not at all. Writers wait for each other."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a connection that sees every transaction that has ended, and one state throughout."""
        ...

    def problems(self) -> list[str]:
        """Look for damage; returns what is wrong, in words."""
        ...

    def close(self) -> None:
        """Close all connections; on SQLite, fold the write-ahead log in."""
        ...


def marks(count: int) -> str:
    """Write `?, ?, …` for a list of values."""
    return ", ".join("?" * count)
