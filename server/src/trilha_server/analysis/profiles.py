"""The newest traces of a set, read with all that they are told from others by."""

from collections.abc import Sequence

import msgspec

from trilha_server.analysis.facets import Profile
from trilha_server.domain.figures import FiguresQuery
from trilha_server.domain.filter import And, Filter, time_terms
from trilha_server.domain.ids import TraceId
from trilha_server.ports import Store, TraceQuery


class Profiles(msgspec.Struct, frozen=True):
    """Some traces."""

    profiles: list[Profile]
    is_complete: bool
    """Whether these are all that match."""


def read_profiles(store: Store, query: FiguresQuery, limit: int, *, with_assessments: bool = True) -> Profiles:
    """Read the newest traces that match."""
    page = store.reader.search(TraceQuery(experiment_ids=query.experiment_ids, filter=within(query), limit=limit))
    trace_ids: Sequence[TraceId] = [info.trace_id for info in page.traces]
    kinds = store.figures.span_kinds(trace_ids)
    assessments = store.assessments.of_traces(trace_ids) if with_assessments else {}
    book = store.versions.version_book({info.version for info in page.traces if info.version}, query.experiment_ids)
    names: dict[str | None, str] = {version.version_id: version.name for version in book}
    profiles = [
        Profile(
            info=info,
            version=names.get(info.version, info.version),
            kinds=kinds.get(info.trace_id, frozenset()),
            assessments=assessments.get(info.trace_id, []),
        )
        for info in page.traces
    ]
    return Profiles(profiles, page.next_page_token is None)


def within(query: FiguresQuery) -> Filter | None:
    """Write which traces are asked for, and of which time, as one filter."""
    times = time_terms(query.start_ms, query.end_ms)
    every: list[Filter] = [*times, *([] if query.filter is None else [query.filter])]
    return None if not every else every[0] if len(every) == 1 else And(tuple(every))
