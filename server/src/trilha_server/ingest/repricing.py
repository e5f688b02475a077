"""Computes the costs of kept traces anew: long work, a portion at a time, while others write."""

import logging
import threading
from collections.abc import Sequence

import msgspec

from trilha_server.domain.batch import CostsChanged
from trilha_server.domain.errors import StoreFull, StoreUnavailable, TrilhaError
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.job import Job, JobState
from trilha_server.ingest.pricing import Pricer
from trilha_server.ports import JobStore, TraceReader, TraceWalk, TraceWriter

PORTION_TRACES = 25
"""Written in one transaction: senders wait no longer than for a group of their own."""

LEASE_MS = 10_000
"""A server that has not told of progress for so long has ended: another goes on."""

POLL_S = 2.0

_log = logging.getLogger(__name__)


class Repricing:
    """One thread that does the jobs, oldest first. Several servers on one store share them."""

    def __init__(
        self, jobs: JobStore, walk: TraceWalk, reader: TraceReader, writer: TraceWriter, pricer: Pricer, *, owner: str
    ) -> None:
        self._jobs = jobs
        self._walk = walk
        self._reader = reader
        self._writer = writer
        self._pricer = pricer
        self._owner = owner
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="repricing", daemon=True)

    def start(self) -> None:
        """Begin, and go on with what was begun before."""
        self._thread.start()

    def stop(self) -> None:
        """End after the portion at hand; this or another server goes on with the rest."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        """Look for a job now."""
        self._wake.set()

    def work(self) -> bool:
        """Do one portion of the oldest job; says whether there was one. Raises `StoreError`."""
        job = self._jobs.claim_job(self._owner, LEASE_MS)
        if job is None:
            return False
        try:
            moved = self._portion(job)
        except (StoreFull, StoreUnavailable):
            raise  # it may go better later
        except TrilhaError as error:
            moved = msgspec.structs.replace(job, state=JobState.FAILED, error=str(error))
        except Exception as error:  # a fault of ours must not be tried for ever
            _log.error("job failed", extra={"fields": {"job": job.job_id}}, exc_info=error)
            moved = msgspec.structs.replace(job, state=JobState.FAILED, error=type(error).__name__)
        if self._stopping and moved.state is JobState.RUNNING:
            moved = msgspec.structs.replace(moved, state=JobState.WAITING)
        self._jobs.advance_job(moved, self._owner, LEASE_MS)
        return True

    def _run(self) -> None:
        while not self._stopping:
            try:
                found = self.work()
            except TrilhaError as error:  # a full disk or a lost database
                _log.warning("job postponed", extra={"fields": {"cause": error}})
                found = False
            if not found:
                self._wake.wait(POLL_S)
                self._wake.clear()

    def _portion(self, job: Job) -> Job:
        self._pricer.forget(job.experiment_id)  # another server may have changed the prices a moment ago
        total = job.total
        if total is None:
            total = self._walk.count(job.experiment_id, job.start_ms, job.end_ms)
        portion = self._walk.portion(job.experiment_id, job.start_ms, job.end_ms, job.position, PORTION_TRACES)
        changed = self._reprice(job.experiment_id, portion.trace_ids)
        done = job.done + len(portion.trace_ids)
        return msgspec.structs.replace(
            job,
            state=JobState.DONE if portion.position is None else JobState.RUNNING,
            total=max(total, done),
            done=done,
            changed=job.changed + changed,
            position=portion.position,
        )

    def _reprice(self, experiment_id: ExperimentId, trace_ids: Sequence[TraceId]) -> int:
        updates: list[CostsChanged] = []
        for trace_id in trace_ids:
            spans = self._pricer.repriced(experiment_id, self._reader.structure(trace_id))
            if spans:
                updates.append(CostsChanged(trace_id=trace_id, spans=spans))
        if updates:
            self._writer.write(updates)
        return len(updates)
