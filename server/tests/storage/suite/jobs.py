"""What every store promises about jobs."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from trilha_server.domain.errors import NotFound
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.job import Job, JobKind, JobState
from trilha_server.ports import Store

from server.tests.storage.conftest import Opener
from server.tests.support.spans import NOW_MS, FixedClock

ONE, TWO = ExperimentId(1), ExperimentId(2)
LEASE_MS = 1000


def a_job(number: int = 1, experiment: ExperimentId = ONE) -> Job:
    return Job(
        job_id=f"job-{number}",
        kind=JobKind.REPRICING,
        experiment_id=experiment,
        start_ms=1,
        end_ms=2**53,
        create_time_ms=NOW_MS + number,
        update_time_ms=NOW_MS + number,
    )


class JobsSuite:
    """Long work and who does it."""

    def test_a_job_comes_back_as_it_was_kept(self, opener: Opener) -> None:
        opener.open().jobs.create_job(a_job())
        opener.close()

        assert opener.open().jobs.get_job("job-1") == a_job()

    def test_a_job_that_is_not_there_is_missed(self, store: Store) -> None:
        for ask in (store.jobs.get_job, store.jobs.cancel_job):
            with pytest.raises(NotFound):
                ask("job-9")

    def test_jobs_are_listed_the_newest_first(self, store: Store) -> None:
        for job in (a_job(1), a_job(2, TWO), a_job(3)):
            store.jobs.create_job(job)

        assert [job.job_id for job in store.jobs.list_jobs(None, 10)] == ["job-3", "job-2", "job-1"]
        assert [job.job_id for job in store.jobs.list_jobs(ONE, 1)] == ["job-3"]

    def test_the_oldest_is_claimed_first_and_by_one_only(self, store: Store) -> None:
        store.jobs.create_job(a_job(2))
        store.jobs.create_job(a_job(1))

        first = store.jobs.claim_job("ana", LEASE_MS)
        assert first is not None
        assert (first.job_id, first.state) == ("job-1", JobState.RUNNING)
        second = store.jobs.claim_job("ben", LEASE_MS)
        assert second is not None
        assert second.job_id == "job-2"
        assert store.jobs.claim_job("cleo", LEASE_MS) is None
        assert store.jobs.claim_job("ana", LEASE_MS) == first

    def test_of_many_who_claim_at_once_one_gets_it(self, store: Store) -> None:
        store.jobs.create_job(a_job())

        with ThreadPoolExecutor(8) as pool:
            claims = [pool.submit(store.jobs.claim_job, f"owner {number}", LEASE_MS) for number in range(16)]

        assert sum(claim.result() is not None for claim in claims) == 1

    def test_progress_is_kept_for_whoever_goes_on(self, store: Store, clock: FixedClock) -> None:
        store.jobs.create_job(a_job())
        claimed = store.jobs.claim_job("ana", LEASE_MS)
        assert claimed is not None
        moved = msgspec.structs.replace(claimed, total=10, done=5, changed=2, position="here")

        assert store.jobs.advance_job(moved, "ana", LEASE_MS)
        clock.time_ms += LEASE_MS - 1
        assert store.jobs.claim_job("ben", LEASE_MS) is None
        clock.time_ms += 1
        taken = store.jobs.claim_job("ben", LEASE_MS)

        assert taken == msgspec.structs.replace(moved, update_time_ms=clock.time_ms)
        assert not store.jobs.advance_job(moved, "ana", LEASE_MS)

    def test_one_that_waits_may_be_claimed_at_once(self, store: Store) -> None:
        store.jobs.create_job(a_job())
        claimed = store.jobs.claim_job("ana", LEASE_MS)
        assert claimed is not None
        store.jobs.advance_job(msgspec.structs.replace(claimed, state=JobState.WAITING), "ana", LEASE_MS)

        assert store.jobs.claim_job("ben", LEASE_MS) is not None

    @pytest.mark.parametrize("end", [JobState.DONE, JobState.FAILED])
    def test_one_that_has_ended_stays_as_it_is(self, store: Store, end: JobState) -> None:
        store.jobs.create_job(a_job())
        claimed = store.jobs.claim_job("ana", LEASE_MS)
        assert claimed is not None
        assert store.jobs.advance_job(msgspec.structs.replace(claimed, state=end, error="why"), "ana", LEASE_MS)

        assert store.jobs.claim_job("ana", LEASE_MS) is None
        assert store.jobs.cancel_job("job-1").state is end
        assert store.jobs.get_job("job-1").error == "why"
        assert end.is_final

    def test_a_cancelled_one_is_not_moved_on(self, store: Store) -> None:
        store.jobs.create_job(a_job())
        claimed = store.jobs.claim_job("ana", LEASE_MS)
        assert claimed is not None

        assert store.jobs.cancel_job("job-1").state is JobState.CANCELLED
        assert not store.jobs.advance_job(msgspec.structs.replace(claimed, done=5), "ana", LEASE_MS)
        assert store.jobs.get_job("job-1").done == 0
        assert store.jobs.claim_job("ana", LEASE_MS) is None
