"""Which traces figures are made of, said in SQL: by a condition where it decides, else by the traces themselves."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Row, func, literal_column, select

from trilha_server.domain.filter import And, Filter, time_terms
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.trace import TraceInfo
from trilha_server.ports import TraceQuery
from trilha_server.storage import keyset
from trilha_server.storage.compile import Compiler
from trilha_server.storage.schema import trace
from trilha_server.storage.search import Reader, TraceSearch

_LIKELY = 1000
FEW = 2000
"""So many traces are looked at one by one."""


class Span(msgspec.Struct, frozen=True):
    """A stretch of time, in Unix milliseconds."""

    start_ms: int | None = None
    """Inclusive."""
    end_ms: int | None = None
    """Exclusive."""

    def within(self, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """Ask for a time in it."""
        bounds: list[ColumnElement[bool]] = []
        if self.start_ms is not None:
            bounds.append(column >= self.start_ms)
        if self.end_ms is not None:
            bounds.append(column < self.end_ms)
        return bounds

    def __contains__(self, time_ms: int) -> bool:
        return (self.start_ms is None or time_ms >= self.start_ms) and (self.end_ms is None or time_ms < self.end_ms)


class Matches:
    """Finds the traces that a filter lets through."""

    def __init__(self, connection: Connection, search: TraceSearch, reader: Reader, *, is_sqlite: bool) -> None:
        self.connection = connection
        self._search = search
        self._reader = reader
        self.is_sqlite = is_sqlite

    def conditions(
        self, experiment_ids: Sequence[ExperimentId], tree: Filter | None, span: Span, after_key: int | None = None
    ) -> list[ColumnElement[bool]]:
        """Say which rows of `trace` match. The filter must be written out by `with_versions` already.

        `after_key` asks for the few last traces only.
        """
        of_time = [trace.c.experiment_id.in_(experiment_ids), *span.within(trace.c.time_ms)]
        if after_key is not None:
            # The plus sign keeps SQLite from walking the whole experiment instead of the few last rows.
            of_time[0] = literal_column("+trace.experiment_id", BigInteger).in_(experiment_ids)
            of_time.append(trace.c.key > after_key)
        if tree is None:
            return of_time
        condition = Compiler(self.connection, experiment_ids, is_sqlite=self.is_sqlite).condition(tree)
        if condition.exact:
            return of_time if condition.sql is None else [*of_time, condition.sql]
        terms = (*_flat(tree), *time_terms(span.start_ms, span.end_ms))
        query = TraceQuery(experiment_ids=tuple(experiment_ids), filter=And(terms), limit=_LIKELY)
        found = self._search.newest_first(self.connection, query, self._reader)
        return [self.one_of([key for (_, key), _ in found if after_key is None or key > after_key])]

    def info(self, row: Row[*tuple[Any, ...]]) -> TraceInfo:
        """Read a trace from its row, which has `trace_id`, `experiment_id`, `change` and `record`."""
        return self._reader.info(bytes(row.trace_id), row.experiment_id, row.change, row.record)

    def one_of(self, keys: list[int]) -> ColumnElement[bool]:
        """Ask whether a trace is one of some."""
        return keyset.one_of(trace.c.key, keys, is_sqlite=self.is_sqlite)

    def are_few(self, conditions: Sequence[ColumnElement[bool]]) -> bool:
        """Say whether so few traces match that looking at each is quicker than at all labels."""
        some = select(trace.c.key).where(*conditions).limit(FEW + 1).subquery()
        return self.connection.execute(select(func.count()).select_from(some)).scalar_one() <= FEW


def _flat(tree: Filter) -> tuple[Filter, ...]:
    return tree.terms if isinstance(tree, And) else (tree,)
