"""What traces are grouped by: columns of their rows, labels from the index, or what their records tell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Row, select

from trilha_server.domain.figures import Dimension, GroupBy, KeyDimension
from trilha_server.domain.filter import Attribute, AttributeField, LabelField, LabelScope
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.trace import TraceInfo
from trilha_server.domain.trace_fields import label_value
from trilha_server.storage.compile import Compiler
from trilha_server.storage.figures_matches import Span
from trilha_server.storage.figures_totals import Group
from trilha_server.storage.labels import LabelKey, index_value, key_of
from trilha_server.storage.schema import label, span_kind, span_kind_member

TraceRow = Row[*tuple[Any, ...]]
"""A row of `trace` with the columns that groups need."""

ReadInfo = Callable[[TraceRow], TraceInfo]

_PORTION = 50_000
COLUMNS: Mapping[GroupBy, str] = {Dimension.STATUS: "state", Dimension.EXPERIMENT: "experiment_id"}
"""What the rows of traces, and the sums by the hour, have a column of."""
_ATTRIBUTES = {
    Dimension.NAME: Attribute.NAME,
    Dimension.USER: Attribute.USER,
    Dimension.SESSION: Attribute.SESSION,
    Dimension.VERSION: Attribute.VERSION,
}
_READERS: dict[Dimension, Callable[[TraceInfo], str | None]] = {
    Dimension.NAME: lambda info: info.name,
    Dimension.USER: lambda info: info.user,
    Dimension.SESSION: lambda info: info.session,
    Dimension.VERSION: lambda info: info.version,
}


class _Values(Protocol):
    """Reads one thing that traces are grouped by."""

    def of(self, rows: Sequence[TraceRow]) -> list[Sequence[str | None]]:
        """List the values of each trace: one, but where it may have several."""
        ...


class Grouping:
    """Says in which groups traces are."""

    def __init__(
        self,
        connection: Connection,
        experiment_ids: Sequence[ExperimentId],
        group_by: Sequence[GroupBy],
        span: Span,
        read_info: ReadInfo | None,
    ) -> None:
        """Read what the index has of a stretch of time; with `read_info`, ask the records of the few traces instead."""
        self._values: list[_Values] = []
        for dimension in group_by:
            key = label_key_of(dimension)
            if dimension in COLUMNS:
                self._values.append(_Column(COLUMNS[dimension]))
            elif dimension is Dimension.MODEL:
                self._values.append(_Models(connection))
            elif key is not None and read_info is None:
                self._values.append(_Labels(connection, experiment_ids, key, span))
            else:
                assert read_info is not None
                self._values.append(_Records(dimension, read_info))

    def of(self, rows: Sequence[TraceRow]) -> Iterator[Iterator[Group]]:
        """List the groups of each trace."""
        if not self._values:
            return (iter(((),)) for _ in rows)
        columns = [values.of(rows) for values in self._values]
        return (product(*values) for values in zip(*columns, strict=True))


def label_key_of(dimension: GroupBy) -> LabelKey | None:
    """Name the label that holds what is grouped by; `None` where none does."""
    if isinstance(dimension, Dimension):
        attribute = _ATTRIBUTES.get(dimension)
        return None if attribute is None else key_of(AttributeField(attribute))
    return key_of(_field(dimension))


def in_records_only(group_by: Sequence[GroupBy]) -> bool:
    """Say whether something is asked for that no index holds."""
    return any(isinstance(each, KeyDimension) and label_key_of(each) is None for each in group_by)


def _field(dimension: KeyDimension) -> LabelField:
    return LabelField(LabelScope.METADATA if dimension.metadata else LabelScope.TAG, dimension.key)


class _Column:
    def __init__(self, name: str) -> None:
        self._name = name

    def of(self, rows: Sequence[TraceRow]) -> list[Sequence[str | None]]:
        return [(str(getattr(row, self._name)),) for row in rows]


class _Models:
    """A trace that used several models is in each of their groups."""

    def __init__(self, connection: Connection) -> None:
        self._models: dict[int, set[str]] = {}
        found = (
            select(span_kind_member.c.set_id, span_kind.c.model)
            .join(span_kind, span_kind.c.id == span_kind_member.c.kind_id)
            .where(span_kind.c.model != "")
        )
        for set_id, model in connection.execute(found):
            self._models.setdefault(set_id, set()).add(model)

    def of(self, rows: Sequence[TraceRow]) -> list[Sequence[str | None]]:
        return [tuple(self._models.get(row.kind_set_id, (None,))) for row in rows]


class _Labels:
    """The labels of one key: a join in memory, since SQLite would look through all labels for every trace."""

    def __init__(
        self, connection: Connection, experiment_ids: Sequence[ExperimentId], key: LabelKey, span: Span
    ) -> None:
        key_id = Compiler(connection, experiment_ids, is_sqlite=connection.dialect.name == "sqlite").label_key_id(key)
        found = select(label.c.trace_key, label.c.value).where(
            label.c.experiment_id.in_(experiment_ids),
            label.c.key_id == (-1 if key_id is None else key_id),
            *span.within(label.c.time_ms),
        )
        codes: dict[str | None, int] = {None: 0}
        keys: list[npt.NDArray[np.int64]] = []
        numbers: list[npt.NDArray[np.int64]] = []
        for portion in connection.execute(found, execution_options={"yield_per": _PORTION}).partitions():
            keys.append(np.fromiter((row[0] for row in portion), np.int64, len(portion)))
            coded = (codes.setdefault(row[1], len(codes)) for row in portion)
            numbers.append(np.fromiter(coded, np.int64, len(portion)))
        self._values = list(codes)
        no_key, no_value = np.array([-1]), np.array([0])
        all_keys = np.concatenate([no_key, *keys])
        order = np.argsort(all_keys)
        self._keys, self._codes = all_keys[order], np.concatenate([no_value, *numbers])[order]

    def of(self, rows: Sequence[TraceRow]) -> list[Sequence[str | None]]:
        wanted = np.fromiter((row.key for row in rows), np.int64, len(rows))
        places = np.searchsorted(self._keys, wanted, side="right") - 1
        codes = np.where(self._keys[places] == wanted, self._codes[places], 0)
        return [(self._values[code],) for code in codes.tolist()]


class _Records:
    def __init__(self, dimension: GroupBy, read_info: ReadInfo) -> None:
        self._dimension = dimension
        self._read_info = read_info

    def of(self, rows: Sequence[TraceRow]) -> list[Sequence[str | None]]:
        values = (self._value(self._read_info(row)) for row in rows)
        return [(None if value is None else index_value(value),) for value in values]

    def _value(self, info: TraceInfo) -> str | None:
        if isinstance(self._dimension, Dimension):
            return _READERS[self._dimension](info)
        return label_value(_field(self._dimension), info)
