"""Finds traces: SQL narrows them down in the order asked for, and where it cannot decide, the filter itself does."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Any, Protocol

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    func,
    literal_column,
    select,
    tuple_,
)

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.filter import (
    NUMERIC_ATTRIBUTES,
    And,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    Operator,
    OrderTerm,
    SpanField,
    SpanPart,
)
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.span import Span
from trilha_server.domain.trace import TraceInfo
from trilha_server.ports import TracePage, TraceQuery
from trilha_server.search.evaluate import matches
from trilha_server.search.page_token import KeyValue, decode_page_token, encode_page_token
from trilha_server.search.text import witnesses
from trilha_server.storage import keyset
from trilha_server.storage.assessment_rows import read_assessment
from trilha_server.storage.codec import Codec
from trilha_server.storage.compile import Compiler
from trilha_server.storage.conditions import Condition
from trilha_server.storage.database import Database
from trilha_server.storage.label_ranges import LabelRange, LabelRanges, label_ranges, walked
from trilha_server.storage.schema import assessment, chunk, label, trace
from trilha_server.storage.text_search import candidate_traces
from trilha_server.storage.version_names import with_versions

_COLUMNS = (trace.c.key, trace.c.trace_id, trace.c.experiment_id, trace.c.time_ms, trace.c.change, trace.c.record)
_NEWEST_FIRST = (OrderTerm(AttributeField(Attribute.TIMESTAMP_MS), descending=True),)
_OLDEST_FIRST = (OrderTerm(AttributeField(Attribute.TIMESTAMP_MS)),)
_FIRST_BATCH = 200
_MAX_BATCH = 2000
_COUNT_BOUNDS = (2000, 20_000)  # labels are counted so far, to begin with the rarest


class Reader(Protocol):
    """What the search needs of the one who reads rows."""

    def info(self, trace_id: bytes, experiment_id: int, change: int, record: bytes) -> TraceInfo:
        """Read a trace from the columns of its row."""
        ...

    def spans(self, trace_id: TraceId) -> Iterator[Span]:
        """Read the spans of a trace."""
        ...


class _StoredTrace:
    """A trace for the evaluator; reads only what it is asked for."""

    def __init__(self, info: TraceInfo, key: int, connection: Connection, reader: Reader) -> None:
        self.info = info
        self._key = key
        self._connection = connection
        self._reader = reader
        self._assessments: list[Assessment] | None = None
        self._spans: list[Span] | None = None

    @property
    def assessments(self) -> Sequence[Assessment]:
        if self._assessments is None:
            statement = select(assessment.c.body).where(assessment.c.trace_key == self._key)
            bodies = self._connection.execute(statement).scalars()
            self._assessments = [read_assessment(body) for body in bodies]
        return self._assessments

    @property
    def spans(self) -> Sequence[Span]:
        if self._spans is None:
            self._spans = list(self._reader.spans(self.info.trace_id))
        return self._spans


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one search goes about it."""

    condition: Condition
    driver: LabelRanges | None
    """The labels whose index is walked, in result order."""
    keys: list[int] | None
    """The only traces that can match, where the text index knows."""
    required: list[bytes]
    """Letters that must stand in the spans of every match."""


