"""What every store promises about experiments and about the counts of what arrived."""

import msgspec
import pytest
from trilha_server.domain.errors import AlreadyExists, NotFound
from trilha_server.domain.experiment import LifecycleStage
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import IngestionCount, Store

from server.tests.support.spans import NOW_MS, FixedClock


class ExperimentsSuite:
    """Experiments have names of their own."""

    def test_there_is_a_default_experiment(self, store: Store) -> None:
        default = store.experiments.get_experiment(ExperimentId(0))

        assert (default.name, default.stage) == ("Default", LifecycleStage.ACTIVE)
        assert store.experiments.list_experiments() == [default]

    def test_a_new_one_comes_back_as_it_was_made(self, store: Store) -> None:
        made = store.experiments.create_experiment("/Shared/agent é", "s3://bucket", {"team": "ä\x00", "k": ""})

        assert made.create_time_ms == made.update_time_ms == NOW_MS
        assert store.experiments.get_experiment(made.experiment_id) == made
        assert store.experiments.experiment_by_name("/Shared/agent é") == made
        assert store.experiments.list_experiments()[-1] == made

    def test_names_are_taken_once_also_by_deleted_ones(self, store: Store) -> None:
        made = store.experiments.create_experiment("a", None, {})
        with pytest.raises(AlreadyExists):
            store.experiments.create_experiment("a", None, {})
        store.experiments.update_experiment(msgspec.structs.replace(made, stage=LifecycleStage.DELETED))

        with pytest.raises(AlreadyExists):
            store.experiments.create_experiment("a", None, {})

        deleted = store.experiments.experiment_by_name("a")
        assert deleted is not None
        assert deleted.stage is LifecycleStage.DELETED

    def test_numbers_are_never_used_twice(self, store: Store) -> None:
        first = store.experiments.create_experiment("a", None, {})
        with pytest.raises(AlreadyExists):
            store.experiments.create_experiment("a", None, {})
        second = store.experiments.create_experiment("b", None, {})

        assert 0 < first.experiment_id < second.experiment_id

    def test_one_can_be_renamed_to_a_free_name_only(self, store: Store, clock: FixedClock) -> None:
        made = store.experiments.create_experiment("a", None, {})
        store.experiments.create_experiment("b", None, {})
        clock.time_ms += 1000
        renamed = msgspec.structs.replace(made, name="c", tags={"k": "v"}, update_time_ms=clock.now_ms())

        store.experiments.update_experiment(renamed)
        with pytest.raises(AlreadyExists):
            store.experiments.update_experiment(msgspec.structs.replace(renamed, name="b"))

        assert store.experiments.get_experiment(made.experiment_id) == renamed
        assert store.experiments.experiment_by_name("a") is None

    def test_what_is_not_there_is_told(self, store: Store) -> None:
        made = store.experiments.create_experiment("a", None, {})
        gone = msgspec.structs.replace(made, experiment_id=ExperimentId(99), name="z")

        with pytest.raises(NotFound):
            store.experiments.get_experiment(ExperimentId(99))
        with pytest.raises(NotFound):
            store.experiments.update_experiment(gone)
        assert store.experiments.experiment_by_name("z") is None

    def test_text_with_nul_is_no_reason_to_fail(self, store: Store) -> None:
        made = store.experiments.create_experiment("a\x00b", "s3://\x00", {"\x00": "\x00"})
        store.experiments.update_experiment(made)

        assert store.experiments.experiment_by_name("a\x00b") == made
        assert store.experiments.get_experiment(made.experiment_id) == made


def a_count(**fields: object) -> IngestionCount:
    first = IngestionCount(
        experiment_id=ExperimentId(0),
        client="sdk/1",
        protocol="otlp-http",
        outcome="kept",
        reason="",
        requests=1,
        traces=2,
        spans=3,
        body_bytes=4,
        last_time_ms=NOW_MS,
    )
    return msgspec.structs.replace(first, **fields)


class IngestionSuite:
    """What arrived is counted for ever."""

    def test_counts_of_the_same_kind_add_up(self, store: Store) -> None:
        store.ingestion.add_counts([a_count()])
        store.ingestion.add_counts([a_count(spans=10, last_time_ms=NOW_MS + 5)])

        assert store.ingestion.counts() == [
            a_count(requests=2, traces=4, spans=13, body_bytes=8, last_time_ms=NOW_MS + 5)
        ]

    def test_the_last_time_never_goes_back(self, store: Store) -> None:
        store.ingestion.add_counts([a_count(last_time_ms=NOW_MS + 5)])
        store.ingestion.add_counts([a_count()])

        assert store.ingestion.counts()[0].last_time_ms == NOW_MS + 5

    def test_whatever_differs_is_counted_apart(self, store: Store) -> None:
        different = [
            a_count(),
            a_count(experiment_id=None),
            a_count(experiment_id=ExperimentId(7)),
            a_count(client="sdk/2"),
            a_count(protocol="mlflow"),
            a_count(outcome="rejected", reason="TooLarge"),
        ]
        store.ingestion.add_counts(different)

        assert sorted(map(repr, store.ingestion.counts())) == sorted(map(repr, different))

    def test_any_client_can_be_counted(self, store: Store) -> None:
        store.ingestion.add_counts([a_count(client="a\x00b"), a_count(client="c" * 10_000)])

        assert len(store.ingestion.counts()) == 2

    def test_no_counts_are_no_trouble(self, store: Store) -> None:
        store.ingestion.add_counts([])

        assert store.ingestion.counts() == []
