"""Reads traces and their spans."""

from collections.abc import Iterator, Sequence

from trilha_server.domain.batch import EncodedSpans
from trilha_server.domain.ids import ExperimentId, SpanId, TraceId, otel_trace_id, trace_id_of
from trilha_server.domain.span import Span, SpanFacts
from trilha_server.domain.trace import TraceInfo
from trilha_server.normalise.info import read_info
from trilha_server.normalise.otlp import decode_spans
from trilha_server.ports import Changes, Deletion, SpanWindow, TracePage, TraceQuery
from trilha_server.storage import statements as sql
from trilha_server.storage.chunking import chosen
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Cursor, Database, marks
from trilha_server.storage.structures import Structures

_PORTION = 500


class SqlTraceReader:
    """Reads traces from a database."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec
        self._structures = Structures()

    def get(self, trace_ids: Sequence[TraceId]) -> list[TraceInfo]:
        """Read traces; unknown ids are left out, the order is that of the ids."""
        found: dict[TraceId, TraceInfo] = {}
        ids = list(dict.fromkeys(trace_ids))
        with self._database.reading() as cursor:
            for start in range(0, len(ids), _PORTION):
                wanted = [otel_trace_id(trace_id) for trace_id in ids[start : start + _PORTION]]
                cursor.execute(sql.INFOS_BY_ID.format(marks(len(wanted))), wanted)
                found |= {info.trace_id: info for info in (self.info(*row) for row in cursor)}
        return [found[trace_id] for trace_id in ids if trace_id in found]

    def structure(self, trace_id: TraceId) -> list[SpanFacts]:
        """Read the facts of all spans of a trace, by start time."""
        with self._database.reading() as cursor:
            return self._structure(cursor, trace_id)

    def window(self, trace_id: TraceId, offset: int, limit: int) -> SpanWindow:
        """Read a part of the structure."""
        with self._database.reading() as cursor:
            cursor.execute(sql.TRACE_CHANGE, (otel_trace_id(trace_id),))
            rows = cursor.rows()
            if not rows:
                return SpanWindow([], 0, 0)
            change = int(rows[0][0])
            kept = self._structures.find(trace_id, change)
            if kept is not None:
                return SpanWindow(kept.part(offset, limit), kept.total, kept.start_ns)
            spans = self._structure(cursor, trace_id)
        self._structures.keep(trace_id, change, spans)
        return SpanWindow(spans[offset : offset + limit], len(spans), spans[0].start_ns if spans else 0)

    def spans(self, trace_id: TraceId, span_ids: Sequence[SpanId] | None = None) -> Iterator[Span]:
        """Read whole spans, all or some, a chunk at a time."""
        for facts, encoded in self.encoded_spans(trace_id, span_ids):
            yield from decode_spans(facts, encoded)

    def encoded_spans(
        self, trace_id: TraceId, span_ids: Sequence[SpanId] | None = None
    ) -> Iterator[tuple[list[SpanFacts], EncodedSpans]]:
        """Read the same as they are kept, a chunk at a time."""
        chunk_of: dict[SpanId, int] = {}
        with self._database.reading() as cursor:
            cursor.execute(sql.CHUNKS_OF_TRACE, (otel_trace_id(trace_id),))
            for chunk_id, frame in cursor:
                chunk_of |= {facts.span_id: chunk_id for facts in self._codec.read_facts(frame)}
        wanted: dict[int, set[SpanId]] = {}
        for span_id in chunk_of if span_ids is None else chunk_of.keys() & set(span_ids):
            wanted.setdefault(chunk_of[span_id], set()).add(span_id)
        for chunk_id in sorted(wanted):
            with self._database.reading() as cursor:
                cursor.execute(sql.CHUNK, (chunk_id,))
                rows = cursor.rows()
            if rows:  # else it was deleted meanwhile
                yield chosen(*self._codec.read_chunk(rows[0][0]), wanted[chunk_id])

    def search(self, query: TraceQuery) -> TracePage:
        """Find traces."""
        from trilha_server.storage.search import TraceSearch  # noqa: PLC0415  # loads SQLAlchemy: decision 0013

        return TraceSearch(self._database, self._codec).page(query, self)

    def changes_since(self, change: int, limit: int, experiment_ids: Sequence[ExperimentId] | None = None) -> Changes:
        """Read what changed after a change number."""
        of_experiments = "" if experiment_ids is None else sql.OF_EXPERIMENTS.format(marks(len(experiment_ids)))
        values = (change, *(experiment_ids or ()), limit)
        with self._database.reading() as cursor:
            cursor.execute(sql.DELETIONS.format(of_experiments), values)
            deletions = [
                Deletion(trace_id_of(trace_id), ExperimentId(experiment_id), number)
                for trace_id, experiment_id, number in cursor
            ]
            cursor.execute(sql.CHANGED_TRACES.format(of_experiments), values)
            infos = [self.info(*row) for row in cursor]
        # Where one list is full, what the other holds beyond its end belongs to a later call.
        ends = [items[-1].change for items in (infos, deletions) if len(items) == limit]
        last = min(ends) if ends else max([change, *(item.change for item in (*infos, *deletions))])
        return Changes(
            [info for info in infos if info.change <= last], [item for item in deletions if item.change <= last], last
        )

    def last_change(self) -> int:
        """Read the number of the newest change."""
        with self._database.reading() as cursor:
            cursor.execute(sql.LAST_CHANGE)
            return cursor.rows()[0][0]

    def _structure(self, cursor: Cursor, trace_id: TraceId) -> list[SpanFacts]:
        cursor.execute(sql.CHUNKS_OF_TRACE, (otel_trace_id(trace_id),))
        spans = {facts.span_id: facts for _, frame in cursor for facts in self._codec.read_facts(frame)}
        return sorted(spans.values(), key=lambda facts: (facts.start_ns, facts.span_id))

    def info(self, trace_id: bytes, experiment_id: int, change: int, record: bytes) -> TraceInfo:
        """Read a trace from the columns of its row."""
        return read_info(trace_id_of(trace_id), ExperimentId(experiment_id), self._codec.read_record(record), change)