class TraceSearch:
    """Searches a database."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    def page(self, query: TraceQuery, reader: Reader) -> TracePage:
        """Read one page. Raises `InvalidInput` on a page token that is not ours."""
        if not query.experiment_ids:
            return TracePage([], None)
        cursor = _Cursor(query.order or _NEWEST_FIRST, query.page_token)
        with self._database.querying() as connection:
            query = msgspec.structs.replace(query, filter=with_versions(connection, query.filter, query.experiment_ids))
            found = list(islice(self._walk(connection, query, cursor, reader), query.limit + 1))
        more = len(found) > query.limit
        page = found[: query.limit]
        token = encode_page_token(cursor.values_of(page[-1][0])) if more and page else None
        return TracePage([info for _, info in page], token)

    def newest_first(
        self, connection: Connection, query: TraceQuery, reader: Reader
    ) -> Iterator[tuple[tuple[int, int], TraceInfo]]:
        """Find traces one after the other, each with its place, which `encode_page_token` makes the query's token of.

        The filter must be written out by `with_versions` already. `query.limit` says how many are likely to be
        wanted. Raises `InvalidInput` on a page token that is not ours.
        """
        cursor = _Cursor(_NEWEST_FIRST, query.page_token)
        for row, info in self._walk(connection, query, cursor, reader):
            yield (row["time_ms"], row["key"]), info

    def _walk(
        self, connection: Connection, query: TraceQuery, cursor: "_Cursor", reader: Reader
    ) -> Iterator[tuple[RowMapping, TraceInfo]]:
        plan = self._plan(connection, query, by_time=cursor.by_time)
        batch = query.limit + 1 if plan.condition.exact else max(query.limit + 1, _FIRST_BATCH)
        after = cursor.after
        while True:
            rows = self._rows(connection, query, plan, cursor, after, batch)
            yield from self._matching(connection, query, plan, rows, reader)
            if len(rows) < batch:
                return
            after = cursor.values_of(rows[-1])
            batch = min(2 * batch, _MAX_BATCH)

    def _plan(self, connection: Connection, query: TraceQuery, *, by_time: bool) -> _Plan:
        if query.filter is None:
            return _Plan(condition=Condition(None, True), driver=None, keys=None, required=[])
        compiler = Compiler(connection, query.experiment_ids, is_sqlite=self._database.is_sqlite)
        terms = query.filter.terms if isinstance(query.filter, And) else (query.filter,)
        labels: dict[Filter, LabelRanges] = {}
        if by_time and len(query.experiment_ids) == 1:
            labels = {term: ranges for term in terms if (ranges := label_ranges(compiler, term)) is not None}
        texts = [runs for term in terms if (runs := _required_texts(term))]
        keys = candidate_traces(connection, texts)
        driver = None
        if labels and keys is None:
            driver = self._rarest(connection, query.experiment_ids[0], list(labels.values()))
        rest: list[Filter] = [term for term in terms if term not in labels]
        condition = compiler.condition(And(tuple(rest))) if rest else Condition(None, True)
        probes = [item.probe(compiler) for item in labels.values() if item != driver]
        clauses = [*probes, *([] if condition.sql is None else [condition.sql])]
        return _Plan(
            condition=Condition(and_(*clauses) if clauses else None, condition.exact),
            driver=driver,
            keys=keys,
            required=[run.encode() for runs in texts for run in runs if run.isascii()],
        )

    @staticmethod
    def _rarest(connection: Connection, experiment_id: ExperimentId, labels: list[LabelRanges]) -> LabelRanges:
        if len(labels) == 1:
            return labels[0]
        counts: list[int] = []
        for bound in _COUNT_BOUNDS:
            counts = [_count(connection, experiment_id, item, bound) for item in labels]
            if min(counts) < bound:
                break
        return labels[counts.index(min(counts))]

    def _rows(
        self,
        connection: Connection,
        query: TraceQuery,
        plan: _Plan,
        cursor: "_Cursor",
        after: tuple[Any, ...] | None,
        limit: int,
    ) -> list[RowMapping]:
        if plan.keys is not None and not plan.keys:
            return []
        if not cursor.by_time:
            statement = self._ordered(connection, query, plan, cursor, after).limit(limit)
            return list(connection.execute(statement).mappings())
        walks = [
            connection.execute(self._by_time(experiment_id, plan, part, cursor, after).limit(limit)).mappings().all()
            for experiment_id in dict.fromkeys(query.experiment_ids)
            for part in ((None,) if plan.driver is None else plan.driver.ranges)
        ]
        if len(walks) == 1:
            return list(walks[0])
        merged = merge(*walks, key=lambda row: (row["time_ms"], row["key"]), reverse=not cursor.is_oldest_first)
        return [row for row, _ in zip(merged, range(limit), strict=False)]

    def _by_time(
        self,
        experiment_id: ExperimentId,
        plan: _Plan,
        part: LabelRange | None,
        cursor: "_Cursor",
        after: tuple[Any, ...] | None,
    ) -> Select[*tuple[Any, ...]]:
        """One experiment's traces in the order of time: a walk along an index."""
        statement = select(*_COLUMNS)
        time_ms, key = trace.c.time_ms, trace.c.key
        if plan.driver is not None and part is not None:
            statement = statement.select_from(label).join(trace, trace.c.key == label.c.trace_key)
            statement = statement.where(*walked(experiment_id, plan.driver.key_id, part))
            time_ms, key = label.c.time_ms, label.c.trace_key
        elif plan.keys is not None:
            # The plus sign keeps SQLite from walking the whole experiment instead of looking up the few keys.
            statement = statement.where(
                literal_column("+trace.experiment_id", BigInteger) == experiment_id, self._is_one_of(plan.keys)
            )
        else:
            statement = statement.where(trace.c.experiment_id == experiment_id)
        if plan.condition.sql is not None:
            statement = statement.where(plan.condition.sql)
        place = tuple_(time_ms, key)
        if after is not None:
            beyond = tuple_(*after[-2:])
            statement = statement.where(place > beyond if cursor.is_oldest_first else place < beyond)
        if cursor.is_oldest_first:
            return statement.order_by(time_ms, key)
        return statement.order_by(time_ms.desc(), key.desc())

    def _ordered(
        self,
        connection: Connection,
        query: TraceQuery,
        plan: _Plan,
        cursor: "_Cursor",
        after: tuple[Any, ...] | None,
    ) -> Select[*tuple[Any, ...]]:
        """All that match, sorted by whatever was asked for; traces without it come last."""
        compiler = Compiler(connection, query.experiment_ids, is_sqlite=self._database.is_sqlite)
        columns: list[ColumnElement[Any]] = []
        source: Any = trace  # Any: a table, and then joins of it
        for number, term in enumerate(cursor.order):
            column, values = compiler.order_column(term.field)
            if values is not None:
                joined = values.subquery(f"order_{number}")
                source = source.outerjoin(joined, joined.c.trace_key == trace.c.key)
                column = joined.c.value
            columns.append(column)
        statement = select(*_COLUMNS, *(column.label(f"sort_{n}") for n, column in enumerate(columns)))
        statement = statement.select_from(source).where(trace.c.experiment_id.in_(query.experiment_ids))
        if plan.keys is not None:
            statement = statement.where(self._is_one_of(plan.keys))
        if plan.condition.sql is not None:
            statement = statement.where(plan.condition.sql)
        sorting = [(column, term.descending) for column, term in zip(columns, cursor.order, strict=True)]
        sorting += [(trace.c.time_ms, True), (trace.c.key, True)]
        if after is not None:
            statement = statement.where(keyset.after(sorting, after))
        return statement.order_by(*keyset.sorted_by(sorting))

    def _is_one_of(self, keys: list[int]) -> ColumnElement[bool]:
        return keyset.one_of(trace.c.key, keys, is_sqlite=self._database.is_sqlite)

    def _matching(
        self, connection: Connection, query: TraceQuery, plan: _Plan, rows: list[RowMapping], reader: Reader
    ) -> Iterator[tuple[RowMapping, TraceInfo]]:
        if plan.required:
            hopeful = self._hopeful(connection, [row["key"] for row in rows], plan.required)
            rows = [row for row in rows if row["key"] in hopeful]
        for row in rows:
            info = reader.info(bytes(row["trace_id"]), row["experiment_id"], row["change"], row["record"])
            if (
                plan.condition.exact
                or query.filter is None
                or matches(query.filter, _StoredTrace(info, row["key"], connection, reader))
            ):
                yield row, info

    def _hopeful(self, connection: Connection, keys: list[int], required: list[bytes]) -> set[int]:
        """Keep the traces in whose stored bytes all the letters stand: much cheaper than to read their spans."""
        missing: dict[int, set[bytes]] = {key: set(required) for key in keys}
        for start in range(0, len(keys), 500):
            portion = chunk.c.trace_key.in_(keys[start : start + 500])
            for key, frame in connection.execute(select(chunk.c.trace_key, chunk.c.spans).where(portion)):
                if missing[key]:
                    raw = self._codec.decompress(frame).lower()
                    missing[key] = {run for run in missing[key] if run not in raw}
        return {key for key, left in missing.items() if not left}


