"""Adds what a transaction has changed to the rows of the sums: few rows are read, and written again."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TypeVar

import msgspec

from trilha_server.domain.filter import Attribute, AttributeField
from trilha_server.storage.database import Cursor, Row
from trilha_server.storage.histogram import Counts, counts_bytes, read_counts
from trilha_server.storage.keys import Keys
from trilha_server.storage.labels import LabelKey, key_of
from trilha_server.storage.rollup_deltas import SESSION, SpanStep, StepDeltas, Subject, SubjectDeltas, Sums, TraceStep

K = TypeVar("K", TraceStep, SpanStep)

_MAX_INT = 2**63 - 1
_SIZES = (32, 8, 1)
"""Rows are looked up by so many at once: few sizes, so that every statement is prepared once and kept."""


class _Table(msgspec.Struct, frozen=True):
    """The statements of one table of sums."""

    find: str
    """Followed by a condition for each row."""
    one: str
    add: str
    change: str
    delete: str


def _table(name: str, keys: Sequence[str], numbers: Sequence[str]) -> _Table:
    columns = (*numbers, "durations")
    one = " AND ".join(f"{key} = ?" for key in keys)
    changes = ", ".join(f"{column} = ?" for column in columns)
    marks = ", ".join("?" * (len(keys) + len(columns)))
    return _Table(
        find=f"SELECT {', '.join((*keys, *columns))} FROM {name} WHERE ",  # names of ours
        one=f"({one})",
        add=f"INSERT INTO {name} ({', '.join((*keys, *columns))}) VALUES ({marks})",  # names of ours
        change=f"UPDATE {name} SET {changes} WHERE {one}",  # names of ours
        delete=f"DELETE FROM {name} WHERE {one}",  # names of ours
    )


TRACE_NUMBERS = (
    "traces",
    "traces_ended",
    "duration_ms",
    "traces_with_usage",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "traces_with_cost",
    "cost_nano_usd",
)
SPAN_NUMBERS = (
    "spans",
    "spans_ended",
    "duration_us",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "spans_with_cost",
    "input_nano_usd",
    "output_nano_usd",
    "cost_nano_usd",
)
_TRACE_SUM = _table("trace_sum", ("experiment_id", "dimension", "hours", "hour", "value", "state"), TRACE_NUMBERS)
_SPAN_SUM = _table("span_sum", ("experiment_id", "hours", "hour", "kind_id"), SPAN_NUMBERS)

_ADD_SUBJECT = """
INSERT INTO subject_total
(experiment_id, subject, value, traces, errors, total_tokens, cost_nano_usd, duration_ms, first_time_ms, last_time_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (experiment_id, subject, value) DO UPDATE SET
traces = subject_total.traces + excluded.traces, errors = subject_total.errors + excluded.errors,
total_tokens = subject_total.total_tokens + excluded.total_tokens,
cost_nano_usd = subject_total.cost_nano_usd + excluded.cost_nano_usd,
duration_ms = subject_total.duration_ms + excluded.duration_ms,
first_time_ms = CASE WHEN excluded.first_time_ms < subject_total.first_time_ms THEN excluded.first_time_ms
  ELSE subject_total.first_time_ms END,
last_time_ms = CASE WHEN excluded.last_time_ms > subject_total.last_time_ms THEN excluded.last_time_ms
  ELSE subject_total.last_time_ms END
"""

_OF_LABEL = "FROM label WHERE experiment_id = ? AND key_id = ? AND value = ?"
_TIMES = f"""
SELECT (SELECT min(time_ms) {_OF_LABEL}), (SELECT max(time_ms) {_OF_LABEL})
"""
_SET_TIMES = """
UPDATE subject_total SET first_time_ms = ?, last_time_ms = ? WHERE experiment_id = ? AND subject = ? AND value = ?
"""
_DELETE_SUBJECT = "DELETE FROM subject_total WHERE experiment_id = ? AND subject = ? AND value = ? AND traces <= 0"

_ADD_PAIR = """
INSERT INTO user_session (experiment_id, user_value, session_value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
"""
_DELETE_PAIR = """
DELETE FROM user_session WHERE experiment_id = ? AND user_value = ? AND session_value = ? AND NOT EXISTS (
  SELECT 1 FROM label AS one JOIN label AS other
  ON other.experiment_id = one.experiment_id AND other.time_ms = one.time_ms AND other.trace_key = one.trace_key
  WHERE one.experiment_id = ? AND one.key_id = ? AND one.value = ? AND other.key_id = ? AND other.value = ?)
"""


def write_steps(cursor: Cursor, deltas: StepDeltas) -> None:
    """Add to the rows of steps. Rows of nothing are removed."""
    _write_sums(cursor, _TRACE_SUM, 6, deltas.traces())
    _write_sums(cursor, _SPAN_SUM, 4, deltas.spans())


def _write_sums(cursor: Cursor, table: _Table, key_size: int, deltas: Mapping[K, Sums]) -> None:
    changed = {key: sums for key, sums in deltas.items() if not sums.is_empty}
    added: list[Row] = []
    updated: list[Row] = []
    deleted: list[Row] = []
    kept: set[Row] = set()
    for row in _found(cursor, table, list(changed)):
        key = tuple(row[:key_size])
        kept.add(key)
        sums = changed[key]  # type: ignore[index]  # the columns of the key have its types
        numbers = [_fitting(old + new) for old, new in zip(row[key_size:-1], sums.numbers, strict=True)]
        if numbers[0] <= 0:
            deleted.append(key)
        else:
            updated.append((*numbers, counts_bytes(_added(read_counts(row[-1]), sums.durations)), *key))
    for key, sums in changed.items():
        if key not in kept and sums.numbers[0] > 0:
            added.append((*key, *map(_fitting, sums.numbers), counts_bytes(_added({}, sums.durations))))
    for statement, rows in ((table.delete, deleted), (table.change, updated), (table.add, added)):
        if rows:
            cursor.execute_many(statement, rows)


def _found(cursor: Cursor, table: _Table, keys: Sequence[Row]) -> Iterator[Row]:
    start = 0
    for size in _SIZES:
        while len(keys) - start >= size:
            portion = keys[start : start + size]
            # Not "IN (VALUES …)": SQLite would read the whole table for it.
            cursor.execute(table.find + " OR ".join([table.one] * size), [part for key in portion for part in key])
            yield from cursor.rows()
            start += size


def _added(counts: Counts, more: Counts) -> Counts:
    for bucket, count in more.items():
        total = counts.get(bucket, 0) + count
        if total > 0:
            counts[bucket] = total
        else:
            counts.pop(bucket, None)
    return counts


def _fitting(number: int) -> int:
    return min(max(number, -_MAX_INT), _MAX_INT)


def write_subjects(cursor: Cursor, keys: Keys, deltas: SubjectDeltas) -> None:
    """Add to the totals of sessions and users. Call it once the labels are written: who has lost looks there."""
    # Sorted, so that rows next to each other are written one after the other.
    rows: list[Row] = [
        (*key, *map(_fitting, sums.numbers), sums.first_time_ms, sums.last_time_ms)
        for key, sums in sorted(deltas.rows.items(), key=itemgetter(0))
        if sums.has_lost or any(sums.numbers)
    ]
    if rows:
        cursor.execute_many(_ADD_SUBJECT, rows)
    if deltas.told_pairs:
        cursor.execute_many(_ADD_PAIR, sorted(deltas.told_pairs))
    for subject, sums in deltas.rows.items():
        if sums.has_lost:
            cursor.execute(_DELETE_SUBJECT, subject)
            _look_up_times(cursor, keys, subject)
    for experiment_id, user, session in deltas.lost_pairs:
        told = keys.label_id(cursor, _USER_KEY), user, keys.label_id(cursor, _SESSION_KEY), session
        cursor.execute(_DELETE_PAIR, (experiment_id, user, session, experiment_id, *told))


def _look_up_times(cursor: Cursor, keys: Keys, subject: Subject) -> None:
    experiment_id, kind, value = subject
    one = experiment_id, keys.label_id(cursor, _SESSION_KEY if kind == SESSION else _USER_KEY), value
    cursor.execute(_TIMES, (*one, *one))
    first_ms, last_ms = cursor.rows()[0]
    if first_ms is not None:
        cursor.execute(_SET_TIMES, (first_ms, last_ms, *subject))


def _label_key(attribute: Attribute) -> LabelKey:
    key = key_of(AttributeField(attribute))
    assert key is not None
    return key


_SESSION_KEY = _label_key(Attribute.SESSION)
_USER_KEY = _label_key(Attribute.USER)
