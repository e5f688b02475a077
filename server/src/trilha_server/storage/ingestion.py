"""Keeps the counts of what arrived."""

from collections.abc import Sequence

from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import IngestionCount
from trilha_server.storage.database import Database
from trilha_server.storage.labels import index_value

_NO_EXPERIMENT = -1

_ADD = """
INSERT INTO ingestion
(experiment_id, client, protocol, outcome, reason, requests, traces, spans, body_bytes, last_time_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (experiment_id, client, protocol, outcome, reason) DO UPDATE SET
requests = ingestion.requests + excluded.requests, traces = ingestion.traces + excluded.traces,
spans = ingestion.spans + excluded.spans, body_bytes = ingestion.body_bytes + excluded.body_bytes,
last_time_ms = CASE WHEN excluded.last_time_ms > ingestion.last_time_ms
THEN excluded.last_time_ms ELSE ingestion.last_time_ms END
"""

_ALL = """
SELECT experiment_id, client, protocol, outcome, reason, requests, traces, spans, body_bytes, last_time_ms
FROM ingestion
"""


class SqlIngestion:
    """Counts in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_counts(self, counts: Sequence[IngestionCount]) -> None:
        """Add to what is counted already."""
        rows = [
            (
                _NO_EXPERIMENT if count.experiment_id is None else count.experiment_id,
                index_value(count.client),
                *(count.protocol, count.outcome, count.reason, count.requests, count.traces, count.spans),
                *(count.body_bytes, count.last_time_ms),
            )
            for count in counts
        ]
        with self._database.writing() as cursor:
            cursor.execute_many(_ADD, rows)

    def counts(self) -> list[IngestionCount]:
        """Read all."""
        with self._database.reading() as cursor:
            cursor.execute(_ALL)
            return [
                IngestionCount(None if row[0] == _NO_EXPERIMENT else ExperimentId(row[0]), *row[1:]) for row in cursor
            ]
