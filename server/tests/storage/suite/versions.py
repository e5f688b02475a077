"""What every store promises about versions of applications."""

from typing import Any

import msgspec
import pytest
from trilha_server.domain.errors import AlreadyExists, InvalidInput, NotFound
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.version import Version, VersionChange, VersionId, VersionMetric, VersionStatus
from trilha_server.ports import Store

from server.tests.support.runs import NAN, a_metric
from server.tests.support.spans import NOW_MS
from server.tests.support.versions import a_version, measured, version_id

ONE, OTHER = ExperimentId(1), ExperimentId(2)
NOBODY = VersionId("m-" + "f" * 32)


def created(store: Store, number: int = 1, **fields: Any) -> Version:  # Any: fields of every type
    made = a_version(number, **fields)
    store.versions.create_version(made)
    return made


class VersionsSuite:
    """Versions have ids of their own, and names that they may share."""

    def test_a_new_one_comes_back_as_it_was_made(self, store: Store) -> None:
        made = created(
            store,
            name="support-agent-v1.0.1 é",
            kind="agent",
            source_run_id="r1",
            tags={"mlflow.model.isExternal": "true", "": "ä" * 100_000},
            params={"temperature": "0.5", "empty": ""},
        )
        plain = created(store, 2)

        assert store.versions.get_version(made.version_id) == made
        assert store.versions.get_version(plain.version_id) == plain

    def test_an_id_is_taken_once_and_the_first_one_stays(self, store: Store) -> None:
        made = created(store, tags={"k": "v"})

        with pytest.raises(AlreadyExists):
            created(store, tags={"k": "w"}, name="other")
        assert store.versions.get_version(made.version_id) == made

    def test_the_newest_of_a_name_answers_to_it(self, store: Store) -> None:
        created(store, 1)
        newest = created(store, 2, create_time_ms=NOW_MS + 5)
        created(store, 3, create_time_ms=NOW_MS + 4)
        created(store, 4, create_time_ms=NOW_MS + 9, name="Agent")
        elsewhere = created(store, 5, create_time_ms=NOW_MS + 9, experiment_id=OTHER)

        assert store.versions.version_by_name(ONE, "agent") == newest
        assert store.versions.version_by_name(OTHER, "agent") == elsewhere
        assert store.versions.version_by_name(ONE, "nobody") is None

    def test_of_two_made_at_once_the_later_one_answers(self, store: Store) -> None:
        created(store, 2)
        later = created(store, 1)

        assert store.versions.version_by_name(ONE, "agent") == later

    def test_status_and_labels_change_and_the_rest_stays(self, store: Store) -> None:
        made = created(store, tags={"a": "1", "b": "2"}, params={"p": "1"}, kind="agent")
        change = VersionChange(
            time_ms=NOW_MS + 7, status=VersionStatus.READY, tags={"b": "3", "c": "4", "a": None}, params={"q": "2"}
        )

        changed = store.versions.change_version(made.version_id, change)

        assert changed == msgspec.structs.replace(
            made,
            status=VersionStatus.READY,
            update_time_ms=NOW_MS + 7,
            tags={"b": "3", "c": "4"},
            params={"p": "1", "q": "2"},
        )
        assert store.versions.get_version(made.version_id) == changed

    def test_a_change_of_labels_leaves_the_status(self, store: Store) -> None:
        made = created(store, status=VersionStatus.FAILED)
        changed = store.versions.change_version(made.version_id, VersionChange(time_ms=NOW_MS, tags={"a": "1"}))

        assert changed.status is VersionStatus.FAILED

    def test_a_parameter_keeps_its_first_value(self, store: Store) -> None:
        made = created(store, params={"p": "1"})
        again = VersionChange(time_ms=NOW_MS, params={"p": "1"})
        other = VersionChange(time_ms=NOW_MS, tags={"t": "1"}, params={"n": "1", "p": "2"})

        assert store.versions.change_version(made.version_id, again) == made
        with pytest.raises(InvalidInput, match="another value"):
            store.versions.change_version(made.version_id, other)
        assert store.versions.get_version(made.version_id) == made

    def test_a_tag_that_is_not_there_cannot_be_deleted(self, store: Store) -> None:
        made = created(store, params={"p": "1"})
        change = VersionChange(time_ms=NOW_MS + 1, tags={"new": "1", "p": None})

        with pytest.raises(NotFound):
            store.versions.change_version(made.version_id, change)
        assert store.versions.get_version(made.version_id) == made

    def test_a_deleted_one_is_found_only_where_it_is_asked_for(self, store: Store) -> None:
        older = created(store, 1)
        gone = created(store, 2, create_time_ms=NOW_MS + 1, tags={"k": "v"})
        store.versions.delete_version(gone.version_id, NOW_MS + 2)

        with pytest.raises(NotFound):
            store.versions.get_version(gone.version_id)
        kept = store.versions.get_version(gone.version_id, deleted_too=True)
        assert kept == msgspec.structs.replace(gone, is_deleted=True, update_time_ms=NOW_MS + 2)
        assert store.versions.version_by_name(ONE, "agent") == older
        with pytest.raises(NotFound):
            store.versions.change_version(gone.version_id, VersionChange(time_ms=NOW_MS))
        with pytest.raises(NotFound):
            store.versions.delete_version(gone.version_id, NOW_MS)

    def test_what_is_not_there_is_told(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.versions.get_version(NOBODY, deleted_too=True)
        with pytest.raises(NotFound):
            store.versions.change_version(NOBODY, VersionChange(time_ms=NOW_MS))
        with pytest.raises(NotFound):
            store.versions.delete_version(NOBODY, NOW_MS)

    def test_text_with_nul_is_no_reason_to_fail(self, store: Store) -> None:
        made = created(
            store, version_id=VersionId("m-\x00"), name="a\x00", kind="\x00", tags={"\x00": "\x00"}, params={"\x00": ""}
        )

        assert store.versions.get_version(made.version_id).name == "a\ufffd"
        assert store.versions.version_by_name(ONE, "a\x00") is not None
        store.versions.change_version(made.version_id, VersionChange(time_ms=NOW_MS, tags={"\x00": None}))

    def test_the_newest_point_of_each_metric_on_each_dataset_is_read_with_the_version(self, store: Store) -> None:
        made = created(store)
        on_train: dict[str, Any] = {"dataset_name": "train", "dataset_digest": "d1"}
        first = measured(
            store,
            1,
            a_metric(0.5, version_id=made.version_id),
            a_metric(0.6, step=1, version_id=made.version_id),
            a_metric(0.7, time_ms=NOW_MS - 1, step=9, version_id=made.version_id),
            a_metric(0.9, version_id=made.version_id, **on_train),
            a_metric(1.0, key="other", version_id=version_id(2)),
        )
        later = measured(store, 2, a_metric(NAN, key="n", version_id=made.version_id))

        seen = {
            (metric.key, metric.dataset_name): metric for metric in store.versions.get_version(made.version_id).metrics
        }

        assert seen["m", None] == VersionMetric(key="m", value=0.6, time_ms=NOW_MS, step=1, run_id=first)
        assert seen["m", "train"] == VersionMetric(key="m", value=0.9, time_ms=NOW_MS, step=0, run_id=first, **on_train)
        assert (repr(seen["n", None].value), seen["n", None].run_id) == ("nan", later)
        assert len(seen) == 3
