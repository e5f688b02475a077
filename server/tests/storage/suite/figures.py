"""What every store promises about figures: from sums or from traces, they are those of the traces there are."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

import pytest
from trilha_server.domain.batch import SpansArrived
from trilha_server.domain.figures import (
    HOUR_MS,
    AssessmentFigures,
    Dimension,
    Distribution,
    FiguresPage,
    FiguresQuery,
    GroupBy,
    KeyDimension,
    SpanDimension,
    SpanFiguresPage,
    SpanFiguresQuery,
    SpanMeasure,
    TraceMeasure,
)
from trilha_server.domain.filter import Filter
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Store
from trilha_server.search.evaluate import matches
from trilha_server.search.parse import parse_filter
from trilha_server.storage import figures_matches, figures_spans

from server.tests.storage.conftest import Opener
from server.tests.storage.suite.summing import sql
from server.tests.storage.suite.upkeep import maintain
from server.tests.support.figures import FiguresInMemory, WholeTrace
from server.tests.support.spans import NOW_MS, START_NS, a_span, arrived, declared, trace_id
from server.tests.support.traffic import EXPERIMENTS, FIRST_HOUR_MS, LONG, TRACES, Traffic
from server.tests.support.versions import a_version, version_id

ALL = tuple(map(ExperimentId, range(EXPERIMENTS)))
GROUPS: tuple[tuple[GroupBy, ...], ...] = (
    *((), (Dimension.NAME,), (Dimension.STATUS,), (Dimension.VERSION,), (Dimension.EXPERIMENT,)),
    *(
        (Dimension.VERSION, Dimension.STATUS),
        (Dimension.EXPERIMENT, Dimension.NAME),
        (Dimension.NAME, Dimension.VERSION),
    ),
    *((Dimension.USER,), (Dimension.SESSION,), (Dimension.MODEL,), (Dimension.MODEL, Dimension.USER)),
    *(
        (KeyDimension("env"),),
        (KeyDimension("env", metadata=True),),
        (KeyDimension("mlflow.trace.cost", metadata=True),),
    ),
    *((KeyDimension("mlflow.traceName"),), (KeyDimension("mlflow.trace.user"), Dimension.STATUS)),
)
FILTERS = (
    *(None, "status = 'ERROR'", "version = '1.0'", "name IN ('a', 'b')", f"name = '{LONG}' AND status != 'OK'"),
    *(
        "status IN ('OK', 'ERROR') AND name = 'a'",
        "user = 'a'",
        "NOT user = 'a'",
        "tags.env LIKE 'a%'",
        "name ILIKE 'A'",
    ),
    *("span.model = 'small'", "span.model = 'small' AND span.status = 'ERROR'", "span.provider IS NULL"),
    *("feedback.quality = 'yes'", "feedback.quality >= 0.5", "trace.text LIKE '%b%'", "execution_time_ms > 200"),
)
SUMMED_GROUPS: tuple[tuple[GroupBy, ...], ...] = ((), (Dimension.STATUS,), (Dimension.EXPERIMENT, Dimension.STATUS))
SPAN_GROUPS = (
    *((), (SpanDimension.NAME,), (SpanDimension.MODEL, SpanDimension.PROVIDER), (SpanDimension.STATUS,)),
    tuple(SpanDimension),
)
WHERE: tuple[dict[SpanDimension, str], ...] = ({}, {SpanDimension.MODEL: "small"}, {SpanDimension.NAME: LONG})
BUCKETS = (None, None, HOUR_MS, 24 * HOUR_MS, 60_000, 2 * HOUR_MS)


@dataclass
class Drawn:
    """Draws queries."""

    random: Random

    def traces(self) -> FiguresQuery:
        draw = self.random
        start_ms, end_ms = self.times()
        has_more = draw.random() < 0.3
        return FiguresQuery(
            experiment_ids=draw.choice((ALL, ALL[:1], ALL[1:])),
            filter=self.filter(),
            start_ms=start_ms,
            end_ms=end_ms,
            group_by=draw.choice(GROUPS),
            bucket_ms=draw.choice(BUCKETS),
            measures=tuple(TraceMeasure) if has_more else (),
            sessions=has_more,
            assessments=has_more,
            limit=draw.choice((1, 3, 1000)),
        )

    def spans(self) -> SpanFiguresQuery:
        draw = self.random
        start_ms, end_ms = self.times()
        return SpanFiguresQuery(
            experiment_ids=draw.choice((ALL, ALL[:1], ALL[1:])),
            filter=self.filter() if draw.random() < 0.5 else None,
            where=draw.choice(WHERE),
            start_ms=start_ms,
            end_ms=end_ms,
            group_by=draw.choice(SPAN_GROUPS),
            bucket_ms=draw.choice(BUCKETS),
            measures=draw.choice(((), tuple(SpanMeasure))),
            limit=draw.choice((1, 3, 1000)),
        )

    def times(self) -> tuple[int | None, int | None]:
        """Often on the hour, and sometimes with whole days in it."""
        draw = self.random
        start_ms = FIRST_HOUR_MS + draw.randrange(4) * HOUR_MS + draw.choice((0, 0, 1, 1_234_567))
        end_ms = start_ms + draw.randrange(3) * HOUR_MS + draw.choice((0, 0, 500_000, HOUR_MS))
        if draw.random() < 0.3:
            start_ms, end_ms = start_ms - draw.randrange(48) * HOUR_MS, end_ms + draw.randrange(48) * HOUR_MS
        return draw.choice((None, start_ms)), draw.choice((None, end_ms))

    def filter(self) -> Filter | None:
        text = self.random.choice(FILTERS)
        return None if text is None else parse_filter(text)


class Remembering(FiguresInMemory):
    """Reads what does not change meanwhile only once."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._read: dict[tuple[ExperimentId, ...], list[WholeTrace]] = {}

    def _traces(self, experiment_ids: Sequence[ExperimentId], tree: Filter | None) -> Iterator[WholeTrace]:
        key = tuple(experiment_ids)
        if key not in self._read:
            self._read[key] = list(super()._traces(experiment_ids, None))
        return (trace for trace in self._read[key] if tree is None or matches(tree, trace))


