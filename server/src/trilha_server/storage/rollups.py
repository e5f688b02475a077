"""Keeps the sums right while traces change: what a trace was is taken away, what it is now is added.

Rows of sums are read and written again, which costs more than all else of a small batch. So new traces wait in memory
until there are many. `counted_key` says which traces the rows hold: the others are counted from memory or, should the
process end or another one write, from their own rows. Whoever reads the sums adds the traces after that key.
"""

import threading
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager

from trilha_server.domain.span import SpanFacts
from trilha_server.domain.trace import TraceInfo
from trilha_server.storage.database import Cursor, Database
from trilha_server.storage.keys import Keys, KeyTables
from trilha_server.storage.pending import PendingTrace
from trilha_server.storage.rollup_deltas import StepDeltas, SubjectDeltas
from trilha_server.storage.rollup_parts import trace_part
from trilha_server.storage.rollup_rows import write_steps, write_subjects
from trilha_server.storage.sequences import Progress, start_again, take_changes, tell_counted

WAITING_TRACES = 500
"""So many new traces wait at most; whoever reads the sums looks at each of them."""

WAITING_SPANS = 10_000
"""So many of their spans wait at most, for the room they take."""

_FIRST_UNCOUNTED = "SELECT key FROM trace WHERE key > ? ORDER BY key LIMIT 1"
_CLEAR = ("DELETE FROM trace_sum", "DELETE FROM span_sum", "DELETE FROM subject_total", "DELETE FROM user_session")


class _Waiting:
    """What traces add that no row holds yet."""

    def __init__(self, trace_writes: int) -> None:
        self.trace_writes = trace_writes
        """Up to this one, all transactions that changed such traces are in it."""
        self.traces = 0
        self.deltas = StepDeltas()


class Rollups:
    """The sums of a store."""

    def __init__(self, database: Database, keys: KeyTables) -> None:
        self._database = database
        self._keys = keys
        self._lock = threading.Lock()
        self._waiting: _Waiting | None = None

    @contextmanager
    def transaction(self, numbers: int) -> Generator["Counting"]:
        """Open a transaction that changes traces, and take change numbers in it."""
        with self._lock:
            with self._keys.transaction() as keys, self._database.writing() as cursor:
                progress = take_changes(cursor, numbers)
                waiting = self._waiting
                if waiting is None or waiting.trace_writes + 1 != progress.trace_writes:
                    waiting = None if has_uncounted(cursor, progress) else _Waiting(progress.trace_writes)
                counting = Counting(keys, cursor, progress, waiting)
                yield counting
            self._waiting = counting.waiting_after()

    def waits(self, progress: Progress) -> bool:
        """Say whether all that is not counted waits in memory."""
        waiting = self._waiting
        return waiting is not None and waiting.trace_writes == progress.trace_writes


class Counting:
    """The sums in one transaction."""

    def __init__(self, keys: Keys, cursor: Cursor, progress: Progress, waiting: _Waiting | None) -> None:
        self.keys = keys
        self.cursor = cursor
        self.progress = progress
        self._waiting = waiting
        self._fresh = None if waiting is None else StepDeltas()
        self._fresh_traces = 0
        self._counted = StepDeltas()
        self._subjects = SubjectDeltas()

    def change(self, trace: PendingTrace, info: TraceInfo, kind_ids: Sequence[int]) -> None:
        """Put what a trace is now in the place of what it was, with those of its spans that change.

        `kind_ids` are the kinds of all its spans, if any of them is new.
        """
        old_info = trace.old_info
        new = trace_part(info)
        old = None if old_info is None else trace_part(old_info)
        key = trace.key
        assert key is not None
        self._subjects.change_pair(old, new)
        if old_info is None or self.progress.has_subjects_of(key):
            self._subjects.change(old, new)
        is_counted = old is not None and self.progress.has_hours_of(key)
        deltas = self._counted if is_counted else self._fresh
        if deltas is None:
            return
        if old != new:
            if old is not None:
                deltas.add_trace(old, -1)
            deltas.add_trace(new, 1)
        self._fresh_traces += not is_counted
        if old is None:
            deltas.add_spans(new.experiment_id, trace.facts.values(), kind_ids, 1)
        elif old.experiment_id != new.experiment_id:
            self._add(deltas, old.experiment_id, trace.old_spans(), -1)
            self._add(deltas, new.experiment_id, trace.facts.values(), 1)
        elif trace.before:
            self._add(deltas, new.experiment_id, [facts for facts in trace.before.values() if facts is not None], -1)
            self._add(deltas, new.experiment_id, [trace.facts[span_id] for span_id in trace.before], 1)

    def forget(self, trace: PendingTrace) -> None:
        """Take a trace away whose spans are known."""
        assert trace.old_info is not None
        assert trace.key is not None
        old = trace_part(trace.old_info)
        self._subjects.change_pair(old, None)
        if self.progress.has_subjects_of(trace.key):
            self._subjects.change(old, None)
        deltas = self._counted if self.progress.has_hours_of(trace.key) else self._fresh
        if deltas is not None:
            deltas.add_trace(old, -1)
            self._add(deltas, old.experiment_id, trace.facts.values(), -1)

    def count(self, key: int, info: TraceInfo, facts: Collection[SpanFacts]) -> None:
        """Add a trace that was not counted yet."""
        part = trace_part(info)
        self._subjects.change_pair(None, part)
        if not self.progress.has_subjects_of(key):
            self._subjects.change(None, part)
        self._counted.add_trace(part, 1)
        self._add(self._counted, info.experiment_id, facts, 1)

    def write(self) -> None:
        """Write what changes. The labels must be written already."""
        write_subjects(self.cursor, self.keys, self._subjects)
        waiting, fresh = self._waiting, self._fresh
        if waiting is not None and fresh is not None and self._is_enough(waiting, fresh):
            self._counted.add_all(waiting.deltas)
            self._counted.add_all(fresh)
            tell_counted(self.cursor, self.progress.last)
            self._fresh = self._waiting = None
        write_steps(self.cursor, self._counted)

    def write_up_to(self, key: int) -> None:
        """Write what `count` has added, which is all up to a key. What waits is in it."""
        self._fresh = self._waiting = None
        write_subjects(self.cursor, self.keys, self._subjects)
        write_steps(self.cursor, self._counted)
        tell_counted(self.cursor, key)

    def start_again(self) -> None:
        """Forget all sums."""
        self._fresh = self._waiting = None
        for statement in _CLEAR:
            self.cursor.execute(statement)
        start_again(self.cursor)

    def waiting_after(self) -> _Waiting | None:
        """Say what waits once the transaction has ended well."""
        waiting = self._waiting
        if waiting is not None and self._fresh is not None:
            waiting.deltas.add_all(self._fresh)
            waiting.traces += self._fresh_traces
            waiting.trace_writes = self.progress.trace_writes
        return waiting

    def _is_enough(self, waiting: _Waiting, fresh: StepDeltas) -> bool:
        traces = waiting.traces + self._fresh_traces
        return traces >= WAITING_TRACES or waiting.deltas.span_count + fresh.span_count >= WAITING_SPANS

    def _add(self, deltas: StepDeltas, experiment_id: int, spans: Collection[SpanFacts], sign: int) -> None:
        deltas.add_spans(experiment_id, spans, self.keys.kind_ids(self.cursor, spans), sign)


def has_uncounted(cursor: Cursor, progress: Progress) -> bool:
    """Say whether there are traces that no row of hours holds."""
    cursor.execute(_FIRST_UNCOUNTED, (progress.counted_key,))
    return bool(cursor.rows())
