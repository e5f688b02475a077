"""Writes traces: reads what is kept of them, lays the new over it, and writes the difference."""

from collections.abc import Iterable, Sequence

from trilha_server.domain.batch import CostsChanged, InfoDeclared, SpansArrived, TraceUpdate
from trilha_server.domain.errors import NotFound
from trilha_server.domain.ids import ExperimentId, SpanId, TraceId, otel_trace_id, trace_id_of
from trilha_server.domain.span import SpanFacts
from trilha_server.normalise.info import read_info
from trilha_server.storage import statements as sql
from trilha_server.storage.assessment_rows import assessment_row, set_valid
from trilha_server.storage.chunking import most_chunks
from trilha_server.storage.codec import Codec
from trilha_server.storage.costs import change_costs
from trilha_server.storage.database import Cursor, Database, Row, marks
from trilha_server.storage.keys import Keys
from trilha_server.storage.labels import labels_of
from trilha_server.storage.pending import PendingTrace
from trilha_server.storage.rollups import Rollups
from trilha_server.storage.trace_rows import TraceRows

_LOOKUP_TRACES = 500
_DELETE_TRACES = 500


class SqlTraceWriter:
    """Keeps traces in a database."""

    def __init__(self, database: Database, codec: Codec, rollups: Rollups) -> None:
        self._database = database
        self._codec = codec
        self._rollups = rollups

    def write(self, updates: Sequence[TraceUpdate]) -> list[int]:
        """Keep a batch, all of it or nothing."""
        numbers = sum(_numbers_needed(update) for update in updates)
        with self._rollups.transaction(numbers) as counting:
            cursor = counting.cursor
            number = counting.progress.last - numbers + 1
            pending = self._load(cursor, updates)
            fresh = [pending[update.trace_id].apply(update) if update.trace_id in pending else 0 for update in updates]
            rows = TraceRows(self._codec, counting)
            for trace in pending.values():
                if trace.has_changed:
                    number = rows.add(trace, number)
            rows.write()
            for trace in pending.values():
                change_costs(cursor, self._codec, trace)
            self._write_assessments(cursor, updates, pending)
        return fresh

    def delete(self, experiment_id: ExperimentId, trace_ids: Sequence[TraceId]) -> int:
        """Forget traces with all that belongs to them."""
        deleted = 0
        for ids in _portions(list(dict.fromkeys(trace_ids)), _DELETE_TRACES):
            with self._rollups.transaction(len(ids)) as counting:
                cursor = counting.cursor
                found = self._load_traces(cursor, ids)
                ours = [trace for trace in found.values() if trace.experiment_id == experiment_id]
                for trace in ours:
                    self._load_facts(cursor, trace)
                    counting.forget(trace)
                self._forget(cursor, counting.keys, ours, counting.progress.last - len(ids) + 1)
                counting.write()
                deleted += len(ours)
        return deleted

    def delete_before(self, experiment_id: ExperimentId, max_time_ms: int, max_traces: int | None) -> int:
        """Forget the oldest traces, a portion in a transaction."""
        deleted = 0
        while max_traces is None or deleted < max_traces:
            limit = _DELETE_TRACES if max_traces is None else min(_DELETE_TRACES, max_traces - deleted)
            with self._database.writing() as cursor:
                cursor.execute(sql.OLDEST_TRACES, (experiment_id, max_time_ms, limit))
                ids = [trace_id_of(bytes(row[0])) for row in cursor.rows()]
            count = self.delete(experiment_id, ids)
            deleted += count
            if len(ids) < limit or count == 0:
                break
        return deleted

    def _load(self, cursor: Cursor, updates: Sequence[TraceUpdate]) -> dict[TraceId, PendingTrace]:
        with_spans = {update.trace_id for update in updates if isinstance(update, SpansArrived | CostsChanged)}
        ids = list(dict.fromkeys(update.trace_id for update in updates))
        pending: dict[TraceId, PendingTrace] = {}
        for portion in _portions(ids, _LOOKUP_TRACES):
            pending |= self._load_traces(cursor, portion)
        # A trace that moves takes its spans along: the sums of both experiments change.
        with_spans |= {
            update.trace_id
            for update in updates
            if isinstance(update, InfoDeclared)
            and update.trace_id in pending
            and pending[update.trace_id].experiment_id != update.experiment_id
        }
        for trace_id in with_spans & pending.keys():
            self._load_facts(cursor, pending[trace_id])
        for update in updates:
            if update.trace_id not in pending and isinstance(update, SpansArrived | InfoDeclared):
                pending[update.trace_id] = PendingTrace(update.trace_id, update.experiment_id)
        for update in updates:
            if update.trace_id not in pending and not isinstance(update, CostsChanged):
                raise NotFound("there is no such trace", trace_id=update.trace_id)
        return pending

    def _load_traces(self, cursor: Cursor, ids: Sequence[TraceId]) -> dict[TraceId, PendingTrace]:
        found: dict[TraceId, PendingTrace] = {}
        cursor.execute(sql.TRACES_BY_ID.format(marks(len(ids))), [otel_trace_id(trace_id) for trace_id in ids])
        for key, trace_id_bytes, experiment_id, claim, kind_set_id, change, record in cursor.rows():
            trace_id = trace_id_of(bytes(trace_id_bytes))
            trace = found[trace_id] = PendingTrace(trace_id, ExperimentId(experiment_id))
            trace.set_kept(key, claim, kind_set_id, self._codec.read_record(record))
            trace.old_info = read_info(trace_id, trace.experiment_id, trace.record, change)
        return found

    def _load_facts(self, cursor: Cursor, trace: PendingTrace) -> None:
        cursor.execute(sql.SPANS_OF_TRACE, (trace.key,))
        kept: dict[SpanId, SpanFacts] = {}
        for (frame,) in cursor.rows():
            kept |= {facts.span_id: facts for facts in self._codec.read_facts(frame)}
        trace.set_kept_spans(kept)

    def _write_assessments(
        self, cursor: Cursor, updates: Sequence[TraceUpdate], pending: dict[TraceId, PendingTrace]
    ) -> None:
        for update in updates:
            if not isinstance(update, InfoDeclared) or not update.assessments:
                continue
            key = pending[update.trace_id].key
            assert key is not None
            cursor.execute_many(sql.ADD_ASSESSMENT, [assessment_row(item, key) for item in update.assessments])
            for item in update.assessments:
                if item.overrides is not None:
                    set_valid(cursor, key, item.overrides, valid=False)

    def _forget(self, cursor: Cursor, keys: Keys, traces: Sequence[PendingTrace], number: int) -> None:
        trace_keys: list[Row] = [(trace.key,) for trace in traces]
        labels: list[Row] = []
        deletions: list[Row] = []
        for offset, trace in enumerate(traces):
            info = trace.old_info
            assert info is not None
            for key, value in labels_of(info):
                labels.append((trace.experiment_id, keys.label_id(cursor, key), value, info.request_time_ms, trace.key))
            deletions.append((number + offset, otel_trace_id(trace.trace_id), trace.experiment_id))
        cursor.execute_many(sql.DELETE_LABEL, labels)
        for statement in (sql.DELETE_CHUNKS, sql.DELETE_ASSESSMENTS, sql.DELETE_TRACE):
            cursor.execute_many(statement, trace_keys)
        cursor.execute_many(sql.ADD_DELETION, deletions)


def _numbers_needed(update: TraceUpdate) -> int:
    return 1 + most_chunks(update.spans.encoded) if isinstance(update, SpansArrived) else 1


def _portions(ids: list[TraceId], size: int) -> Iterable[list[TraceId]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