class _Cursor:
    """Where in an order a page begins."""

    def __init__(self, order: tuple[OrderTerm, ...], page_token: str | None) -> None:
        self.is_oldest_first = order == _OLDEST_FIRST
        self.by_time = self.is_oldest_first or order == _NEWEST_FIRST
        self.order = order
        self.after = None if page_token is None else self._read(page_token)

    def values_of(self, row: RowMapping) -> tuple[Any, ...]:
        """The place of a row."""
        place = (row["time_ms"], row["key"])
        if self.by_time:
            return (row["time_ms"], *place) if self.is_oldest_first else place
        values = (row[f"sort_{number}"] for number in range(len(self.order)))
        return (*(value.hex() if isinstance(value, bytes) else value for value in values), *place)

    def _read(self, page_token: str) -> tuple[Any, ...]:
        values = decode_page_token(page_token)
        wanted = 2 if self.order == _NEWEST_FIRST else len(self.order) + 2
        if len(values) != wanted or not all(isinstance(value, int) for value in values[-2:]):
            raise _other_order()
        if self.order == _NEWEST_FIRST:
            return values
        pairs = zip(self.order, values, strict=False)
        return (*(_sort_value(term.field, value) for term, value in pairs), *values[-2:])


def _sort_value(field: AttributeField | LabelField, value: KeyValue) -> KeyValue | bytes:
    """Read one key of a token as the database compares it."""
    if value is None:
        return None
    attribute = field.attribute if isinstance(field, AttributeField) else None
    is_number = attribute in NUMERIC_ATTRIBUTES or attribute is Attribute.EXPERIMENT_ID
    if is_number == isinstance(value, str):
        raise _other_order()
    if attribute is not Attribute.REQUEST_ID:
        return value
    try:
        return bytes.fromhex(str(value))
    except ValueError as error:
        raise _other_order() from error


def _count(connection: Connection, experiment_id: ExperimentId, labels: LabelRanges, bound: int) -> int:
    count = 0
    for part in labels.ranges:
        walk = select(label.c.trace_key).where(*walked(experiment_id, labels.key_id, part)).limit(bound - count)
        count += connection.execute(select(func.count()).select_from(walk.subquery())).scalar_one()
        if count >= bound:
            break
    return count


def _other_order() -> InvalidInput:
    return InvalidInput("this page token belongs to another order")


def _required_texts(term: Filter) -> list[str]:
    if not isinstance(term, Comparison) or term.operator not in (Operator.LIKE, Operator.ILIKE):
        return []
    is_text = term.field == AttributeField(Attribute.TEXT) or (
        isinstance(term.field, SpanField) and term.field.part in (SpanPart.CONTENT, SpanPart.ATTRIBUTE)
    )
    return witnesses(term.value) if is_text and isinstance(term.value, str) else []
