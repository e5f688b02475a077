"""Numbers of keys are remembered, but not those of a transaction that failed."""

from collections.abc import Iterable, Iterator

import pytest
from trilha_server.domain.span import SpanFacts, SpanStatus
from trilha_server.storage.database import Row
from trilha_server.storage.keys import Keys, KeyTables
from trilha_server.storage.labels import LabelKey, Scope

from server.tests.support.spans import span_id

KEY = LabelKey(Scope.TAG, "env")
SPAN = SpanFacts(span_id(1), None, "chat", "LLM", 0, None, SpanStatus.OK, model="small")


class CountingCursor:
    """Finds nothing, numbers what is added, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self._last = 0
        self._rows: list[Row] = []

    def execute(self, sql: str, values: Row = ()) -> None:
        self.asked += 1
        if sql.strip().startswith("INSERT"):
            self._last += 1
            self._rows = [(self._last,)]
        else:
            self._rows = []

    def execute_many(self, sql: str, rows: Iterable[Row]) -> None:
        self.asked += 1

    def rows(self) -> list[Row]:
        return self._rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)


def numbers(keys: Keys, cursor: CountingCursor) -> tuple[int, list[int], int]:
    kind_ids = keys.kind_ids(cursor, [SPAN])
    return keys.label_id(cursor, KEY), kind_ids, keys.kind_set_id(cursor, frozenset(kind_ids))


def test_a_number_is_looked_up_once() -> None:
    tables, cursor = KeyTables(), CountingCursor()
    with tables.transaction() as keys:
        first = numbers(keys, cursor)
        assert numbers(keys, cursor) == first
    asked = cursor.asked

    with tables.transaction() as keys:
        assert numbers(keys, cursor) == first
    assert cursor.asked == asked


def test_what_a_failed_transaction_made_is_forgotten() -> None:
    tables, cursor = KeyTables(), CountingCursor()
    with pytest.raises(ZeroDivisionError):
        _fail_after_making(tables, cursor)
    asked = cursor.asked

    with tables.transaction() as keys:
        keys.label_id(cursor, KEY)
    assert cursor.asked > asked


def _fail_after_making(tables: KeyTables, cursor: CountingCursor) -> None:
    with tables.transaction() as keys:
        keys.label_id(cursor, KEY)
        raise ZeroDivisionError


def test_nobody_else_sees_what_a_transaction_made_before_it_has_ended() -> None:
    tables, cursor = KeyTables(), CountingCursor()
    with tables.transaction() as keys:
        first = keys.label_id(cursor, KEY)
        with tables.transaction() as others:
            assert others.label_id(cursor, KEY) != first
