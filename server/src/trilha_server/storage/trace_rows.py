"""The rows that one transaction writes, table by table."""

from trilha_server.domain.ids import otel_trace_id
from trilha_server.domain.trace import TraceInfo
from trilha_server.normalise.info import read_info
from trilha_server.storage import statements as sql
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Cursor, Row
from trilha_server.storage.keys import Keys
from trilha_server.storage.labels import LabelKey, labels_of
from trilha_server.storage.pending import PendingTrace


class TraceRows:
    """The rows that one transaction writes, table by table."""

    def __init__(self, codec: Codec, keys: Keys, cursor: Cursor) -> None:
        self._codec = codec
        self._keys = keys
        self._cursor = cursor
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
        columns = (
            info.experiment_id,
            trace.claim,
            info.request_time_ms,
            info.duration_ms,
            info.state.value,
            None if info.usage is None else info.usage.total_tokens,
            None if info.cost is None else info.cost.total_usd,
            self._kind_set_id(trace),
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

    def _difference(self, trace: PendingTrace, key: int, info: TraceInfo) -> None:
        wanted = self._label_rows(info, key)
        if trace.old_info is None:
            self._labels.extend(wanted)
            return
        kept = self._label_rows(trace.old_info, key)
        self._labels.extend(wanted - kept)
        self._old_labels.extend(kept - wanted)

    def _kind_set_id(self, trace: PendingTrace) -> int | None:
        if not trace.chunks:
            return trace.kind_set_id
        kinds = frozenset([(span.name, span.span_type, span.status) for span in trace.facts.values()])
        return self._keys.kind_set_id(self._cursor, kinds)

    def _label_rows(self, info: TraceInfo, key: int) -> set[Row]:
        return {
            (info.experiment_id, self._label_id(label_key), value, info.request_time_ms, key)
            for label_key, value in labels_of(info)
        }

    def _label_id(self, key: LabelKey) -> int:
        return self._keys.label_id(self._cursor, key)