def same(found: FiguresPage | SpanFiguresPage, wanted: FiguresPage | SpanFiguresPage) -> None:
    """Compare, and percentiles as exactly as the answer says."""
    assert found.is_complete == wanted.is_complete
    assert [(row.bucket_start_ms, row.group) for row in found.rows] == [
        (row.bucket_start_ms, row.group) for row in wanted.rows
    ]
    for row, expected in zip(found.rows, wanted.rows, strict=True):
        for name in type(row).__struct_fields__:
            error = found.percentile_error if name == "duration_ms" else 0
            for one, other in zip(parts_of(getattr(row, name)), parts_of(getattr(expected, name)), strict=True):
                close(one, other, error)


def parts_of(value: Any) -> list[object]:  # Any: a field of figures
    """Take apart what holds figures itself."""
    if isinstance(value, dict):
        return [value.keys(), *value.values()]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # of any type
    return [len(value), *value] if isinstance(value, tuple) else [value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # the same


def close(found: object, wanted: object, error: float) -> None:
    match found, wanted:
        case Distribution(), Distribution():
            assert found.count == wanted.count
            assert math.isclose(found.total, wanted.total, rel_tol=1e-6, abs_tol=0.001 * found.count)
            for one, other in zip(numbers_of(found), numbers_of(wanted), strict=True):
                close(one, other, error)
        case AssessmentFigures(), AssessmentFigures():
            for name in AssessmentFigures.__struct_fields__:
                close(getattr(found, name), getattr(wanted, name), 0)
        case float(), float() | int():
            assert math.isclose(found, wanted, rel_tol=error + 1e-9, abs_tol=0.0011)
        case _:
            assert found == wanted


def numbers_of(distribution: Distribution) -> tuple[float | None, ...]:
    return (distribution.least, distribution.most, *distribution.percentiles)


def lasting(number: int, duration_ms: float) -> SpansArrived:
    return arrived(a_span(trace=number, end_ns=START_NS + int(duration_ms) * 1_000_000))


@pytest.fixture
def far_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans are looked for as far from their traces as made-up traffic puts them."""
    monkeypatch.setattr(figures_spans, "REACH_MS", 24 * HOUR_MS)


@pytest.mark.slow
@pytest.mark.usefixtures("few_wait", "far_spans")
class FiguresSuite:
    """Figures are those of the traces that can be read."""

    @pytest.mark.parametrize("seed", range(3))
    def test_figures_are_those_of_the_traces_that_are_read(self, store: Store, seed: int) -> None:
        Traffic(seed).happen(store, 30)
        oracle, drawn = Remembering(store), Drawn(Random(seed))
        for _ in range(25):
            query, of_spans = drawn.traces(), drawn.spans()
            same(store.figures.trace_figures(query), oracle.trace_figures(query))
            same(store.figures.span_figures(of_spans), oracle.span_figures(of_spans))
            limit = drawn.random.choice((1, 5, 100))
            assert store.figures.measurements(query, limit) == oracle.measurements(query, limit)
        ids = [trace_id(number) for number in range(1, TRACES + 2)]
        assert {key: len(kinds) for key, kinds in store.figures.span_kinds(ids).items()} == {
            key: len(kinds) for key, kinds in oracle.span_kinds(ids).items()
        }

    def test_figures_of_an_older_store_are_right_before_it_is_counted(self, opener: Opener) -> None:
        store = opener.open()
        Traffic(0).happen(store, 20)
        sql(
            opener,
            "DELETE FROM trace_sum",
            "DELETE FROM span_sum",
            "UPDATE trace SET input_tokens = NULL, output_tokens = NULL, cache_read_tokens = NULL",
            "UPDATE sequence SET counted_key = 0, older_key = (SELECT max(key) FROM trace) WHERE name = 'change'",
        )
        opener.close()
        store = opener.open()
        oracle = Remembering(store)
        queries = [FiguresQuery(experiment_ids=ALL, group_by=group_by) for group_by in GROUPS]
        for query in queries:
            same(store.figures.trace_figures(query), oracle.trace_figures(query))

        assert maintain(store) >= 1
        for query in queries:
            same(store.figures.trace_figures(query), oracle.trace_figures(query))

    def test_figures_are_right_while_a_server_that_keeps_no_sums_writes(self, store: Store, opener: Opener) -> None:
        Traffic(0).happen(store, 20)
        sql(opener, "UPDATE sequence SET last = last + 1 WHERE name = 'change'", "DELETE FROM trace_sum")
        query = FiguresQuery(experiment_ids=ALL, group_by=(Dimension.VERSION,))

        same(store.figures.trace_figures(query), FiguresInMemory(store).trace_figures(query))

    def test_versions_go_by_their_names(self, store: Store) -> None:
        store.versions.create_version(a_version(1, name="v1.0"))
        for number, value in enumerate((version_id(1), version_id(1), "v1.0", "other"), start=1):
            store.writer.write([declared(number, experiment=1, metadata={"mlflow.modelId": value})])

        page = store.figures.trace_figures(FiguresQuery(experiment_ids=ALL, group_by=(Dimension.VERSION,)))

        assert [(row.group, row.traces) for row in page.rows] == [(("v1.0",), 3), (("other",), 1)]

    def test_a_version_is_not_another_one_of_its_name(self, store: Store) -> None:
        """Whether the answer comes from the index or, for what the index does not know, from the traces."""
        first, second = a_version(1, name="v1.0"), a_version(2, name="v1.0", create_time_ms=NOW_MS + HOUR_MS)
        for version in (first, second):
            store.versions.create_version(version)
        for number, value in enumerate((version_id(1), version_id(2), "v1.0"), start=1):
            store.writer.write([declared(number, experiment=1, metadata={"mlflow.modelId": value})])
            store.writer.write([arrived(a_span(trace=number, attributes={"team": "north"}), experiment=1)])
        of_first = f"version = '{version_id(1)}'"

        for text in (of_first, f"{of_first} AND span.attributes.team = 'north'"):
            page = store.figures.trace_figures(FiguresQuery(experiment_ids=ALL, filter=parse_filter(text)))
            assert [row.traces for row in page.rows] == [2], text

    @pytest.mark.parametrize("seed", range(2))
    def test_figures_of_many_traces_are_those_of_the_traces_too(
        self, store: Store, seed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(figures_matches, "FEW", -1)
        Traffic(seed).happen(store, 30)
        oracle, errors = Remembering(store), set[float]()
        for text, group_by, bucket_ms in product(FILTERS, SUMMED_GROUPS, (None, 60_000, 24 * HOUR_MS)):
            tree = None if text is None else parse_filter(text)
            query = FiguresQuery(experiment_ids=ALL, filter=tree, group_by=group_by, bucket_ms=bucket_ms)
            found = store.figures.trace_figures(query)
            same(found, oracle.trace_figures(query))
            errors.add(found.percentile_error)
        assert errors == {0.0, 0.01}

    def test_sums_answer_within_the_error_that_they_tell(self, store: Store) -> None:
        draw = Random(7)
        for first in range(1, 300, 30):
            store.writer.write([lasting(number, draw.lognormvariate(7, 1)) for number in range(first, first + 30)])
        query = FiguresQuery(experiment_ids=ALL[:1], percentiles=(0.0, 1.0, 50.0, 99.0, 100.0))

        page = store.figures.trace_figures(query)

        assert 0 < page.percentile_error <= 0.01
        same(page, FiguresInMemory(store).trace_figures(query))

    def test_nothing_has_no_figures(self, store: Store) -> None:
        assert store.figures.trace_figures(FiguresQuery(experiment_ids=ALL)).rows == []
        assert store.figures.span_figures(SpanFiguresQuery(experiment_ids=())).rows == []
        assert store.figures.measurements(FiguresQuery(experiment_ids=ALL), 5) == []
