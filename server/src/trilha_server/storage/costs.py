"""Writes costs that were computed anew into the chunks that hold the spans."""

from trilha_server.domain.span import SpanFacts
from trilha_server.normalise.summary import say_the_same
from trilha_server.storage import statements as sql
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Cursor, Row
from trilha_server.storage.pending import PendingTrace


def change_costs(cursor: Cursor, codec: Codec, trace: PendingTrace) -> None:
    """Change the facts of a trace whose rows are written, and leave payloads as they are."""
    if not trace.recosted:
        return
    cursor.execute(sql.CHUNKS_OF_KEY, (trace.key,))
    changed: list[Row] = []
    for chunk_id, frame in cursor.rows():
        facts, encoded = codec.open_chunk(frame)
        anew = [_recosted(trace, span) for span in facts]
        if anew != facts:
            changed.append((codec.chunk_bytes(anew, encoded), chunk_id))
    cursor.execute_many(sql.CHANGE_CHUNK, changed)


def _recosted(trace: PendingTrace, span: SpanFacts) -> SpanFacts:
    """Take a span's new costs, unless the chunk holds what its sender said before."""
    found = trace.recosted.get(span.span_id)
    return found if found is not None and say_the_same(span, found) else span
