"""Goes past all traces of an experiment, in the order of an index."""

from trilha_server.domain.ids import ExperimentId, trace_id_of
from trilha_server.ports import TracePortion
from trilha_server.storage.database import Database

_PORTION = """
SELECT trace_id, time_ms, key FROM trace
WHERE experiment_id = ? AND time_ms < ? AND (time_ms, key) > (?, ?) ORDER BY time_ms, key LIMIT ?
"""
_COUNT = "SELECT count(*) FROM trace WHERE experiment_id = ? AND time_ms >= ? AND time_ms < ?"


class SqlTraceWalk:
    """Walks over the traces of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def portion(
        self, experiment_id: ExperimentId, start_ms: int, end_ms: int, position: str | None, limit: int
    ) -> TracePortion:
        """Name the next traces."""
        time_ms, _, key = (position or f"{start_ms} 0").partition(" ")
        with self._database.reading() as cursor:
            cursor.execute(_PORTION, (experiment_id, end_ms, int(time_ms), int(key), limit))
            rows = cursor.rows()
        last = f"{rows[-1][1]} {rows[-1][2]}" if len(rows) == limit else None
        return TracePortion([trace_id_of(bytes(row[0])) for row in rows], last)

    def count(self, experiment_id: ExperimentId, start_ms: int, end_ms: int) -> int:
        """Count the traces."""
        with self._database.reading() as cursor:
            cursor.execute(_COUNT, (experiment_id, start_ms, end_ms))
            return int(cursor.rows()[0][0])
