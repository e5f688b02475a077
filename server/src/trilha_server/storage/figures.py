"""Answers what is asked about many traces together."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.figures import (
    Dimension,
    FiguresPage,
    FiguresQuery,
    Measurement,
    SpanFiguresPage,
    SpanFiguresQuery,
    SpanKind,
    TraceFigures,
    TraceMeasure,
)
from trilha_server.domain.ids import TraceId, otel_trace_id, trace_id_of
from trilha_server.domain.span import SpanStatus
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Database
from trilha_server.storage.figures_assessments import assessment_figures
from trilha_server.storage.figures_hours import add_hours, hour_question, whole_hours
from trilha_server.storage.figures_matches import Matches, Span
from trilha_server.storage.figures_measurements import measured_traces
from trilha_server.storage.figures_spans import SpanTotals
from trilha_server.storage.figures_totals import NANO, Group, Total, Totals, distributions
from trilha_server.storage.figures_traces import TraceTotals
from trilha_server.storage.schema import sequence, span_kind, span_kind_member, trace
from trilha_server.storage.search import TraceSearch
from trilha_server.storage.sequences import CHANGES, Progress
from trilha_server.storage.trace_reader import SqlTraceReader
from trilha_server.storage.version_names import names_of_versions, with_versions

_PORTION = 500


class SqlFigures:
    """Figures from a database."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec
        self._reader = SqlTraceReader(database, codec)
        self._search = TraceSearch(database, codec)

    def trace_figures(self, query: FiguresQuery) -> FiguresPage:
        """Add up traces by group."""
        with self._database.querying() as connection:
            matches = self._matches(connection)
            added = TraceTotals(matches, query)
            self._add(connection, matches, query, added)
            rename = _Renaming(connection, query, added.totals)
            totals = added.totals.renamed(rename) if rename.is_needed else added.totals
            said: dict[tuple[int | None, Group], list[Assessment]] = {}
            for (start, group), items in added.assessments.items():
                said.setdefault((start, rename(group)), []).extend(items)
        rows, is_complete = totals.largest(query.limit)
        return FiguresPage(
            rows=[_trace_row(place, total, query, said.get(place, [])) for place, total in rows],
            is_complete=is_complete,
            percentile_error=max((total.error for _, total in rows), default=0.0),
        )

    def span_figures(self, query: SpanFiguresQuery) -> SpanFiguresPage:
        """Add up spans by group."""
        with self._database.querying() as connection:
            tree = with_versions(connection, query.filter, query.experiment_ids)
            query = msgspec.structs.replace(query, filter=tree)
            totals = SpanTotals(self._matches(connection), query, self._codec)
            totals.add_all(_progress(connection))
        return totals.page()

    def measurements(self, query: FiguresQuery, limit: int) -> list[Measurement]:
        """Read what was measured of the newest traces."""
        with self._database.querying() as connection:
            tree = with_versions(connection, query.filter, query.experiment_ids)
            matches = self._matches(connection)
            conditions = matches.conditions(query.experiment_ids, tree, Span(query.start_ms, query.end_ms))
            return measured_traces(matches, conditions, limit)

    def span_kinds(self, trace_ids: Sequence[TraceId]) -> dict[TraceId, frozenset[SpanKind]]:
        """Read of which kinds the spans of traces are."""
        sets: dict[TraceId, int] = {}
        with self._database.querying() as connection:
            for start in range(0, len(trace_ids), _PORTION):
                ids = [otel_trace_id(trace_id) for trace_id in trace_ids[start : start + _PORTION]]
                found = select(trace.c.trace_id, trace.c.kind_set_id).where(trace.c.trace_id.in_(ids))
                for trace_id, set_id in connection.execute(found.where(trace.c.kind_set_id.is_not(None))):
                    sets[trace_id_of(bytes(trace_id))] = set_id
            kinds = _kinds_of(connection, sorted(set(sets.values())))
        return {trace_id: kinds[set_id] for trace_id, set_id in sets.items() if set_id in kinds}

    def _add(self, connection: Connection, matches: Matches, query: FiguresQuery, added: TraceTotals) -> None:
        tree = with_versions(connection, query.filter, query.experiment_ids)
        span = Span(query.start_ms, query.end_ms)
        asked, hours, progress = hour_question(query, tree), whole_hours(span, query.bucket_ms), _progress(connection)
        if asked is None or hours is None or progress.is_behind:
            conditions = matches.conditions(query.experiment_ids, tree, span)
            added.add(conditions, span, are_few=matches.are_few(conditions))
            return
        add_hours(matches, query, asked, hours, added.totals)
        for edge in hours.edges:
            added.add(matches.conditions(query.experiment_ids, tree, edge), edge, are_few=True)
        uncounted = matches.conditions(query.experiment_ids, tree, hours.span, progress.counted_key)
        added.add(uncounted, hours.span, are_few=matches.are_few(uncounted))

    def _matches(self, connection: Connection) -> Matches:
        return Matches(connection, self._search, self._reader, is_sqlite=self._database.is_sqlite)


class _Renaming:
    """Puts the names of versions in the place of their ids, where traces are grouped by version."""

    def __init__(self, connection: Connection, query: FiguresQuery, totals: Totals[TraceMeasure]) -> None:
        self._places = [place for place, each in enumerate(query.group_by) if each is Dimension.VERSION]
        texts = {value for _, group in totals.by_place for place in self._places if (value := group[place])}
        self._names = names_of_versions(connection, texts) if texts else {}
        self.is_needed = bool(self._names)

    def __call__(self, group: Group) -> Group:
        if not self.is_needed:
            return group
        return tuple(
            self._names.get(value, value) if value is not None and place in self._places else value
            for place, value in enumerate(group)
        )


def _trace_row(
    place: tuple[int | None, Group], total: Total[TraceMeasure], query: FiguresQuery, said: list[Assessment]
) -> TraceFigures:
    traces, _, _, with_usage, tokens_in, tokens_out, tokens, cache_read, cache_write, with_cost, nano = total.numbers
    return TraceFigures(
        group=place[1],
        bucket_start_ms=place[0],
        traces=traces,
        errors=total.errors,
        duration_ms=total.duration(query.percentiles, 1),
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        total_tokens=tokens,
        cache_read_tokens=cache_read,
        cache_write_tokens=cache_write,
        traces_with_usage=with_usage,
        cost_usd=nano / NANO,
        traces_with_cost=with_cost,
        measured=distributions(total, query.measures, query.percentiles),
        sessions=len(total.sessions) if query.sessions else None,
        assessments=assessment_figures(said, query.percentiles),
    )


def _progress(connection: Connection) -> Progress:
    table = sequence.c
    columns = (table.last, table.trace_writes, table.counted_change, table.counted_key, table.older_key)
    return Progress(*connection.execute(select(*columns).where(table.name == CHANGES)).one())


def _kinds_of(connection: Connection, set_ids: Sequence[int]) -> dict[int, frozenset[SpanKind]]:
    found: dict[int, set[SpanKind]] = {}
    kind = span_kind.c
    for start in range(0, len(set_ids), _PORTION):
        statement = (
            select(span_kind_member.c.set_id, kind.name, kind.type, kind.status, kind.model, kind.provider)
            .join(span_kind, kind.id == span_kind_member.c.kind_id)
            .where(span_kind_member.c.set_id.in_(set_ids[start : start + _PORTION]))
        )
        for set_id, name, span_type, status, model, provider in connection.execute(statement):
            read = SpanKind(name, span_type, SpanStatus[status], model or None, provider or None)
            found.setdefault(set_id, set()).add(read)
    return {set_id: frozenset(kinds) for set_id, kinds in found.items()}
