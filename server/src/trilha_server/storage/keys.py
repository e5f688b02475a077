"""Short numbers for the keys of labels and the kinds of spans, remembered between transactions."""

import hashlib
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from operator import attrgetter

from trilha_server.domain.span import SpanFacts, SpanStatus
from trilha_server.storage import statements as sql
from trilha_server.storage.database import Cursor
from trilha_server.storage.labels import LabelKey, index_value

MAX_REMEMBERED = 50_000

SpanKind = tuple[str, str, SpanStatus, str | None, str | None]
"""Name, type, status, model and provider of a span."""

_kind_of: Callable[[SpanFacts], SpanKind] = attrgetter("name", "span_type", "status", "model", "provider")


class Numbers:
    """The numbers of keys."""

    def __init__(self) -> None:
        self.labels: dict[LabelKey, int] = {}
        self.kinds: dict[SpanKind, int] = {}
        self.sets: dict[frozenset[int], int] = {}

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

    def kind_set_id(self, cursor: Cursor, kind_ids: frozenset[int]) -> int:
        """Number of a set of kinds."""
        number = self._known.sets.get(kind_ids) or self.made.sets.get(kind_ids)
        if number is None:
            ids = sorted(kind_ids)
            digest = hashlib.blake2b(repr(ids).encode(), digest_size=16).digest()
            cursor.execute(sql.FIND_KIND_SET, (digest,))
            found = cursor.rows()
            if not found:
                cursor.execute(sql.ADD_KIND_SET, (digest,))
                found = cursor.rows()
                cursor.execute_many(sql.ADD_KIND_MEMBER, [(kind_id, found[0][0]) for kind_id in ids])
            number = self.made.sets[kind_ids] = int(found[0][0])
        return number

    def kind_ids(self, cursor: Cursor, spans: Iterable[SpanFacts]) -> list[int]:
        """Numbers of the kinds of spans, in their order."""
        known = self._known.kinds
        return [known.get(kind) or self._made_kind_id(cursor, kind) for kind in map(_kind_of, spans)]

    def _made_kind_id(self, cursor: Cursor, kind: SpanKind) -> int:
        number = self.made.kinds.get(kind)
        if number is None:
            name, span_type, status, model, provider = kind
            values = (index_value(name), index_value(span_type), status.name)
            values = (*values, index_value(model or ""), index_value(provider or ""))
            number = self.made.kinds[kind] = _find_or_add(cursor, sql.FIND_SPAN_KIND, sql.ADD_SPAN_KIND, values)
        return number


def _find_or_add(cursor: Cursor, find: str, add: str, values: tuple[str, ...]) -> int:
    cursor.execute(find, values)
    found = cursor.rows()
    if not found:
        cursor.execute(add, values)
        found = cursor.rows()
    return int(found[0][0])
