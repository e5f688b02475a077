"""Pages of sessions and of users: along the index of their sums, or along the traces that match a filter."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.filter import Attribute, AttributeField, Comparison, Filter, Operator
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.subject import SubjectOrder, SubjectQuery, SubjectTotals
from trilha_server.domain.trace import TraceInfo
from trilha_server.ports import TraceQuery
from trilha_server.search.page_token import KeyValue, decode_page_token, encode_page_token
from trilha_server.search.trees import all_of
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Cursor, Database, Row, marks
from trilha_server.storage.labels import index_value
from trilha_server.storage.rollup_deltas import SESSION

if TYPE_CHECKING:  # slow to load, and only filters need it: decision 0013
    from sqlalchemy import Connection

    from trilha_server.storage.search import Reader, TraceSearch

MAX_WALK = 5000
"""A page ends after so many traces that match a filter, full or not."""

MAX_MATCHES = 50_000
"""So many traces may match where the order is not that of the last activity."""

_PORTION = 500
_NANO = 1_000_000_000
_COLUMNS = "value, traces, errors, total_tokens, cost_nano_usd, duration_ms, first_time_ms, last_time_ms, experiment_id"
_BY_VALUE = "SELECT {} FROM subject_total WHERE experiment_id = ? AND subject = ? AND value IN ({})"
_IN_ORDER = (
    "SELECT {0} FROM subject_total WHERE experiment_id = ? AND subject = ? {2} ORDER BY {1} {3}, value {3} LIMIT ?"
)
_SORTED_BY = {**{order: order.value for order in SubjectOrder}, SubjectOrder.COST: "cost_nano_usd"}
_POSITIONS = {column: number for number, column in enumerate(_COLUMNS.split(", "))}


_Key: TypeAlias = tuple[ExperimentId, str]
"""An experiment, and a session or user as the index has it."""


class Found(msgspec.Struct, frozen=True):
    """A session or a user that was found."""

    value: str
    """As the index has it."""
    totals: SubjectTotals


def found_subjects(
    database: Database, codec: Codec, reader: "Reader", subject: str, query: SubjectQuery
) -> tuple[list[Found], str | None]:
    """Find one page of sessions or of users, and the token of the next."""
    if not query.experiment_ids:
        return [], None
    if query.filter is None:
        return _along_index(database, subject, query)
    from trilha_server.storage.search import TraceSearch  # noqa: PLC0415  # loads SQLAlchemy: decision 0013

    walk = _Walk(database, TraceSearch(database, codec), reader, subject, query)
    if query.order is SubjectOrder.LAST_TIME and query.descending:
        return walk.by_activity()
    return walk.in_order()


def totals_of(cursor: Cursor, subject: str, experiment_id: ExperimentId, values: Sequence[str]) -> list[Found]:
    """Read the sums of some of them; who is not there is left out."""
    return [_found(row) for row in _rows_of(cursor, subject, experiment_id, values)]


def _rows_of(cursor: Cursor, subject: str, experiment_id: ExperimentId, values: Sequence[str]) -> Iterator[Row]:
    for start in range(0, len(values), _PORTION):
        portion = values[start : start + _PORTION]
        cursor.execute(_BY_VALUE.format(_COLUMNS, marks(len(portion))), (experiment_id, subject, *portion))
        yield from cursor.rows()


def _found(row: Row) -> Found:
    value, traces, errors, total_tokens, cost_nano_usd, duration_ms, first_time_ms, last_time_ms, experiment_id = row
    totals = SubjectTotals(
        experiment_id=ExperimentId(experiment_id),
        traces=traces,
        errors=errors,
        total_tokens=total_tokens,
        cost_usd=cost_nano_usd / _NANO,
        duration_ms=duration_ms,
        first_time_ms=first_time_ms,
        last_time_ms=last_time_ms,
    )
    return Found(value, totals)


# Without a filter.


def _along_index(database: Database, subject: str, query: SubjectQuery) -> tuple[list[Found], str | None]:
    column = _SORTED_BY[query.order]
    place = None if query.page_token is None else _read_place(query.page_token, (int, int, str))
    with database.reading() as cursor:
        by_experiment = [
            _rows_in_order(cursor, subject, experiment_id, query, place)
            for experiment_id in sorted(set(query.experiment_ids))
        ]
    sign = -1 if query.descending else 1
    position = _POSITIONS[column]
    merged = list(islice(merge(*by_experiment, key=lambda row: (sign * row[position], row[-1])), query.limit + 1))
    page = merged[: query.limit]
    token = None
    if len(merged) > query.limit:
        last = page[-1]
        token = encode_page_token((last[position], last[-1], last[0]))
    return [_found(row) for row in page], token


def _rows_in_order(
    cursor: Cursor, subject: str, experiment_id: ExperimentId, query: SubjectQuery, place: tuple[Any, ...] | None
) -> list[Row]:
    """Read what comes after a place: of what is equal, lower experiments come first, and in one the value decides."""
    column = _SORTED_BY[query.order]
    beyond = "<" if query.descending else ">"
    condition, values = "", ()
    if place is not None:
        number, last_experiment_id, last_value = place
        if experiment_id == last_experiment_id:
            condition, values = f"AND ({column}, value) {beyond} (?, ?)", (number, last_value)
        elif experiment_id < last_experiment_id:
            condition, values = f"AND {column} {beyond} ?", (number,)
        else:
            condition, values = f"AND {column} {beyond}= ?", (number,)
    direction = "DESC" if query.descending else "ASC"
    statement = _IN_ORDER.format(_COLUMNS, column, condition, direction)
    cursor.execute(statement, (experiment_id, subject, *values, query.limit + 1))
    return cursor.rows()


def _read_place(page_token: str, kinds: tuple[type | tuple[type, ...], ...]) -> tuple[Any, ...]:
    values = decode_page_token(page_token)
    if len(values) != len(kinds) or not all(isinstance(value, kind) for value, kind in zip(values, kinds, strict=True)):
        raise InvalidInput("this page token belongs to another search")
    return values


# With a filter.


class _Walk:
    """Walks along the traces that match, the newest first."""

    def __init__(
        self, database: Database, search: "TraceSearch", reader: "Reader", subject: str, query: SubjectQuery
    ) -> None:
        self._database = database
        self._search = search
        self._reader = reader
        self._subject = subject
        self._query = query
        self._attribute = Attribute.SESSION if subject == SESSION else Attribute.USER
        self._tree: Filter | None = None
        """The filter, with its versions written out."""
        self._earlier: tuple[set[_Key], bool] | None = None

    def by_activity(self) -> tuple[list[Found], str | None]:
        """Find who was met first, and was not met on an earlier page."""
        query = self._query
        met: dict[_Key, None] = {}
        seen: set[_Key] = set()
        last, token = query.page_token, None
        start = None if last is None else _read_place(last, (int, int))
        with self._database.querying() as connection:
            self._tree = self._written_out(connection)
            for number, (place, info) in enumerate(self._matches(connection, query.page_token)):
                key = self._key(info)
                if number >= MAX_WALK or (len(met) == query.limit and key is not None and key not in seen):
                    token = last
                    break
                last = encode_page_token(place)
                if key is None or key in seen:
                    continue
                seen.add(key)
                if start is None or not self._was_shown(connection, start, info):
                    met[key] = None
        return self._totals(list(met)), token

    def in_order(self) -> tuple[list[Found], str | None]:
        """Find all who have a trace that matches, and sort them."""
        query = self._query
        place = None if query.page_token is None else _read_place(query.page_token, ((int, float), int, str))
        met: dict[_Key, None] = {}
        with self._database.querying() as connection:
            self._tree = self._written_out(connection)
            for number, (_, info) in enumerate(self._matches(connection, None)):
                if number >= MAX_MATCHES:
                    raise InvalidInput(
                        f"more than {MAX_MATCHES} traces match: narrow the filter, or order by the last activity"
                    )
                key = self._key(info)
                if key is not None:
                    met[key] = None
        found = sorted(self._totals(list(met)), key=self._sort_key, reverse=query.descending)
        if place is not None:
            found = [
                item
                for item in found
                if (self._sort_key(item) < place if query.descending else self._sort_key(item) > place)
            ]
        page = found[: query.limit]
        return page, encode_page_token(self._sort_key(page[-1])) if len(found) > query.limit else None

    def _written_out(self, connection: "Connection") -> Filter | None:
        from trilha_server.storage.version_names import with_versions  # noqa: PLC0415  # the same

        return with_versions(connection, self._query.filter, self._query.experiment_ids)

    def _sort_key(self, item: Found) -> tuple[KeyValue, ...]:
        return (getattr(item.totals, self._query.order.value), item.totals.experiment_id, item.value)

    def _key(self, info: TraceInfo) -> _Key | None:
        value = info.session if self._attribute is Attribute.SESSION else info.user
        return (info.experiment_id, index_value(value)) if value else None

    def _matches(self, connection: "Connection", page_token: str | None) -> Iterator[tuple[tuple[int, int], TraceInfo]]:
        query = TraceQuery(
            experiment_ids=self._query.experiment_ids,
            filter=self._tree,
            limit=2 * self._query.limit,
            page_token=page_token,
        )
        return self._search.newest_first(connection, query, self._reader)

    def _was_shown(self, connection: "Connection", start: tuple[int, int], info: TraceInfo) -> bool:
        """Tell whether an earlier page has met a trace of the same session or user; the cheapest way to know first."""
        key = self._key(info)
        assert key is not None
        with self._database.reading() as cursor:
            if all(item.totals.last_time_ms < start[0] for item in totals_of(cursor, self._subject, key[0], [key[1]])):
                return False
        if self._earlier is None:
            self._earlier = self._met_until(connection, start)
        met, is_whole = self._earlier
        return key in met or (not is_whole and self._matches_since(connection, start, info))

    def _met_until(self, connection: "Connection", start: tuple[int, int]) -> tuple[set[_Key], bool]:
        """Walk along the earlier pages once more, not too far; says whom it met, and whether it came to their end."""
        met: set[_Key] = set()
        for place, info in islice(self._matches(connection, None), MAX_WALK):
            if place < start:
                return met, True
            if (key := self._key(info)) is not None:
                met.add(key)
        return met, False

    def _matches_since(self, connection: "Connection", start: tuple[int, int], info: TraceInfo) -> bool:
        value = info.session if self._attribute is Attribute.SESSION else info.user
        same = Comparison(AttributeField(self._attribute), Operator.EQ, value)
        since = Comparison(AttributeField(Attribute.TIMESTAMP_MS), Operator.GE, start[0])
        query = TraceQuery(experiment_ids=(info.experiment_id,), filter=all_of(same, since, self._tree), limit=1)
        newest = next(self._search.newest_first(connection, query, self._reader), None)
        return newest is not None and newest[0] >= start

    def _totals(self, keys: Sequence[_Key]) -> list[Found]:
        by_experiment: dict[ExperimentId, list[str]] = {}
        for experiment_id, value in keys:
            by_experiment.setdefault(experiment_id, []).append(value)
        with self._database.reading() as cursor:
            found = {
                (item.totals.experiment_id, item.value): item
                for experiment_id, values in by_experiment.items()
                for item in totals_of(cursor, self._subject, experiment_id, values)
            }
        return [found[key] for key in keys if key in found]
