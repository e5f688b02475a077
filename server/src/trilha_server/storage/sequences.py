"""Numbers that are given out once, and how far the sums are that follow the changes."""

import msgspec

from trilha_server.storage.database import Cursor

CHANGES = "change"
"""The sequence of change numbers, which grow as commits do, since writers wait for each other."""

# Whoever does not know of the sums leaves `counted_change` behind, and so tells that they must be made anew.
_KNOWN = "counted_change = CASE WHEN counted_change = last THEN last + ? ELSE counted_change END"
_PROGRESS = "last, trace_writes, counted_change, counted_key, older_key"
_TAKE = f"UPDATE sequence SET last = last + ?, {_KNOWN} WHERE name = ? RETURNING last"
_TAKE_CHANGES = f"""
UPDATE sequence SET last = last + ?, {_KNOWN}, trace_writes = trace_writes + 1 WHERE name = ? RETURNING {_PROGRESS}
"""
_READ_PROGRESS = f"SELECT {_PROGRESS} FROM sequence WHERE name = ?"
_TELL_COUNTED = "UPDATE sequence SET counted_key = ? WHERE name = ?"
_START_AGAIN = """
UPDATE sequence SET counted_change = last, counted_key = 0, older_key = (SELECT coalesce(max(key), 0) FROM trace)
WHERE name = ?
"""


class Progress(msgspec.Struct, frozen=True):
    """How far the sums are."""

    last: int
    """The last change number given out."""
    trace_writes: int
    """How many transactions have changed traces."""
    counted_change: int
    """The last change that was made by a server that keeps sums, and all before it were."""
    counted_key: int
    """The hours hold the traces up to this key."""
    older_key: int
    """The totals of sessions and users hold the same traces, and those after this key."""

    @property
    def is_behind(self) -> bool:
        """Whether a server that keeps no sums has changed traces."""
        return self.counted_change != self.last

    @property
    def has_all_subjects(self) -> bool:
        """Whether the totals of sessions and users hold all traces."""
        return not self.is_behind and self.counted_key >= self.older_key

    def has_hours_of(self, key: int) -> bool:
        """Say whether the hours hold a trace."""
        return key <= self.counted_key

    def has_subjects_of(self, key: int) -> bool:
        """Say whether the totals of sessions and users hold a trace."""
        return key <= self.counted_key or key > self.older_key


def take_numbers(cursor: Cursor, sequence: str, count: int = 1) -> int:
    """Take numbers and return the first; whoever else wants one waits for the end of the transaction."""
    cursor.execute(_TAKE, (count, count, sequence))
    return int(cursor.rows()[0][0]) - count + 1


def take_changes(cursor: Cursor, count: int) -> Progress:
    """Take change numbers, the last ones up to `last`, to change traces."""
    cursor.execute(_TAKE_CHANGES, (count, count, CHANGES))
    return Progress(*cursor.rows()[0])


def read_progress(cursor: Cursor) -> Progress:
    """Read how far the sums are, as of the cursor's transaction."""
    cursor.execute(_READ_PROGRESS, (CHANGES,))
    return Progress(*cursor.rows()[0])


def tell_counted(cursor: Cursor, key: int) -> None:
    """Say that the traces up to a key are counted."""
    cursor.execute(_TELL_COUNTED, (key, CHANGES))


def start_again(cursor: Cursor) -> None:
    """Say that no trace that is there is counted."""
    cursor.execute(_START_AGAIN, (CHANGES,))
