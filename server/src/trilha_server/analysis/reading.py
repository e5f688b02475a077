"""Two sets of traces read from the store: all of them are counted, and the newest of each are looked at closely."""

import msgspec

from trilha_server.analysis.comparison import Comparison, compare
from trilha_server.analysis.differences import Differences, differences
from trilha_server.analysis.profiles import read_profiles
from trilha_server.domain.figures import FiguresQuery
from trilha_server.domain.filter import Filter, FilterField
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Store

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
    a, b = (read_profiles(store, sets.query(tree), sets.sample).profiles for tree in (sets.a, sets.b))
    return TraceDifferences(
        a=_extent(store, sets, sets.a, len(a)),
        b=_extent(store, sets, sets.b, len(b)),
        found=differences(a, b, ignored, max_values),
    )


def _extent(store: Store, sets: TwoSets, tree: Filter | None, sampled: int) -> Extent:
    rows = store.figures.trace_figures(sets.query(tree)).rows
    return Extent(traces=sum(row.traces for row in rows), errors=sum(row.errors for row in rows), sampled=sampled)
