"""What the two databases do differently, behind one face."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # slow to load, and a start does not need it: decision 0013
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

    def __iter__(self) -> Iterator[Row]:
        """Read the same, a row at a time."""
        ...


class Database(Protocol):
    """One database. Errors of the driver come out as `StoreFull` and `StoreUnavailable`."""

    is_sqlite: bool

    def writing(self) -> AbstractContextManager[Cursor]:
        """Open a transaction that ends durably with the block, or not at all. Writers wait for each other."""
        ...

    def reading(self) -> AbstractContextManager[Cursor]:
        """Open a transaction that sees every one that has ended, and one state throughout."""
        ...

    def querying(self) -> AbstractContextManager["Connection"]:
        """Open the same for statements that are put together as they are needed, by SQLAlchemy."""
        ...

    def problems(self) -> list[str]:
        """Look for damage; returns what is wrong, in words."""
        ...

    def close(self) -> None:
        """Close all connections; on SQLite, fold the write-ahead log in."""
        ...


def marks(count: int) -> str:
    """Write `?, ?, …` for a list of values; nothing is in a list of none."""
    return ", ".join("?" * count) or "NULL"
