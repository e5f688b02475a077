"""Counts the traces that the sums do not hold: those of a store from before there were any, or all after a doubt."""

from trilha_server.domain.ids import ExperimentId, SpanId, trace_id_of
from trilha_server.domain.span import SpanFacts
from trilha_server.normalise.info import read_info
from trilha_server.storage import statements as sql
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Cursor, Database, Row
from trilha_server.storage.rollups import Counting, Rollups, has_uncounted
from trilha_server.storage.sequences import read_progress

PORTION_TRACES = 100
"""So many are counted in one transaction, which others wait for."""

_NEXT = "SELECT key, trace_id, experiment_id, change, record FROM trace WHERE key > ? ORDER BY key LIMIT ?"
_SET_TOKENS = """
UPDATE trace SET input_tokens = ?, output_tokens = ?, cache_read_tokens = ?, cache_write_tokens = ? WHERE key = ?
"""


class RollupFill:
    """Brings the sums up to date, a portion at a time."""

    def __init__(self, database: Database, codec: Codec, rollups: Rollups) -> None:
        self._database = database
        self._codec = codec
        self._rollups = rollups

    def count_more(self) -> bool:
        """Count some of the traces that are not counted and do not wait for it; says whether there were any."""
        with self._database.reading() as cursor:
            progress = read_progress(cursor)
            if not progress.is_behind and (self._rollups.waits(progress) or not has_uncounted(cursor, progress)):
                return False
        with self._rollups.transaction(0) as counting:
            if counting.progress.is_behind:  # nobody can say any more what the traces were that have changed
                counting.start_again()
            else:
                self._count(counting)
        return True

    def _count(self, counting: Counting) -> None:
        cursor = counting.cursor
        cursor.execute(_NEXT, (counting.progress.counted_key, PORTION_TRACES))
        rows = cursor.rows()
        for row in rows:
            self._count_trace(counting, row)
        counting.write_up_to(rows[-1][0] if len(rows) == PORTION_TRACES else counting.progress.last)

    def _count_trace(self, counting: Counting, row: Row) -> None:
        key, trace_id, experiment_id, change, frame = row
        cursor = counting.cursor
        record = self._codec.read_record(frame)
        info = read_info(trace_id_of(bytes(trace_id)), ExperimentId(experiment_id), record, change)
        counting.count(key, info, self._facts(cursor, key).values())
        usage = info.usage
        if usage is not None and key <= counting.progress.older_key:
            tokens = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
            cursor.execute(_SET_TOKENS, (*tokens, key))

    def _facts(self, cursor: Cursor, key: int) -> dict[SpanId, SpanFacts]:
        cursor.execute(sql.SPANS_OF_TRACE, (key,))
        facts: dict[SpanId, SpanFacts] = {}
        for (frame,) in cursor.rows():
            facts |= {each.span_id: each for each in self._codec.read_facts(frame)}
        return facts
