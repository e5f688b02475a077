"""Traces that were found, as a table: a DataFrame where pandas is installed, or else a list that can do the most."""

import importlib.util
import json
import math
from collections.abc import Callable, Iterable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, cast

from trilha import names
from trilha.entities._traces import Trace
from trilha.exceptions import TrilhaError

Row = dict[str, Any]  # Any: JSON

FORMER_NAMES = {
    "request_id": "trace_id",
    "status": "state",
    "timestamp_ms": "request_time",
    "execution_time_ms": "execution_duration",
    "inputs": "request",
    "outputs": "response",
    "request_metadata": "trace_metadata",
}
"""Columns that programs for older clients read, and what each of them is now."""


def _side(key: str, preview: Callable[[Trace], str | None]) -> Callable[[Trace], Any]:
    """Read one side of a trace: the root's, or what is known of it without the spans."""

    def read(trace: Trace) -> Any:  # Any: JSON
        root = trace.data.root
        return _told(preview(trace)) if root is None else root.attributes.get(key)

    return read


_CELLS: dict[str, Callable[[Trace], Any]] = {
    "trace_id": lambda trace: trace.info.trace_id,
    "trace": lambda trace: trace.to_json(),
    "client_request_id": lambda trace: trace.info.client_request_id,
    "state": lambda trace: trace.info.state.value,
    "request_time": lambda trace: trace.info.request_time,
    "execution_duration": lambda trace: trace.info.execution_duration,
    "request": _side(names.SPAN_INPUTS, lambda trace: trace.info.request_preview),
    "response": _side(names.SPAN_OUTPUTS, lambda trace: trace.info.response_preview),
    "trace_metadata": lambda trace: trace.info.trace_metadata,
    "tags": lambda trace: trace.info.tags,
    "spans": lambda trace: [span.to_dict() for span in trace.data.spans],
    "assessments": lambda trace: [assessment.to_dictionary() for assessment in trace.info.assessments],
}
COLUMNS = (*_CELLS, *FORMER_NAMES)


def row_of(trace: Trace) -> Row:
    """Write a trace as a row."""
    row = {name: read(trace) for name, read in _CELLS.items()}
    return row | {former: row[now] for former, now in FORMER_NAMES.items()}


def has_pandas() -> bool:
    """Tell whether pandas is installed."""
    return importlib.util.find_spec("pandas") is not None


def data_frame(traces: Iterable[Trace]) -> Any:  # Any: pandas need not be there to be typed
    """Make a DataFrame of traces, with the former names of columns beside the new ones. Raises `TrilhaError`."""
    if not has_pandas():
        raise TrilhaError("pandas is not installed: install it, or ask for return_type='list'")
    import pandas as pd  # noqa: PLC0415  # pyright: ignore[reportMissingImports]  # half a second, where it is wanted

    frame: Any = pd  # pandas is no dependency, so that its types may be unknown
    return frame.DataFrame([row_of(trace) for trace in traces], columns=list(COLUMNS))


class Column(list[Any]):
    """A column of a table: comparing it gives a mask, as in pandas."""

    def mean(self) -> float:
        """Return the mean of what is known; not a number where nothing is."""
        known = self._known()
        return sum(known) / len(known) if known else math.nan

    def sum(self) -> Any:  # Any: as the column is
        """Return the sum of what is known."""
        return sum(self._known())

    def min(self) -> Any:  # Any: as the column is
        """Return the least of what is known; not a number where nothing is."""
        return min(self._known(), default=math.nan)

    def max(self) -> Any:  # Any: as the column is
        """Return the most of what is known; not a number where nothing is."""
        return max(self._known(), default=math.nan)

    def tolist(self) -> list[Any]:
        """Return it as a plain list."""
        return list(self)

    def __eq__(self, other: object) -> "Mask":  # type: ignore[override]  # as in pandas
        return self._compared(eq, other)

    def __ne__(self, other: object) -> "Mask":  # type: ignore[override]
        return self._compared(ne, other)

    def __lt__(self, other: object) -> "Mask":  # type: ignore[override]
        return self._compared(lt, other)

    def __le__(self, other: object) -> "Mask":  # type: ignore[override]
        return self._compared(le, other)

    def __gt__(self, other: object) -> "Mask":  # type: ignore[override]
        return self._compared(gt, other)

    def __ge__(self, other: object) -> "Mask":  # type: ignore[override]
        return self._compared(ge, other)

    __hash__ = None  # type: ignore[assignment]  # as lists

    def _known(self) -> list[Any]:
        return [value for value in self if value is not None]

    def _compared(self, operator: Callable[[Any, Any], bool], other: object) -> "Mask":
        is_equality = operator in (eq, ne)
        return Mask((is_equality or value is not None) and bool(operator(value, other)) for value in self)


class Mask(list[bool]):
    """Which rows of a table are meant."""

    def __and__(self, other: Iterable[bool]) -> "Mask":
        return Mask(mine and its for mine, its in zip(self, other, strict=True))

    def __or__(self, other: Iterable[bool]) -> "Mask":
        return Mask(mine or its for mine, its in zip(self, other, strict=True))

    def __invert__(self) -> "Mask":
        return Mask(not mine for mine in self)

    def sum(self) -> int:
        """Count the rows that are meant."""
        return sum(self)

    def mean(self) -> float:
        """Return the share of the rows that are meant."""
        return sum(self) / len(self) if self else math.nan


class Table(list[Trace]):
    """A list of traces that answers what programs ask a DataFrame: `empty`, columns, masks."""

    @property
    def empty(self) -> bool:
        """Whether there is none."""
        return not self

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(COLUMNS)

    def __getitem__(self, which: Any) -> Any:  # Any: a number, a slice, a column's name, names, or a mask
        if isinstance(which, str):
            read = _CELLS[FORMER_NAMES.get(which, which)]
            return Column(read(trace) for trace in self)
        if isinstance(which, Mask):
            return Table(trace for trace, is_meant in zip(self, which, strict=True) if is_meant)
        if isinstance(which, list):
            return self._rows(cast("list[str]", which))
        if isinstance(which, slice):
            return Table(list(self)[which])
        at: int = which
        return super().__getitem__(at)

    def _rows(self, names: list[str]) -> list[Row]:
        """Return some of the columns: a row is a dictionary."""
        cells = {name: _CELLS[FORMER_NAMES.get(name, name)] for name in names}
        return [{name: read(trace) for name, read in cells.items()} for trace in self]

    def to_pandas(self) -> Any:  # Any: pandas need not be there to be typed
        """Make a DataFrame. Raises `TrilhaError` where pandas is not installed."""
        return data_frame(self)

    def to_list(self) -> list[Trace]:
        """Return the traces as a plain list."""
        return list(self)

    def _repr_html_(self) -> str | None:
        from trilha._notebook.cells import html_of  # noqa: PLC0415  # for notebooks alone

        return html_of(self.to_list())

    def iterrows(self) -> Iterable[tuple[int, Row]]:
        """Return the rows, each with its number."""
        return ((number, row_of(trace)) for number, trace in enumerate(self))


def _told(preview: str | None) -> Any:  # Any: JSON
    try:
        return None if preview is None else json.loads(preview)
    except ValueError:
        return preview
