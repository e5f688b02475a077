"""The rows that one transaction writes, table by table."""

from trilha_server.domain.ids import otel_trace_id
from trilha_server.domain.trace import TraceInfo
from trilha_server.normalise.info import read_info
from trilha_server.storage import statements as sql
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Row
from trilha_server.storage.labels import LabelKey, labels_of
from trilha_server.storage.pending import PendingTrace
from trilha_server.storage.rollups import Counting


class TraceRows:
    """The rows that one transaction writes, table by table."""

    def __init__(self, codec: Codec, counting: Counting) -> None:
        self._codec = codec
        self._counting = counting
        self._keys = counting.keys
        self._cursor = counting.cursor
        self._new_traces: list[Row] = []
        self._changed_traces: list[Row] = []
        self._chunks: list[Row] = []
        self._labels: list[Row] = []
        self._old_labels: list[Row] = []

    def add(self, trace: PendingTrace, number: int) -> int:
        """Turn one trace into rows that take numbers from `number` on; returns the next free one."""
        change = number
        is_new = trace.key is None
        key = trace.key = change if trace.key is None else trace.key
        info = read_info(trace.trace_id, trace.experiment_id, trace.record, change)
        usage = info.usage
        tokens = (None,) * 5
        if usage is not None:
            tokens = (
                usage.total_tokens,
                usage.input_tokens,
                usage.output_tokens,
                usage.cache_read_tokens,
                usage.cache_write_tokens,
            )
        kind_ids = self._keys.kind_ids(self._cursor, trace.facts.values()) if trace.chunks else None
        columns = (
            info.experiment_id,
            trace.claim,
            info.request_time_ms,
            info.duration_ms,
            info.state.value,
            *tokens,
            None if info.cost is None else info.cost.total_usd,
            trace.kind_set_id if kind_ids is None else self._keys.kind_set_id(self._cursor, frozenset(kind_ids)),
            change,
            self._codec.record_bytes(trace.record),
        )
        if is_new:
            self._new_traces.append((key, otel_trace_id(trace.trace_id), *columns))
        else:
            self._changed_traces.append((*columns, key))
        for facts, encoded in trace.chunks:
            self._chunks.append((number, key, self._codec.chunk_bytes(facts, encoded)))
            number += 1
        self._difference(trace, key, info)
        self._counting.change(trace, info, kind_ids or [])
        return max(number, change + 1)

    def write(self) -> None:
        """Write all rows."""
        for statement, rows in (
            (sql.ADD_TRACE, self._new_traces),
            (sql.CHANGE_TRACE, self._changed_traces),
            (sql.ADD_CHUNK, self._chunks),
            (sql.DELETE_LABEL, self._old_labels),
            (sql.ADD_LABEL, self._labels),
        ):
            if rows:
                self._cursor.execute_many(statement, rows)
        self._counting.write()

    def _difference(self, trace: PendingTrace, key: int, info: TraceInfo) -> None:
        wanted = self._label_rows(info, key)
        if trace.old_info is None:
            self._labels.extend(wanted)
            return
        kept = self._label_rows(trace.old_info, key)
        self._labels.extend(wanted - kept)
        self._old_labels.extend(kept - wanted)

    def _label_rows(self, info: TraceInfo, key: int) -> set[Row]:
        return {
            (info.experiment_id, self._label_id(label_key), value, info.request_time_ms, key)
            for label_key, value in labels_of(info)
        }

    def _label_id(self, key: LabelKey) -> int:
        return self._keys.label_id(self._cursor, key)
