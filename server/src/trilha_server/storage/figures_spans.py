"""Figures of spans: from the sums by the hour, and where these cannot answer from the facts of spans."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, select

from trilha_server.domain.figures import (
    HOUR_MS,
    SpanDimension,
    SpanFigures,
    SpanFiguresPage,
    SpanFiguresQuery,
    SpanMeasure,
)
from trilha_server.domain.ids import SpanId
from trilha_server.domain.span import Cost, SpanFacts, SpanStatus
from trilha_server.storage.codec import Codec
from trilha_server.storage.figures_hours import HourRow, WholeHours, whole_hours
from trilha_server.storage.figures_matches import Matches, Span
from trilha_server.storage.figures_totals import NANO, Group, Place, Total, Totals, distributions
from trilha_server.storage.labels import index_value
from trilha_server.storage.rollup_parts import durations_us, span_numbers
from trilha_server.storage.rollup_rows import SPAN_NUMBERS
from trilha_server.storage.schema import chunk, span_kind, span_kind_member, span_sum, trace
from trilha_server.storage.sequences import Progress

REACH_MS = HOUR_MS
"""So far from the time of its trace a span may start and still be looked for, where traces are read."""

_PORTION = 500
_NS_PER_MS = 1_000_000
_US_PER_MS = 1000

_COLUMNS: dict[SpanDimension, ColumnElement[str]] = {
    SpanDimension.NAME: span_kind.c.name,
    SpanDimension.TYPE: span_kind.c.type,
    SpanDimension.STATUS: span_kind.c.status,
    SpanDimension.MODEL: span_kind.c.model,
    SpanDimension.PROVIDER: span_kind.c.provider,
}
_READERS: dict[SpanDimension, Callable[[SpanFacts], str | None]] = {
    SpanDimension.NAME: lambda facts: facts.name,
    SpanDimension.TYPE: lambda facts: facts.span_type,
    SpanDimension.STATUS: lambda facts: SpanStatus(facts.status).name,
    SpanDimension.MODEL: lambda facts: facts.model or None,
    SpanDimension.PROVIDER: lambda facts: facts.provider or None,
}
_MEASURES: dict[SpanMeasure, Callable[[Cost], float]] = {
    SpanMeasure.INPUT_USD: lambda cost: cost.input_usd,
    SpanMeasure.OUTPUT_USD: lambda cost: cost.output_usd,
    SpanMeasure.COST_USD: lambda cost: cost.total_usd,
}


class SpanTotals:
    """Adds up spans for one query, whose filter is written out by `with_versions`."""

    def __init__(self, matches: Matches, query: SpanFiguresQuery, codec: Codec) -> None:
        self._matches = matches
        self._query = query
        self._codec = codec
        self._where = {part: index_value(value) for part, value in query.where.items()}
        self._totals: Totals[SpanMeasure] = Totals(len(SPAN_NUMBERS))

    def add_all(self, progress: Progress) -> None:
        """Add all spans that are asked for."""
        query = self._query
        span = Span(query.start_ms, query.end_ms)
        hours = whole_hours(span, query.bucket_ms)
        needs_facts = query.filter is not None or query.measures or (query.bucket_ms or HOUR_MS) % HOUR_MS
        if needs_facts or hours is None or progress.is_behind:
            self._add_facts(self._near(span), span)
            return
        self._add_hours(hours)
        for edge in hours.edges:
            self._add_facts([*self._near(edge), trace.c.key <= progress.counted_key], edge)
        self._add_facts(self._matches.conditions(query.experiment_ids, None, Span(), progress.counted_key), span)

    def page(self) -> SpanFiguresPage:
        """Put the answer together."""
        rows, is_complete = self._totals.largest(self._query.limit)
        return SpanFiguresPage(
            rows=[_span_row(place, total, self._query) for place, total in rows],
            is_complete=is_complete,
            percentile_error=max((total.error for _, total in rows), default=0.0),
        )

    def _near(self, span: Span) -> list[ColumnElement[bool]]:
        """Ask for the traces that may have spans in a stretch of time."""
        near = Span(
            None if span.start_ms is None else span.start_ms - REACH_MS,
            None if span.end_ms is None else span.end_ms + REACH_MS,
        )
        return self._matches.conditions(self._query.experiment_ids, self._query.filter, near)

    def _add_hours(self, hours: WholeHours) -> None:
        query, table = self._query, span_sum.c
        columns = [_COLUMNS[part] for part in query.group_by]
        numbers = (table[name] for name in SPAN_NUMBERS)
        statement = (
            select(table.hour, span_kind.c.status, table.durations, *numbers, *columns)
            .join(span_kind, span_kind.c.id == table.kind_id)
            .where(table.experiment_id.in_(query.experiment_ids), *self._kinds())
        )
        end = 3 + len(SPAN_NUMBERS)
        by_place: dict[Place, list[HourRow]] = {}
        for steps in hours.steps:
            for row in self._matches.connection.execute(statement.where(*steps.conditions(span_sum))).all():
                group = tuple(value or None for value in row[end:])
                by_place.setdefault((self._bucket(row.hour * HOUR_MS), group), []).append(row)
        for place, rows in by_place.items():
            total = self._totals.at(place)
            total.add([sum(column) for column in zip(*(row[3:end] for row in rows), strict=True)])
            total.histograms += [bytes(row.durations) for row in rows]
            total.errors += sum(row.spans for row in rows if row.status == SpanStatus.ERROR.name)

    def _add_facts(self, conditions: Sequence[ColumnElement[bool]], span: Span) -> None:
        """Add those spans of some traces that start in a stretch of time."""
        for spans in self._portions(conditions):
            found: dict[Place, list[SpanFacts]] = {}
            for facts in spans:
                start_ms = facts.start_ns // _NS_PER_MS
                if start_ms in span and self._fits(facts):
                    place = (self._bucket(start_ms), _group(facts, self._query.group_by))
                    found.setdefault(place, []).append(facts)
            for place, alike in found.items():
                self._add_alike(self._totals.at(place), alike)

    def _add_alike(self, total: Total[SpanMeasure], spans: Sequence[SpanFacts]) -> None:
        durations = durations_us(spans)
        total.add(span_numbers(spans, durations))
        total.durations += durations
        total.errors += sum(facts.status == SpanStatus.ERROR for facts in spans)
        for measure in self._query.measures:
            read = _MEASURES[measure]
            measured = total.measured.setdefault(measure, [])
            measured += [read(facts.cost) for facts in spans if facts.cost is not None]

    def _portions(self, conditions: Sequence[ColumnElement[bool]]) -> Iterator[Iterable[SpanFacts]]:
        """Read the facts of the spans of some traces, those of a few hundred traces at a time."""
        connection = self._matches.connection
        statement = select(trace.c.key).where(*conditions)
        if self._where:
            sets = select(span_kind_member.c.set_id).join(span_kind, span_kind.c.id == span_kind_member.c.kind_id)
            statement = statement.where(trace.c.kind_set_id.in_(sets.where(*self._kinds())))
        keys = list(connection.execute(statement).scalars())
        for start in range(0, len(keys), _PORTION):
            of_traces = chunk.c.trace_key.in_(keys[start : start + _PORTION])
            spans: dict[tuple[int, SpanId], SpanFacts] = {}
            frames = connection.execute(select(chunk.c.trace_key, chunk.c.spans).where(of_traces).order_by(chunk.c.id))
            for key, frame in frames:
                spans |= {(key, facts.span_id): facts for facts in self._codec.read_facts(frame)}
            yield spans.values()

    def _kinds(self) -> list[ColumnElement[bool]]:
        return [_COLUMNS[part] == value for part, value in self._where.items()]

    def _fits(self, facts: SpanFacts) -> bool:
        return all(index_value(_READERS[part](facts) or "") == value for part, value in self._where.items())

    def _bucket(self, time_ms: int) -> int | None:
        bucket_ms = self._query.bucket_ms
        return None if bucket_ms is None else time_ms // bucket_ms * bucket_ms


def _group(facts: SpanFacts, group_by: Iterable[SpanDimension]) -> Group:
    values = (_READERS[part](facts) for part in group_by)
    return tuple(None if value is None else index_value(value) for value in values)


def _span_row(place: Place, total: Total[SpanMeasure], query: SpanFiguresQuery) -> SpanFigures:
    spans, _, _, tokens_in, tokens_out, tokens, cache_read, cache_write, with_cost, *nano = total.numbers
    input_usd, output_usd, cost_usd = (each / NANO for each in nano)
    return SpanFigures(
        group=place[1],
        bucket_start_ms=place[0],
        spans=spans,
        errors=total.errors,
        duration_ms=total.duration(query.percentiles, _US_PER_MS),
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        total_tokens=tokens,
        cache_read_tokens=cache_read,
        cache_write_tokens=cache_write,
        input_usd=input_usd,
        output_usd=output_usd,
        cost_usd=cost_usd,
        spans_with_cost=with_cost,
        measured=distributions(total, query.measures, query.percentiles),
    )
