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


class Numbers:
    """The numbers of keys."""

    def __init__(self) -> None:
        self.labels: dict[LabelKey, int] = {}
        self.kinds: dict[SpanKind, int] = {}
        self.sets: dict[frozenset[SpanKind], int] = {}

    def __len__(self) -> int:
        return len(self.labels) + len(self.kinds) + len(self.sets)


class KeyTables:
    """Remembers numbers that are kept for ever: what a transaction makes counts for others once it has ended well."""

    def __init__(self) -> None:
        self._known = Numbers()

    @contextmanager
    def transaction(self) -> Generator["Keys"]:
        """Find or make numbers for one transaction, which must end within the block."""
        keys = Keys(self._known)
        yield keys
        known = Numbers() if len(self._known) > MAX_REMEMBERED else self._known
        known.labels.update(keys.made.labels)
        known.kinds.update(keys.made.kinds)
        known.sets.update(keys.made.sets)
        self._known = known


class Keys:
    """Finds or makes the numbers of keys within one transaction."""

    def __init__(self, known: Numbers) -> None:
        self._known = known
        self.made = Numbers()

    def label_id(self, cursor: Cursor, key: LabelKey) -> int:
        """Number of a label's key."""
        number = self._known.labels.get(key) or self.made.labels.get(key)
        if number is None:
            values = (key.scope.value, index_value(key.name))
            number = self.made.labels[key] = _find_or_add(cursor, sql.FIND_LABEL_KEY, sql.ADD_LABEL_KEY, values)
        return number

    def kind_set_id(self, cursor: Cursor, kinds: frozenset[SpanKind]) -> int:
        """Number of a set of kinds."""
        number = self._known.sets.get(kinds) or self.made.sets.get(kinds)
        if number is None:
            ids = sorted({self._kind_id(cursor, kind) for kind in kinds})
            digest = hashlib.blake2b(repr(ids).encode(), digest_size=16).digest()
            cursor.execute(sql.FIND_KIND_SET, (digest,))
            found = cursor.rows()
            if not found:
                cursor.execute(sql.ADD_KIND_SET, (digest,))
                found = cursor.rows()
                cursor.execute_many(sql.ADD_KIND_MEMBER, [(kind_id, found[0][0]) for kind_id in ids])
            number = self.made.sets[kinds] = int(found[0][0])
        return number

    def _kind_id(self, cursor: Cursor, kind: SpanKind) -> int:
        number = self._known.kinds.get(kind) or self.made.kinds.get(kind)
        if number is None:
            values = (index_value(kind[0]), index_value(kind[1]), SpanStatus(kind[2]).name)
            number = self.made.kinds[kind] = _find_or_add(cursor, sql.FIND_SPAN_KIND, sql.ADD_SPAN_KIND, values)
        return number


def _find_or_add(cursor: Cursor, find: str, add: str, values: tuple[str, ...]) -> int:
    cursor.execute(find, values)
    found = cursor.rows()
    if not found:
        cursor.execute(add, values)
        found = cursor.rows()
    return int(found[0][0])
