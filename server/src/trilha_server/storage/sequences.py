"""Numbers that are given out once."""

from trilha_server.storage.database import Cursor

CHANGES = "change"
"""The sequence of change numbers, which grow as commits do, since writers wait for each other."""

_TAKE = "UPDATE sequence SET last = last + ? WHERE name = ? RETURNING last"


def take_numbers(cursor: Cursor, sequence: str, count: int = 1) -> int:
    """Take numbers and return the first; whoever else wants one waits for the end of the transaction."""
    cursor.execute(_TAKE, (count, sequence))
    return int(cursor.rows()[0][0]) - count + 1
