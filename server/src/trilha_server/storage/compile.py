"""Filters of traces to SQL conditions."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Text, and_, exists, false, func, not_, or_, select

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.filter import (
    NUMERIC_ATTRIBUTES,
    And,
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    Not,
    Operator,
    Or,
    SpanField,
    SpanPart,
)
from trilha_server.domain.ids import ExperimentId, otel_trace_id, parse_trace_id
from trilha_server.search.compare import compare_text
from trilha_server.storage.bounds import PATTERNS, Bounds, exactly, is_plain, number_condition, text_bounds
from trilha_server.storage.conditions import ANYTHING, Condition, all_of, any_of, signed
from trilha_server.storage.labels import CUT_MARK, LabelKey, index_value, key_of
from trilha_server.storage.schema import assessment, label, label_key, span_kind, span_kind_member, trace

_KIND_COLUMNS: dict[SpanPart, ColumnElement[str]] = {
    SpanPart.NAME: span_kind.c.name,
    SpanPart.TYPE: span_kind.c.type,
    SpanPart.STATUS: span_kind.c.status,
    SpanPart.MODEL: func.nullif(span_kind.c.model, "", type_=Text),
    SpanPart.PROVIDER: func.nullif(span_kind.c.provider, "", type_=Text),
}

_NUMBERS: dict[Attribute, ColumnElement[Any]] = {
    Attribute.TIMESTAMP_MS: trace.c.time_ms,
    Attribute.EXECUTION_TIME_MS: trace.c.duration_ms,
    Attribute.END_TIME_MS: trace.c.time_ms + func.coalesce(trace.c.duration_ms, 0),
    Attribute.TOKENS_TOTAL: trace.c.tokens_total,
    Attribute.COST_TOTAL: trace.c.cost_total,
}


_EXACT_NUMBERS = 2**53
"""Whole numbers from there on are not all told apart by a column of 64-bit floats."""

RARE_TRACES = 2000
"""Up to so many, traces are looked up one by one; more are met soon enough on a walk through all."""


class Compiler:
    """Compiles filters for one search."""

    def __init__(self, connection: Connection, experiment_ids: Sequence[ExperimentId], *, is_sqlite: bool) -> None:
        self._connection = connection
        self._experiment_ids = list(experiment_ids)
        self._is_sqlite = is_sqlite

    def condition(self, tree: Filter, *, negated: bool = False) -> Condition:
        """Say a filter, or its opposite, in SQL."""
        match tree:
            case Not(term=term):
                return self.condition(term, negated=not negated)
            case And(terms=terms):
                parts = self._span_groups(terms, negated=negated)
                return any_of(parts) if negated else all_of(parts)
            case Or(terms=terms):
                parts = [self.condition(term, negated=negated) for term in terms]
                return all_of(parts) if negated else any_of(parts)
            case Comparison():
                return self._comparison(tree, negated=negated)

    def label_key_id(self, key: LabelKey) -> int | None:
        """Find the number of a label's key; `None` where no trace has such a label."""
        statement = select(label_key.c.id).where(
            label_key.c.scope == key.scope.value, label_key.c.name == index_value(key.name)
        )
        return self._connection.execute(statement).scalar()

    def label_probe(self, key_id: int, value: str) -> ColumnElement[bool]:
        """Ask of a trace at hand whether it has a label: one look into the index."""
        other = label.alias()  # the search may walk the table itself
        probe = select(other.c.trace_key).where(
            other.c.experiment_id == trace.c.experiment_id,
            other.c.key_id == key_id,
            other.c.value == index_value(value),
            other.c.time_ms == trace.c.time_ms,
            other.c.trace_key == trace.c.key,
        )
        return exists(probe.correlate(trace))

    def order_column(
        self, field: AttributeField | LabelField
    ) -> tuple[ColumnElement[Any], Select[*tuple[Any, ...]] | None]:
        """Name what an order sorts by, and what to join for it on `trace_key`."""
        if isinstance(field, AttributeField):
            if field.attribute in _NUMBERS:
                return _NUMBERS[field.attribute], None
            simple: dict[Attribute, ColumnElement[Any]] = {
                Attribute.STATUS: trace.c.state,
                Attribute.REQUEST_ID: trace.c.trace_id,
                Attribute.EXPERIMENT_ID: trace.c.experiment_id,
            }
            if field.attribute in simple:
                return simple[field.attribute], None
        key = key_of(field)
        key_id = None if key is None else self.label_key_id(key)
        values = (
            select(label.c.trace_key, func.min(label.c.value).label("value"))
            .where(
                label.c.experiment_id.in_(self._experiment_ids), label.c.key_id == (-1 if key_id is None else key_id)
            )
            .group_by(label.c.trace_key)
        )
        return values.selected_columns.value, values

    def _span_groups(self, terms: Sequence[Filter], *, negated: bool) -> list[Condition]:
        """Span comparisons side by side ask for one span that meets them all."""
        spans = [term for term in terms if isinstance(term, Comparison) and isinstance(term.field, SpanField)]
        parts = [self.condition(term, negated=negated) for term in terms if term not in spans]
        if spans:
            parts.append(self._spans(spans, negated=negated))
        return parts

    def _spans(self, terms: Sequence[Comparison], *, negated: bool) -> Condition:
        clauses: list[ColumnElement[bool]] = []
        exact = True
        for term in terms:
            assert isinstance(term.field, SpanField)
            column = _KIND_COLUMNS.get(term.field.part)
            if column is None:
                exact = False
                continue
            bounds = self._bounds(column, term, may_be_cut=term.operator in PATTERNS and self._has_cut_kinds())
            clauses.append(bounds.surely if negated else bounds.maybe)
            exact = exact and bounds.exact
        if not clauses or (negated and len(clauses) < len(terms)):
            return ANYTHING
        kinds = select(span_kind.c.id).where(*clauses)
        members = select(span_kind_member.c.set_id).where(span_kind_member.c.kind_id.in_(kinds)).distinct()
        found = self._in_sets(members)
        return Condition(not_(found) if negated else found, exact)

    def _has_cut_kinds(self) -> bool:
        columns = (span_kind.c.name, span_kind.c.type, span_kind.c.model, span_kind.c.provider)
        is_cut = or_(*(column.contains(CUT_MARK) for column in columns))
        return self._connection.execute(select(span_kind.c.id).where(is_cut).limit(1)).first() is not None

    def _in_sets(self, set_ids: Select[int]) -> ColumnElement[bool]:
        """Ask whether a trace's spans are of one of these sets of kinds; the few traces of rare sets are looked up."""
        column = trace.c.kind_set_id
        rare = select(trace.c.key).where(column.in_(set_ids)).limit(RARE_TRACES + 1)
        is_rare = len(self._connection.execute(rare).all()) <= RARE_TRACES
        # The sum hides the column's index, which would sort all traces of a common set.
        return and_(column.is_not(None), (column if is_rare else column + 0).in_(set_ids))

    def _comparison(self, term: Comparison, *, negated: bool) -> Condition:
        match term.field:
            case SpanField():
                return self._spans([term], negated=negated)
            case AssessmentField():
                return signed(self._assessment(term.field, term), negated=negated)
            case AttributeField(attribute=attribute) if attribute in NUMERIC_ATTRIBUTES:
                return signed(exactly(number_condition(_NUMBERS[attribute], term)), negated=negated)
            case AttributeField(attribute=Attribute.STATUS):
                return signed(self._bounds(trace.c.state, term, may_be_cut=False), negated=negated)
            case AttributeField(attribute=Attribute.REQUEST_ID):
                return self._trace_id(term, negated=negated)
            case AttributeField(attribute=Attribute.EXPERIMENT_ID):
                return self._experiment(term, negated=negated)
            case AttributeField(attribute=Attribute.TEXT):
                return ANYTHING
            case _:
                return self._label(term, negated=negated)

    def _bounds(self, column: ColumnElement[Any], term: Comparison, *, may_be_cut: bool) -> Bounds:
        return text_bounds(column, term, is_sqlite=self._is_sqlite, may_be_cut=may_be_cut)

    def _label(self, term: Comparison, *, negated: bool) -> Condition:
        assert isinstance(term.field, AttributeField | LabelField)
        key = key_of(term.field)
        if key is None:
            return ANYTHING
        key_id = self.label_key_id(key)
        values = select(label.c.trace_key).where(
            label.c.experiment_id.in_(self._experiment_ids), label.c.key_id == (-1 if key_id is None else key_id)
        )
        present = trace.c.key.in_(values)
        match term.operator:
            case Operator.IS_NULL:
                found = exactly(not_(present))
            case Operator.IS_NOT_NULL:
                found = exactly(present)
            case Operator.NE | Operator.NOT_IN:
                positive = Operator.EQ if term.operator is Operator.NE else Operator.IN
                same = self._bounds(
                    label.c.value, msgspec.structs.replace(term, operator=positive), may_be_cut=True
                ).maybe
                found = exactly(and_(present, not_(trace.c.key.in_(values.where(same)))))
            case _:
                bounds = self._bounds(label.c.value, term, may_be_cut=True)
                found = Bounds(
                    trace.c.key.in_(values.where(bounds.maybe)),
                    trace.c.key.in_(values.where(bounds.surely)),
                    bounds.exact,
                )
        return signed(found, negated=negated)

    def _experiment(self, term: Comparison, *, negated: bool) -> Condition:
        """Decide which of the few experiments that are searched fit."""
        fitting = [number for number in self._experiment_ids if compare_text(term, str(number))]
        return signed(exactly(trace.c.experiment_id.in_(fitting)), negated=negated)

    def _trace_id(self, term: Comparison, *, negated: bool) -> Condition:
        if term.operator not in (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN):
            return ANYTHING
        values = (term.value,) if isinstance(term.value, str) else term.value
        assert isinstance(values, tuple)
        ids: list[bytes] = []
        for value in values:
            try:
                ids.append(otel_trace_id(parse_trace_id(value)))
            except InvalidInput:  # no trace has such an id
                continue
        wrong_way = term.operator in (Operator.NE, Operator.NOT_IN)
        return signed(exactly(trace.c.trace_id.in_(ids)), negated=negated != wrong_way)

    def _assessment(self, field: AssessmentField, term: Comparison) -> Bounds:
        found = select(assessment.c.trace_key).where(
            assessment.c.kind == field.scope.value, assessment.c.valid.is_(True)
        )
        if field.scope is AssessmentScope.ISSUE:
            bounds = self._bounds(assessment.c.name, term, may_be_cut=True)
            return Bounds(
                trace.c.key.in_(found.where(bounds.maybe)), trace.c.key.in_(found.where(bounds.surely)), bounds.exact
            )
        found = found.where(assessment.c.name == index_value(field.name))
        present = trace.c.key.in_(found)
        value, text = term.value, assessment.c.value_text
        match term.operator:
            case Operator.IS_NULL:
                return exactly(not_(present))
            case Operator.IS_NOT_NULL:
                return exactly(present)
            case _ if isinstance(value, int | float) and abs(value) < _EXACT_NUMBERS:
                return exactly(trace.c.key.in_(found.where(number_condition(assessment.c.value_number, term))))
            case Operator.EQ | Operator.IN | Operator.NE | Operator.NOT_IN if texts := _plain_texts(value):
                same = term.operator in (Operator.EQ, Operator.IN)
                return exactly(trace.c.key.in_(found.where(text.in_(texts) if same else text.not_in(texts))))
            case _:  # a pattern may match a value as it is or as JSON writes it
                return Bounds(present, false(), exact=False)


def _plain_texts(value: str | float | tuple[str, ...] | None) -> list[str]:
    """List the texts of a comparison if stored text tells which assessments equal them; otherwise nothing."""
    texts = (value,) if isinstance(value, str) else value
    return list(texts) if isinstance(texts, tuple) and all(map(is_plain, texts)) else []
