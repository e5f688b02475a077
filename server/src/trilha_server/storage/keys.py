"""Short numbers for the keys of labels and the kinds of spans, remembered between transactions."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager

from trilha_server.domain.span import SpanStatus
from trilha_server.storage import statements as sql
from trilha_server.storage.database import Cursor
from trilha_server.storage.labels import LabelKey, index_value

MAX_REMEMBERED = 50_000

SpanKind = tuple[str, str, SpanStatus]
"""Name, type and status of a span."""


class KeyTables:
    """Finds or makes the number of a key. What a transaction made is forgotten if it fails."""

    def __init__(self) -> None:
        self._label_ids: dict[LabelKey, int] = {}
        self._kind_ids: dict[SpanKind, int] = {}
        self._set_ids: dict[frozenset[SpanKind], int] = {}

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Remember what the block makes, unless it raises."""
        try:
            yield
        except BaseException:
            self._forget()
            raise
        if len(self._label_ids) + len(self._kind_ids) + len(self._set_ids) > MAX_REMEMBERED:
            self._forget()

    def label_id(self, cursor: Cursor, key: LabelKey) -> int:
        """Number of a label's key."""
        number = self._label_ids.get(key)
        if number is None:
            values = (key.scope.value, index_value(key.name))
            number = self._label_ids[key] = _find_or_add(cursor, sql.FIND_LABEL_KEY, sql.ADD_LABEL_KEY, values)
        return number

    def kind_set_id(self, cursor: Cursor, kinds: frozenset[SpanKind]) -> int:
        """Number of a set of kinds."""
        number = self._set_ids.get(kinds)
        if number is None:
            ids = sorted(self._kind_id(cursor, kind) for kind in kinds)
            digest = hashlib.blake2b(repr(ids).encode(), digest_size=16).digest()
            cursor.execute(sql.FIND_KIND_SET, (digest,))
            found = cursor.rows()
            if not found:
                cursor.execute(sql.ADD_KIND_SET, (digest,))
                found = cursor.rows()
                cursor.execute_many(sql.ADD_KIND_MEMBER, [(kind_id, found[0][0]) for kind_id in ids])
            number = self._set_ids[kinds] = int(found[0][0])
        return number

    def _kind_id(self, cursor: Cursor, kind: SpanKind) -> int:
        number = self._kind_ids.get(kind)
        if number is None:
            values = (index_value(kind[0]), index_value(kind[1]), SpanStatus(kind[2]).name)
            number = self._kind_ids[kind] = _find_or_add(cursor, sql.FIND_SPAN_KIND, sql.ADD_SPAN_KIND, values)
        return number

    def _forget(self) -> None:
        self._label_ids.clear()
        self._kind_ids.clear()
        self._set_ids.clear()


def _find_or_add(cursor: Cursor, find: str, add: str, values: tuple[str, ...]) -> int:
    cursor.execute(find, values)
    found = cursor.rows()
    if not found:
        cursor.execute(add, values)
        found = cursor.rows()
    return int(found[0][0])
