"""Keeps long work with its progress, and who does it."""

from trilha_server.domain.errors import NotFound
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.job import Job, JobKind, JobState
from trilha_server.ports import Clock
from trilha_server.storage.database import Database, Row
from trilha_server.storage.labels import storable

_COLUMNS = (
    "job_id, kind, experiment_id, start_ms, end_ms, state, total, done, changed, position, error, create_time_ms,"
    " update_time_ms"
)
_ADD = f"""
INSERT INTO job ({_COLUMNS}, owner, lease_until_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0)
"""
_GET = f"SELECT {_COLUMNS} FROM job WHERE job_id = ?"
_LIST = f"SELECT {_COLUMNS} FROM job{{}} ORDER BY create_time_ms DESC, job_id LIMIT ?"
_CANCEL = """
UPDATE job SET state = 'cancelled', update_time_ms = ? WHERE job_id = ? AND state IN ('waiting', 'running')
"""

# The last condition is asked again by whoever had to wait for another who claimed the same row.
_CLAIM = f"""
UPDATE job SET state = 'running', owner = ?, lease_until_ms = ?, update_time_ms = ? WHERE job_id = (
SELECT job_id FROM job WHERE state IN ('waiting', 'running') AND (owner = ? OR lease_until_ms <= ?)
ORDER BY create_time_ms, job_id LIMIT 1
) AND state IN ('waiting', 'running') AND (owner = ? OR lease_until_ms <= ?) RETURNING {_COLUMNS}
"""
_ANY = "SELECT job_id FROM job WHERE state IN ('waiting', 'running') LIMIT 1"
_ADVANCE = """
UPDATE job SET state = ?, total = ?, done = ?, changed = ?, position = ?, error = ?, update_time_ms = ?,
lease_until_ms = ? WHERE job_id = ? AND owner = ? AND state = 'running' RETURNING job_id
"""


class SqlJobs:
    """Jobs in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create_job(self, job: Job) -> None:
        """Keep a new one."""
        row = (
            job.job_id,
            job.kind.value,
            job.experiment_id,
            job.start_ms,
            job.end_ms,
            job.state.value,
            job.total,
            job.done,
            job.changed,
            job.position,
            job.error,
            job.create_time_ms,
            job.update_time_ms,
        )
        with self._database.writing() as cursor:
            cursor.execute(_ADD, row)

    def get_job(self, job_id: str) -> Job:
        """Read one."""
        with self._database.reading() as cursor:
            cursor.execute(_GET, (storable(job_id),))
            rows = cursor.rows()
        if not rows:
            raise NotFound("there is no such job", job_id=job_id[:80])
        return _job(rows[0])

    def list_jobs(self, experiment_id: ExperimentId | None, limit: int) -> list[Job]:
        """Read those of one experiment, or of all, the newest first."""
        wanted = {} if experiment_id is None else {" WHERE experiment_id = ?": experiment_id}
        with self._database.reading() as cursor:
            cursor.execute(_LIST.format("".join(wanted)), (*wanted.values(), limit))
            return [_job(row) for row in cursor]

    def cancel_job(self, job_id: str) -> Job:
        """Tell whoever works on one to stop."""
        with self._database.writing() as cursor:
            cursor.execute(_CANCEL, (self._clock.now_ms(), storable(job_id)))
        return self.get_job(job_id)

    def claim_job(self, owner: str, lease_ms: int) -> Job | None:
        """Take the oldest job that is free."""
        with self._database.reading() as cursor:  # whoever asks every now and then must not hold up writers
            cursor.execute(_ANY)
            if not cursor.rows():
                return None
        now_ms = self._clock.now_ms()
        values = (owner, now_ms + lease_ms, now_ms, owner, now_ms, owner, now_ms)
        with self._database.writing() as cursor:
            cursor.execute(_CLAIM, values)
            rows = cursor.rows()
        return _job(rows[0]) if rows else None

    def advance_job(self, job: Job, owner: str, lease_ms: int) -> bool:
        """Keep the progress of a job."""
        now_ms = self._clock.now_ms()
        lease_until_ms = now_ms + lease_ms if job.state is JobState.RUNNING else 0
        progress = (job.state.value, job.total, job.done, job.changed, job.position, job.error)
        with self._database.writing() as cursor:
            cursor.execute(_ADVANCE, (*progress, now_ms, lease_until_ms, job.job_id, owner))
            return bool(cursor.rows())


def _job(row: Row) -> Job:
    return Job(
        job_id=row[0],
        kind=JobKind(row[1]),
        experiment_id=ExperimentId(row[2]),
        start_ms=row[3],
        end_ms=row[4],
        state=JobState(row[5]),
        total=row[6],
        done=row[7],
        changed=row[8],
        position=row[9],
        error=row[10],
        create_time_ms=row[11],
        update_time_ms=row[12],
    )
