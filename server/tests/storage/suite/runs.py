"""What every store promises about runs."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import msgspec
import pytest
from hypothesis import given
from trilha_server.domain.errors import AlreadyExists, InvalidInput, NotFound
from trilha_server.domain.experiment import LifecycleStage
from trilha_server.domain.filter import Filter, OrderTerm
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.run import DatasetInput, Metric, Run, RunChange, RunStatus, VersionOutput
from trilha_server.domain.version import VersionId
from trilha_server.ports import RunQuery, Store
from trilha_server.search.page_token import encode_page_token
from trilha_server.search.runs import matches_run, parse_run_filter, parse_run_order

from server.tests.storage.conftest import Opener
from server.tests.support.runs import (
    INFINITY,
    NAN,
    a_metric,
    a_run,
    an_input,
    random_runs,
    run_filters,
    run_id,
    run_orders,
)
from server.tests.support.spans import NOW_MS

ONE = run_id(1)
_experiments = count(1)


def latest(store: Store, key: str = "m") -> Metric:
    [found] = [metric for metric in store.runs.get_run(ONE).metrics if metric.key == key]
    return found


def log(store: Store, *metrics: Metric) -> None:
    store.runs.change_run(ONE, RunChange(metrics=metrics))


def history(store: Store, *, limit: int = 100, key: str = "m") -> list[Metric]:
    found: list[Metric] = []
    token = None
    while True:
        page = store.runs.metric_history(ONE, key, limit, token)
        assert len(page.metrics) <= limit
        found += page.metrics
        token = page.next_page_token
        if token is None:
            return found


class RunsSuite:
    """A run keeps what it is told."""

    def test_one_comes_back_as_it_was_made(self, store: Store, opener: Opener) -> None:
        made = a_run(
            name="é",
            user="",
            status=RunStatus.FAILED,
            end_time_ms=NOW_MS + 9,
            params={"lr": "0.1", "empty": ""},
            tags={"mlflow.user": "ann", "ü/key": "x" * 100_000},
            metrics=(a_metric(0.5, key="acc", step=-3), a_metric(2.0)),
            datasets=(an_input("a", context="training", schema="{}", profile="{}"), an_input("b", "d2")),
            versions_used=(VersionId("m-1"),),
            versions_made=(VersionOutput(version_id=VersionId("m-2"), step=4),),
        )
        store.runs.create_run(made)

        assert store.runs.get_run(ONE) == made
        opener.close()
        assert opener.open().runs.get_run(ONE) == made

    def test_an_id_is_taken_once(self, store: Store) -> None:
        store.runs.create_run(a_run(name="first"))
        with pytest.raises(AlreadyExists):
            store.runs.create_run(a_run(name="second", tags={"k": "v"}))

        kept = store.runs.get_run(ONE)
        assert (kept.name, kept.tags) == ("first", {})

    def test_what_is_not_there_is_told(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.runs.get_run("no run")
        with pytest.raises(NotFound):
            store.runs.change_run(ONE, RunChange(tags={"k": "v"}))
        with pytest.raises(NotFound):
            store.runs.move_run(ONE, LifecycleStage.DELETED)
        with pytest.raises(NotFound):
            store.runs.metric_history(ONE, "m", 1)

    def test_what_a_change_does_not_name_stays(self, store: Store) -> None:
        made = a_run(tags={"k": "v"}, params={"p": "1"})
        store.runs.create_run(made)
        store.runs.change_run(ONE, RunChange())
        assert store.runs.get_run(ONE) == made

        store.runs.change_run(ONE, RunChange(name="new", status=RunStatus.FINISHED, end_time_ms=NOW_MS + 5))

        expected = msgspec.structs.replace(made, name="new", status=RunStatus.FINISHED, end_time_ms=NOW_MS + 5)
        assert store.runs.get_run(ONE) == expected

    def test_a_run_that_goes_on_again_has_not_ended(self, store: Store) -> None:
        store.runs.create_run(a_run(status=RunStatus.FINISHED, end_time_ms=NOW_MS + 5))

        store.runs.change_run(ONE, RunChange(status=RunStatus.RUNNING))

        kept = store.runs.get_run(ONE)
        assert (kept.status, kept.end_time_ms) == (RunStatus.RUNNING, None)

    def test_tags_are_changed_and_deleted(self, store: Store) -> None:
        store.runs.create_run(a_run(tags={"a": "1", "b": "1"}))

        store.runs.change_run(ONE, RunChange(tags={"a": "2", "b": None, "c": ""}))

        assert store.runs.get_run(ONE).tags == {"a": "2", "c": ""}

    def test_a_change_is_made_whole_or_not_at_all(self, store: Store) -> None:
        made = a_run(params={"p": "1"})
        store.runs.create_run(made)
        everything = RunChange(
            name="new",
            tags={"a": "2"},
            metrics=(a_metric(1),),
            datasets=(an_input(),),
            versions_used=(VersionId("m-1"),),
        )

        with pytest.raises(NotFound):
            store.runs.change_run(ONE, msgspec.structs.replace(everything, tags={"a": "2", "z": None}))
        with pytest.raises(InvalidInput):
            store.runs.change_run(ONE, msgspec.structs.replace(everything, params={"a": "new", "p": "2"}))

        assert store.runs.get_run(ONE) == made

    def test_a_parameter_keeps_its_first_value(self, store: Store) -> None:
        store.runs.create_run(a_run())
        store.runs.change_run(ONE, RunChange(params={"lr": "0.1", "x" * 250: "é\x00"}))
        store.runs.change_run(ONE, RunChange(params={"lr": "0.1", "x" * 250: "é\x00", "more": ""}))

        with pytest.raises(InvalidInput, match="log the other value under another name") as caught:
            store.runs.change_run(ONE, RunChange(params={"lr": "0.2"}))

        assert caught.value.context == {"key": "lr", "kept": "0.1"}
        assert store.runs.get_run(ONE).params["lr"] == "0.1"

    def test_a_deleted_run_is_read_and_changes_no_more(self, store: Store) -> None:
        store.runs.create_run(a_run())
        for _ in range(2):
            store.runs.move_run(ONE, LifecycleStage.DELETED)
        with pytest.raises(InvalidInput, match="the run is deleted"):
            store.runs.change_run(ONE, RunChange(name="new"))
        assert store.runs.get_run(ONE) == a_run(stage=LifecycleStage.DELETED)

        for _ in range(2):
            store.runs.move_run(ONE, LifecycleStage.ACTIVE)
        store.runs.change_run(ONE, RunChange(name="new"))

        assert store.runs.get_run(ONE) == a_run(name="new")

    def test_runs_go_and_come_with_their_experiment(self, store: Store) -> None:
        experiment = store.experiments.create_experiment("e", None, {})
        mine = {"experiment_id": experiment.experiment_id}
        store.runs.create_run(a_run(1, **mine))
        store.runs.create_run(a_run(2, **mine, stage=LifecycleStage.DELETED))
        store.experiments.update_experiment(msgspec.structs.replace(experiment, stage=LifecycleStage.DELETED))

        assert store.runs.get_run(ONE).stage is LifecycleStage.DELETED
        with pytest.raises(InvalidInput, match="deleted"):
            store.runs.change_run(ONE, RunChange(name="new"))

        store.experiments.update_experiment(experiment)
        assert [store.runs.get_run(run_id(n)).stage.value for n in (1, 2)] == ["active", "deleted"]

    def test_data_is_described_once_for_an_experiment(self, store: Store) -> None:
        first, other = an_input(profile="first", context="train"), an_input("other")
        again: DatasetInput = an_input(profile="again", context="eval")
        store.runs.create_run(a_run(1, datasets=(first,)))
        store.runs.create_run(a_run(2, datasets=(again,)))
        store.runs.change_run(ONE, RunChange(datasets=(other, again)))

        described = [store.runs.get_run(run_id(n)).datasets for n in (1, 2)]

        expected = msgspec.structs.replace(again, dataset=first.dataset)
        assert described == [(expected, other), (expected,)]

    def test_versions_are_linked_once(self, store: Store) -> None:
        store.runs.create_run(a_run())
        for step in (1, 2):
            made = (VersionOutput(version_id=VersionId("m-2"), step=step),)
            store.runs.change_run(
                ONE, RunChange(versions_used=(VersionId("m-1"), VersionId("m-2")), versions_made=made)
            )

        kept = store.runs.get_run(ONE)

        assert kept.versions_used == ("m-1", "m-2")
        assert kept.versions_made == (VersionOutput(version_id=VersionId("m-2"), step=2),)

    def test_text_with_nul_is_no_reason_to_fail(self, store: Store) -> None:
        nul = "a\x00b"
        made = a_run(name=nul, user=nul, params={nul: nul}, tags={nul: nul}, metrics=(a_metric(1, key=nul),))
        store.runs.create_run(made)
        store.runs.change_run(ONE, RunChange(tags={nul: None}, datasets=(an_input(nul, nul, nul),)))

        assert store.runs.get_run(ONE).params == {"a\ufffdb": "a\ufffdb"}
        assert history(store, key=nul)
        assert found(store, "params.`a\x00b` = 'a\x00b' AND datasets.context = 'a\x00b'") == [1]
        with pytest.raises(NotFound):
            store.runs.get_run(nul)


class MetricsSuite:
    """Every point of a metric is kept, and the latest is known."""

    @pytest.fixture(autouse=True)
    def run(self, store: Store) -> None:
        store.runs.create_run(a_run())

    @pytest.mark.parametrize("at_once", [True, False])
    def test_the_latest_has_the_highest_step_then_time_then_value(self, store: Store, at_once: bool) -> None:
        points = [
            a_metric(5, step=1, time_ms=NOW_MS + 9),
            a_metric(1, step=2),
            a_metric(2, step=2, time_ms=NOW_MS + 1),
            a_metric(3, step=2, time_ms=NOW_MS + 1),
            a_metric(-9, step=-5, time_ms=NOW_MS + 99),
        ]
        for order in (points, points[::-1]):
            if at_once:
                log(store, *order)
            else:
                for point in order:
                    log(store, point)
            assert latest(store) == points[3]

    def test_histories_are_read_by_time_step_and_value_page_by_page(self, store: Store) -> None:
        points = [
            *(
                a_metric(value, step=step, time_ms=NOW_MS + time)
                for time in (0, 1)
                for step in (-1, 3)
                for value in (1, 2)
            ),
        ]
        log(store, *points[::2])
        log(store, *points[1::2], a_metric(7, key="other"))

        assert [history(store, limit=limit) for limit in (1, 3, 8, 100)] == [points] * 4
        assert store.runs.metric_history(ONE, "nothing", 5).metrics == []

    def test_a_point_that_comes_again_is_kept_once(self, store: Store) -> None:
        for _ in range(2):
            log(store, a_metric(1, step=1), a_metric(1, step=1), a_metric(NAN, step=2), a_metric(NAN, step=2))

        assert len(history(store)) == 2

    def test_writers_at_once_lose_nothing(self, store: Store) -> None:
        def write(writer: int) -> None:
            for step in range(5):
                points = [a_metric(step, key=f"k{(writer + n) % 3}", step=step, time_ms=writer) for n in range(3)]
                data = (an_input(f"d{step}"), an_input(f"d{4 - step}"))
                change = RunChange(metrics=tuple(points), params={"b": "1", f"p{step}": "1"}, datasets=data)
                store.runs.change_run(ONE, change)

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(write, range(6)))

        kept = store.runs.get_run(ONE)
        assert len(kept.params) == 6
        assert len(kept.datasets) == 5
        assert list(kept.metrics) == [a_metric(4, key=f"k{n}", step=4, time_ms=5) for n in range(3)]
        assert [len(history(store, key=f"k{n}")) for n in range(3)] == [30] * 3

    def test_of_two_values_at_once_one_is_kept_and_the_other_refused(self, store: Store) -> None:
        def write(value: int) -> str | None:
            try:
                store.runs.change_run(ONE, RunChange(params={"p": str(value)}))
            except InvalidInput:
                return None
            return str(value)

        with ThreadPoolExecutor(6) as threads:
            [accepted] = [value for value in threads.map(write, range(6)) if value is not None]

        assert store.runs.get_run(ONE).params == {"p": accepted}

    @pytest.mark.parametrize("value", [INFINITY, -INFINITY, 1.7976931348623157e308, 5e-324, -0.1, 2.0**63])
    def test_every_number_comes_back(self, store: Store, value: float) -> None:
        log(store, a_metric(value, step=-(2**63), time_ms=2**62))

        assert history(store) == [latest(store)] == [a_metric(value, step=-(2**63), time_ms=2**62)]

    def test_what_is_no_number_comes_back(self, store: Store) -> None:
        log(store, a_metric(NAN, step=1), a_metric(0, step=1), a_metric(INFINITY), a_metric(NAN, step=2))

        assert latest(store).is_nan
        read = [(each.step, each.is_nan) for each in history(store, limit=1)]
        assert read == [(0, False), (1, False), (1, True), (2, True)]

    @pytest.mark.parametrize(
        "token", [encode_page_token([1]), encode_page_token(["a", 1, "0x0p0"]), encode_page_token([1, 1, "x"]), "é"]
    )
    def test_a_token_of_something_else_is_refused(self, store: Store, token: str) -> None:
        with pytest.raises(InvalidInput, match="page token"):
            store.runs.metric_history(ONE, "m", 1, token)


def found(
    store: Store, text: str = "", *, order: Sequence[str] = (), limit: int = 1000, experiments: Sequence[int] = (0,)
) -> list[int]:
    """Find runs by what people write, page by page; says their numbers."""
    by = parse_run_order(order)
    return [int(run.run_id, 16) for run in found_by(store, parse_run_filter(text), by, limit, experiments)]


def found_by(
    store: Store,
    tree: Filter | None,
    order: tuple[OrderTerm, ...] = (),
    limit: int = 1000,
    experiments: Sequence[int] = (0,),
) -> Iterator[Run]:
    token = None
    while True:
        query = RunQuery(
            experiment_ids=tuple(map(ExperimentId, experiments)),
            filter=tree,
            order=order,
            limit=limit,
            page_token=token,
        )
        page = store.runs.search_runs(query)
        assert len(page.runs) <= limit
        yield from page.runs
        if page.next_page_token is None:
            return
        assert len(page.runs) == limit, "a page before the last is full"
        token = page.next_page_token


class RunSearchSuite:
    """What is asked for is found."""

    def test_the_newest_come_first_over_all_experiments_asked_for(self, store: Store) -> None:
        ids = [store.experiments.create_experiment(name, None, {}).experiment_id for name in ("a", "b")]
        for number, place, time in ((1, ids[0], 30), (2, ids[1], 40), (3, 0, 50), (4, ids[1], 10), (5, ids[0], 10)):
            store.runs.create_run(a_run(number, experiment_id=place, start_time_ms=time))

        assert [found(store, limit=limit, experiments=(*ids, ids[0])) for limit in (1, 2, 3, 10)] == [[2, 1, 5, 4]] * 4
        assert found(store, experiments=()) == []
        assert found(store, experiments=(99_999,)) == []
        assert found(store, experiments=range(-40_000, 0)) == []

    @pytest.mark.parametrize("order", [(), ("metrics.m",), ("params.p DESC", "start_time")])
    def test_what_is_written_meanwhile_neither_repeats_nor_hides_a_run_of_later_pages(
        self, store: Store, order: Sequence[str]
    ) -> None:
        for number in range(1, 10):
            store.runs.create_run(a_run(number, metrics=(a_metric(-number),), params={"p": f"{number}"}))
        seen: list[int] = []
        for position, run in enumerate(found_by(store, None, parse_run_order(order), limit=2)):
            seen.append(int(run.run_id, 16))
            newest = a_run(100 + position, metrics=(a_metric(-1000),), params={"p": "99"})
            store.runs.create_run(newest)
            if position == 1:
                store.runs.move_run(run_id(9), LifecycleStage.DELETED)

        assert seen == [9, 8, 7, 6, 5, 4, 3, 2, 1]

    def test_each_stage_is_found_where_it_is_asked_for(self, store: Store) -> None:
        away = store.experiments.create_experiment("away", None, {})
        for number, place in ((1, 0), (2, 0), (3, away.experiment_id)):
            store.runs.create_run(a_run(number, experiment_id=place))
        store.runs.move_run(run_id(2), LifecycleStage.DELETED)
        store.experiments.update_experiment(msgspec.structs.replace(away, stage=LifecycleStage.DELETED))

        def in_stages(*stages: LifecycleStage) -> list[tuple[int, str]]:
            query = RunQuery(experiment_ids=(ExperimentId(0), away.experiment_id), stages=stages)
            return [(int(run.run_id, 16), run.stage.value) for run in store.runs.search_runs(query).runs]

        assert in_stages(LifecycleStage.ACTIVE) == [(1, "active")]
        assert in_stages(LifecycleStage.DELETED) == [(3, "deleted"), (2, "deleted")]
        assert in_stages(*LifecycleStage) == [(3, "deleted"), (2, "deleted"), (1, "active")]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("metrics.acc > 0.1 and params.lr = '1'", [2]),
            ("metrics.`acc` <= 0.5", [1]),
            ("metrics.acc != 0.5", [3, 2]),
            ("metrics.acc IS NULL", [4]),
            ("NOT metrics.acc > 0", [4, 3]),
            ("tags.`mlflow.source.name` LIKE 'tr%'", [2, 1]),
            ("tags.mlflow.source.name = 'train.py'", [2, 1]),
            ("attributes.status = 'FINISHED'", [2]),
            ("status != 'FINISHED' AND run_name ILIKE 'RUN %'", [4, 3, 1]),
            (f"run_id IN ('{run_id(1)}', '{run_id(3)}', 'x')", [3, 1]),
            (f"attributes.start_time >= {NOW_MS + 3}", [4, 3]),
            (f"end_time < {NOW_MS + 10}", [2]),
            ("datasets.name = 'b' AND dataset.context = 'eval'", [2]),
            ("datasets.digest != 'd1'", [4]),
            ("datasets.name IS NULL", [3]),
            ("params.lr RLIKE '^[0-9]$' OR user_id = 'bob'", [4, 2]),
            ("params.lr = '1' OR tags.x = 'y'", [2]),
            ("run.user_id = 'nobody'", []),
        ],
    )
    def test_runs_are_found_by_what_they_have(self, store: Store, text: str, expected: list[int]) -> None:
        train, evaluate = an_input("a", context="train"), an_input("b", context="eval")
        source = {"mlflow.source.name": "train.py"}
        store.runs.create_run(a_run(1, metrics=(a_metric(0.5, key="acc"),), tags=source, datasets=(train,)))
        more = {"status": RunStatus.FINISHED, "end_time_ms": NOW_MS + 9, "datasets": (train, evaluate)}
        store.runs.create_run(a_run(2, metrics=(a_metric(0.9, key="acc"),), params={"lr": "1"}, tags=source, **more))
        store.runs.create_run(a_run(3, metrics=(a_metric(NAN, key="acc"),), params={"lr": "0.1"}))
        store.runs.create_run(a_run(4, user="bob", metrics=(a_metric(1, key="x"),), datasets=(an_input("c", "d2"),)))

        assert found(store, text) == expected

    @pytest.mark.timeout(30)
    def test_a_filter_of_many_comparisons_is_answered_soon(self, store: Store) -> None:
        store.runs.create_run(a_run(params={"p1": "1"}, metrics=(a_metric(1),), datasets=(an_input(),)))
        texts = [f"params.p{n} = '1' OR metrics.m{n} > 1 OR datasets.name = 'd{n}'" for n in range(100)]

        assert found(store, f"({' OR '.join(texts)}) AND metrics.m = 1") == [1]
        assert found(store, " AND ".join(f"params.p{n} = '1'" for n in range(400))) == []

    def test_runs_are_put_in_order_with_those_that_have_nothing_last(self, store: Store) -> None:
        values = {1: 0.5, 2: INFINITY, 3: NAN, 4: -INFINITY, 5: 0.5}
        for number, value in values.items():
            store.runs.create_run(a_run(number, metrics=(a_metric(value),), params={"p": f"{-number % 3}"}))
        store.runs.create_run(a_run(6, metrics=(a_metric(1, key="other"),)))

        for limit in (1, 2, 100):
            assert found(store, order=["metrics.m"], limit=limit) == [4, 5, 1, 2, 3, 6]
            assert found(store, order=["metrics.m DESC"], limit=limit) == [2, 5, 1, 4, 3, 6]
            assert found(store, order=["params.p", "metrics.m DESC"], limit=limit) == [3, 2, 5, 1, 4, 6]
            assert found(store, order=["tags.none", "attributes.start_time ASC"], limit=limit) == [1, 2, 3, 4, 5, 6]
            assert found(store, order=["run_name DESC"], limit=limit) == [6, 5, 4, 3, 2, 1]

    @pytest.mark.parametrize("token", [encode_page_token([1, 2]), encode_page_token([0, "x", 1, 2]), "%"])
    def test_a_token_of_another_order_is_refused(self, store: Store, token: str) -> None:
        query = RunQuery(experiment_ids=(ExperimentId(0),), order=parse_run_order(["metrics.m"]), page_token=token)
        with pytest.raises(InvalidInput, match="page token"):
            store.runs.search_runs(query)

    def test_a_token_with_nul_is_no_reason_to_fail(self, store: Store) -> None:
        store.runs.create_run(a_run(params={"p": "z"}))
        token = encode_page_token(["\x00", 1, 2])
        query = RunQuery(experiment_ids=(ExperimentId(0),), order=parse_run_order(["params.p"]), page_token=token)

        assert store.runs.search_runs(query).next_page_token is None

    @pytest.mark.slow
    @given(runs=random_runs(), tree=run_filters(), order=run_orders())
    def test_what_sql_finds_is_what_the_filter_says(
        self, store: Store, runs: list[Run], tree: Filter, order: tuple[OrderTerm, ...]
    ) -> None:
        number = next(_experiments)
        experiment_id = store.experiments.create_experiment(f"agreement {number}", None, {}).experiment_id
        for run in runs:
            kept_id = f"{experiment_id:08x}{run.run_id[8:]}"
            store.runs.create_run(msgspec.structs.replace(run, run_id=kept_id, experiment_id=experiment_id))
        everything = list(found_by(store, None, order, experiments=(experiment_id,)))
        assert len(everything) == len(runs)

        expected = [run.run_id for run in everything if matches_run(tree, run)]

        for limit in (2, 1000):
            assert [run.run_id for run in found_by(store, tree, order, limit, (experiment_id,))] == expected
