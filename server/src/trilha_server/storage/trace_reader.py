"""Reads traces and their spans."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from trilha_server.domain.ids import ExperimentId, SpanId, TraceId, otel_trace_id, trace_id_of
from trilha_server.domain.span import Span, SpanFacts
from trilha_server.domain.trace import TraceInfo
from trilha_server.normalise.info import read_info
from trilha_server.normalise.otlp import decode_spans
from trilha_server.ports import Changes, Deletion, TracePage, TraceQuery
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Database
from trilha_server.storage.schema import chunk, deletion, sequence, trace
from trilha_server.storage.search import TraceSearch

TRACE_COLUMNS = (trace.c.key, trace.c.trace_id, trace.c.experiment_id, trace.c.change, trace.c.record)
_PORTION = 500


class SqlTraceReader:
    """Reads traces from a database."""

    def __init__(self, database: Database, codec: Codec, search: TraceSearch) -> None:
        self._database = database
        self._codec = codec
        self._search = search

    def get(self, trace_ids: Sequence[TraceId]) -> list[TraceInfo]:
        """Read traces; unknown ids are left out, the order is that of the ids."""
        found: dict[TraceId, TraceInfo] = {}
        ids = list(dict.fromkeys(trace_ids))
        with self._database.reading() as connection:
            for start in range(0, len(ids), _PORTION):
                wanted = [otel_trace_id(trace_id) for trace_id in ids[start : start + _PORTION]]
                statement = select(*TRACE_COLUMNS).where(trace.c.trace_id.in_(wanted))
                found |= {info.trace_id: info for info in self._infos(connection, statement)}
        return [found[trace_id] for trace_id in ids if trace_id in found]

    def structure(self, trace_id: TraceId) -> list[SpanFacts]:
        """Read the facts of all spans of a trace, by start time."""
        with self._database.reading() as connection:
            spans = {
                facts.span_id: facts
                for _, frame in connection.execute(_chunks_of(trace_id))
                for facts in self._codec.read_facts(frame)
            }
        return sorted(spans.values(), key=lambda facts: (facts.start_ns, facts.span_id))

    def spans(self, trace_id: TraceId, span_ids: Sequence[SpanId] | None = None) -> Iterator[Span]:
        """Read whole spans, all or some, a chunk at a time."""
        chunk_of: dict[SpanId, int] = {}
        with self._database.reading() as connection:
            for chunk_id, frame in connection.execute(_chunks_of(trace_id)):
                chunk_of |= {facts.span_id: chunk_id for facts in self._codec.read_facts(frame)}
        wanted = chunk_of.keys() if span_ids is None else set(span_ids) & chunk_of.keys()
        for chunk_id in sorted({chunk_of[span_id] for span_id in wanted}):
            with self._database.reading() as connection:
                frame = connection.execute(select(chunk.c.spans).where(chunk.c.id == chunk_id)).scalar()
            if frame is None:  # deleted meanwhile
                continue
            for span in decode_spans(*self._codec.read_chunk(frame)):
                span_id = span.facts.span_id
                if span_id in wanted and chunk_of[span_id] == chunk_id:
                    yield span

    def search(self, query: TraceQuery) -> TracePage:
        """Find traces."""
        return self._search.page(query, self)

    def changes_since(self, change: int, limit: int, experiment_ids: Sequence[ExperimentId] | None = None) -> Changes:
        """Read what changed after a change number."""
        traces = select(*TRACE_COLUMNS).where(trace.c.change > change).order_by(trace.c.change).limit(limit)
        gone = select(deletion).where(deletion.c.change > change).order_by(deletion.c.change).limit(limit)
        if experiment_ids is not None:
            traces = traces.where(trace.c.experiment_id.in_(experiment_ids))
            gone = gone.where(deletion.c.experiment_id.in_(experiment_ids))
        with self._database.reading() as connection:
            deletions = [
                Deletion(trace_id_of(bytes(row.trace_id)), ExperimentId(row.experiment_id), row.change)
                for row in connection.execute(gone)
            ]
            infos = self._infos(connection, traces)
        # Where one list is full, what the other holds beyond its end belongs to a later call.
        ends = [items[-1].change for items in (infos, deletions) if len(items) == limit]
        last = min(ends) if ends else max([change, *(item.change for item in (*infos, *deletions))])
        return Changes(
            [info for info in infos if info.change <= last], [item for item in deletions if item.change <= last], last
        )

    def last_change(self) -> int:
        """Read the number of the newest change."""
        with self._database.reading() as connection:
            return connection.execute(select(sequence.c.last).where(sequence.c.name == "change")).scalar_one()

    def info_of_row(self, row: RowMapping) -> TraceInfo:
        """Read a trace from a row that has `TRACE_COLUMNS`."""
        trace_id, experiment_id = trace_id_of(bytes(row["trace_id"])), ExperimentId(row["experiment_id"])
        return read_info(trace_id, experiment_id, self._codec.read_record(row["record"]), row["change"])

    def _infos(self, connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[TraceInfo]:
        return [self.info_of_row(row) for row in connection.execute(statement).mappings()]


def _chunks_of(trace_id: TraceId) -> Select[int, bytes]:
    key = select(trace.c.key).where(trace.c.trace_id == otel_trace_id(trace_id)).scalar_subquery()
    return select(chunk.c.id, chunk.c.spans).where(chunk.c.trace_key == key).order_by(chunk.c.id)
