"""What every store promises about the search for versions."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.filter import Filter
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.version import DatasetKey, Version, VersionChange, VersionId, VersionOrderTerm, VersionStatus
from trilha_server.ports import Store, VersionQuery
from trilha_server.search.versions import (
    OrderText,
    is_on,
    matches_version,
    mentions_metrics,
    parse_version_filter,
    parse_version_order,
)

from server.tests.support.runs import NAN, a_metric
from server.tests.support.spans import NOW_MS
from server.tests.support.versions import (
    RandomVersion,
    a_version,
    dataset_choices,
    measured,
    random_versions,
    version_filters,
    version_id,
    version_orders,
)

ONE, OTHER = ExperimentId(1), ExperimentId(2)

_experiments = count(100)
_runs = count(1000)


def found_by(
    store: Store,
    tree: Filter | None = None,
    order: Sequence[VersionOrderTerm] = (),
    limit: int = 1000,
    datasets: Sequence[DatasetKey] = (),
    experiments: Sequence[ExperimentId] = (ONE,),
) -> Iterator[Version]:
    """All versions of a search, page by page."""
    query = VersionQuery(
        experiment_ids=tuple(experiments), filter=tree, order=tuple(order), datasets=tuple(datasets), limit=limit
    )
    while True:
        page = store.versions.search_versions(query)
        assert len(page.versions) <= limit
        yield from page.versions
        if page.next_page_token is None:
            return
        query = msgspec.structs.replace(query, page_token=page.next_page_token)


def numbers(versions: Iterator[Version]) -> list[int]:
    return [int(version.version_id.rpartition("-")[2], 16) for version in versions]


def found(store: Store, text: str) -> list[int]:
    return numbers(found_by(store, parse_version_filter(text)))


def ordered(store: Store, *terms: OrderText) -> list[int]:
    return numbers(found_by(store, None, parse_version_order(terms)))


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with four versions."""
    for number, name, status, kind in (
        (1, "agent-v1.0.0", VersionStatus.READY, "agent"),
        (2, "agent-v1.0.1", VersionStatus.PENDING, None),
        (3, "O'Neil", VersionStatus.FAILED, "agent"),
        (4, "agent-v1.0.1", VersionStatus.READY, "judge"),
    ):
        labels = {"n": str(number), "git.branch": "main" if number % 2 else "feature/x"}
        made = a_version(
            number,
            name=name,
            status=status,
            kind=kind,
            create_time_ms=NOW_MS + number,
            source_run_id="r1" if number == 3 else None,
            tags=labels if number < 4 else {},
            params={"temperature": "0.5"} if number == 2 else {},
        )
        store.versions.create_version(made)
    return store


