"""Two sets of traces read from the store: all of them are counted, and the newest of each are looked at closely."""

from collections.abc import Sequence

import msgspec

from trilha_server.analysis.comparison import Comparison, compare
from trilha_server.analysis.differences import Differences, differences
from trilha_server.analysis.facets import Profile
from trilha_server.domain.figures import FiguresQuery
from trilha_server.domain.filter import And, Attribute, AttributeField, Filter, FilterField, Operator
from trilha_server.domain.filter import Comparison as FilterComparison
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.ports import Store, TraceQuery

MAX_MEASURED = 20_000
"""So many traces of each set are compared at most."""

MAX_PROFILED = 5_000
"""So many traces of each set are searched for differences at most."""


class TwoSets(msgspec.Struct, frozen=True, kw_only=True):
    """Which traces to set side by side."""

    experiment_ids: tuple[ExperimentId, ...]
    a: Filter | None
    b: Filter | None
    start_ms: int | None = None
    """Unix time, inclusive; for both."""
    end_ms: int | None = None
    """Exclusive."""
    sample: int
    """How many of each to look at, the newest."""

    def query(self, tree: Filter | None) -> FiguresQuery:
        """Ask for one of them."""
        return FiguresQuery(
            experiment_ids=self.experiment_ids,
            filter=tree,
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            percentiles=(),
        )


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How many traces a set has, and how many of them were looked at."""

    traces: int
    errors: int
    sampled: int


class TraceComparison(msgspec.Struct, frozen=True, kw_only=True):
    """Which set is worse."""

    a: Extent
    b: Extent
    shared: int
    """Traces that were looked at on both sides: they make differences look smaller than they are."""
    found: Comparison


class TraceDifferences(msgspec.Struct, frozen=True, kw_only=True):
    """What differs."""

    a: Extent
    b: Extent
    found: Differences


def compare_traces(store: Store, sets: TwoSets, lower_is_better: frozenset[str]) -> TraceComparison:
    """Compare what was measured of two sets."""
    a, b = (store.figures.measurements(sets.query(tree), sets.sample) for tree in (sets.a, sets.b))
    return TraceComparison(
        a=_extent(store, sets, sets.a, len(a)),
        b=_extent(store, sets, sets.b, len(b)),
        shared=len({one.trace_id for one in a} & {one.trace_id for one in b}),
        found=compare(a, b, lower_is_better),
    )


def differing_traces(store: Store, sets: TwoSets, ignored: frozenset[FilterField], max_values: int) -> TraceDifferences:
    """Find what differs between two sets, beside the fields that are ignored."""
    a, b = (_profiles(store, sets, tree) for tree in (sets.a, sets.b))
    return TraceDifferences(
        a=_extent(store, sets, sets.a, len(a)),
        b=_extent(store, sets, sets.b, len(b)),
        found=differences(a, b, ignored, max_values),
    )


def _extent(store: Store, sets: TwoSets, tree: Filter | None, sampled: int) -> Extent:
    rows = store.figures.trace_figures(sets.query(tree)).rows
    return Extent(traces=sum(row.traces for row in rows), errors=sum(row.errors for row in rows), sampled=sampled)


def _profiles(store: Store, sets: TwoSets, tree: Filter | None) -> list[Profile]:
    within = _within(tree, sets.start_ms, sets.end_ms)
    page = store.reader.search(TraceQuery(experiment_ids=sets.experiment_ids, filter=within, limit=sets.sample))
    trace_ids: Sequence[TraceId] = [info.trace_id for info in page.traces]
    kinds = store.figures.span_kinds(trace_ids)
    assessments = store.assessments.of_traces(trace_ids)
    book = store.versions.version_book({info.version for info in page.traces if info.version}, sets.experiment_ids)
    names: dict[str | None, str] = {version.version_id: version.name for version in book}
    return [
        Profile(
            info=info,
            version=names.get(info.version, info.version),
            kinds=kinds.get(info.trace_id, frozenset()),
            assessments=assessments.get(info.trace_id, []),
        )
        for info in page.traces
    ]


def _within(tree: Filter | None, start_ms: int | None, end_ms: int | None) -> Filter | None:
    time = AttributeField(Attribute.TIMESTAMP_MS)
    bounds = ((Operator.GE, start_ms), (Operator.LT, end_ms))
    terms = [FilterComparison(time, operator, bound) for operator, bound in bounds if bound is not None]
    every: list[Filter] = [*terms, *([] if tree is None else [tree])]
    return None if not every else every[0] if len(every) == 1 else And(tuple(every))