class VersionSearchSuite:
    """Versions are found by what they are, by their labels and by what was measured on them."""

    def test_the_newest_come_first(self, filled: Store) -> None:
        assert numbers(found_by(filled)) == [4, 3, 2, 1]

    def test_of_those_made_at_once_the_later_one_comes_first(self, store: Store) -> None:
        for number in (2, 3, 1):
            store.versions.create_version(a_version(number))

        assert numbers(found_by(store)) == [1, 3, 2]

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("name = 'agent-v1.0.1'", [4, 2]),
            ("name='agent-v1.0.1' AND status = 'READY'", [4]),
            ("status = 'READY'", [4, 1]),
            ("status = 'LOGGED_MODEL_READY'", [4, 1]),
            ("status != 'READY'", [3, 2]),
            ("status IN ('FAILED', 'LOGGED_MODEL_PENDING')", [3, 2]),
            ("status NOT IN ('LOGGED_MODEL_UPLOAD_FAILED')", [4, 2, 1]),
            ("status LIKE '%AD%'", [4, 1]),
            ("name LIKE 'agent-v1.0._'", [4, 2, 1]),
            ("name ILIKE 'AGENT%'", [4, 2, 1]),
            ("name = 'O''Neil'", [3]),
            ("model_type = 'agent'", [3, 1]),
            ("model_type != 'agent'", [4]),
            ("NOT model_type = 'agent'", [4, 2]),
            ("model_type IS NULL", [2]),
            ("source_run_id = 'r1'", [3]),
            (f"model_id = '{version_id(2)}'", [2]),
            ("tags.n = '2' OR tags.n = '1'", [2, 1]),
            ("tags.`git.branch` = 'main'", [3, 1]),
            ("tags.git.branch LIKE 'feature/%'", [2]),
            ("tags.n IS NULL", [4]),
            ("tags.n != '1'", [3, 2]),
            ("params.temperature = '0.5'", [2]),
            ("params.n = '2'", []),
            (f"creation_timestamp >= {NOW_MS + 3}", [4, 3]),
            (f"attributes.creation_time < {NOW_MS + 2}", [1]),
            (f"last_updated_timestamp > {NOW_MS}", []),
            ("experiment_id = '1' AND name RLIKE '^agent.*[01]$'", [4, 2, 1]),
        ],
    )
    def test_a_filter_finds(self, filled: Store, text: str, wanted: list[int]) -> None:
        assert found(filled, text) == wanted

    def test_versions_of_other_experiments_are_not_found(self, filled: Store) -> None:
        filled.versions.create_version(a_version(9, experiment_id=OTHER, create_time_ms=NOW_MS))

        assert numbers(found_by(filled, experiments=(OTHER,))) == [9]
        assert numbers(found_by(filled, experiments=(OTHER, ONE))) == [4, 3, 2, 1, 9]
        assert numbers(found_by(filled, experiments=())) == []

    def test_deleted_ones_are_not_found(self, filled: Store) -> None:
        filled.versions.delete_version(version_id(3), NOW_MS)

        assert numbers(found_by(filled)) == [4, 2, 1]

    @pytest.mark.parametrize(
        ("term", "wanted"),
        [
            (OrderText("creation_time"), [1, 2, 3, 4]),
            (OrderText("name"), [3, 1, 4, 2]),
            (OrderText("tags.n", descending=True), [3, 2, 1, 4]),
            (OrderText("params.temperature"), [2, 4, 3, 1]),
            (OrderText("model_type", descending=True), [4, 3, 1, 2]),
            (OrderText("metrics.nothing"), [4, 3, 2, 1]),
        ],
    )
    def test_an_order_sorts_and_versions_without_the_field_come_last(
        self, filled: Store, term: OrderText, wanted: list[int]
    ) -> None:
        assert ordered(filled, term) == wanted

    def test_metrics_are_compared_by_their_newest_point(self, filled: Store) -> None:
        on_train: dict[str, Any] = {"dataset_name": "train", "dataset_digest": "d1"}
        measured(filled, 1, a_metric(0.9, version_id=version_id(1)), a_metric(0.2, step=1, version_id=version_id(1)))
        measured(filled, 2, a_metric(0.5, version_id=version_id(2)), a_metric(NAN, version_id=version_id(3)))
        measured(filled, 3, a_metric(0.8, version_id=version_id(4), **on_train))

        assert found(filled, "metrics.m > 0.3") == [4, 2]
        assert found(filled, "metrics.m <= 0.2") == [1]
        assert found(filled, "metrics.m != 0.5") == [4, 3, 1]
        assert found(filled, "metrics.m IS NULL OR metrics.other > 0") == []
        assert ordered(filled, OrderText("metrics.m")) == [1, 2, 4, 3]
        assert ordered(filled, OrderText("metrics.m", descending=True)) == [4, 2, 1, 3]
        assert ordered(filled, OrderText("metrics.m", dataset=DatasetKey("train"))) == [4, 3, 2, 1]
        tree = parse_version_filter("metrics.m > 0.3")
        assert numbers(found_by(filled, tree, datasets=(DatasetKey("train", "d1"),))) == [4]
        assert numbers(found_by(filled, None, datasets=(DatasetKey("train"),))) == [4]
        assert numbers(found_by(filled, tree, datasets=(DatasetKey("train", "d2"), DatasetKey("eval")))) == []

    def test_what_is_made_meanwhile_neither_repeats_nor_hides_a_version(self, filled: Store) -> None:
        pages = found_by(filled, limit=2)
        first = [next(pages), next(pages)]
        filled.versions.create_version(a_version(7, create_time_ms=NOW_MS + 7))
        filled.versions.delete_version(version_id(4), NOW_MS)
        filled.versions.change_version(version_id(2), VersionChange(time_ms=NOW_MS + 9))

        assert numbers(iter([*first, *pages])) == [4, 3, 2, 1]

    @pytest.mark.parametrize(
        ("one", "other"), [("name", "creation_time"), ("metrics.m", "name"), ("name", "metrics.m")]
    )
    def test_the_token_of_another_order_is_refused(self, filled: Store, one: str, other: str) -> None:
        query = VersionQuery(experiment_ids=(ONE,), order=parse_version_order([OrderText(one)]), limit=1)
        token = filled.versions.search_versions(query).next_page_token

        changed = msgspec.structs.replace(query, order=parse_version_order([OrderText(other)]), page_token=token)
        with pytest.raises(InvalidInput, match="another order"):
            filled.versions.search_versions(changed)

    @pytest.mark.slow
    @settings(max_examples=60)
    @given(made=random_versions(), tree=version_filters(), order=version_orders(), datasets=dataset_choices())
    def test_what_sql_finds_is_what_the_filter_says(
        self,
        store: Store,
        made: list[RandomVersion],
        tree: Filter,
        order: tuple[VersionOrderTerm, ...],
        datasets: tuple[DatasetKey, ...],
    ) -> None:
        experiment_id = ExperimentId(next(_experiments))
        for one in made:
            kept_id = VersionId(f"m-{experiment_id:08x}{one.version.version_id[10:]}")
            changed = msgspec.structs.replace(one.version, version_id=kept_id, experiment_id=experiment_id)
            store.versions.create_version(changed)
            metrics = [msgspec.structs.replace(metric, version_id=kept_id) for metric in one.metrics]
            measured(store, next(_runs), *metrics)
        everything = list(found_by(store, None, order, experiments=(experiment_id,)))
        assert len(everything) == len(made)

        expected = [
            version.version_id
            for version in everything
            if matches_version(tree, version, datasets)
            and (mentions_metrics(tree) or not datasets or any(is_on(metric, datasets) for metric in version.metrics))
        ]

        for limit in (2, 1000):
            versions = found_by(store, tree, order, limit, datasets, (experiment_id,))
            assert [version.version_id for version in versions] == expected
