"""Writing filters: what is written is read back as the same tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.filter import (
    And,
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    FilterField,
    LabelField,
    Not,
    Operator,
    Or,
    OrderTerm,
    SpanField,
    SpanPart,
)
from trilha_server.search.order import parse_order
from trilha_server.search.parse import parse_filter
from trilha_server.search.printing import print_filter, print_order_term, without_positions
from trilha_server.search.values import ORDERING, PRESENCE, ValueKind, rule_of

from server.tests.support.filters import TRACE_SCOPES

# Surrogates are no text; the control characters and quotes among the rest are wanted.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = st.sampled_from(["idx", "mlflow.trace.user", "and", "a b", "`", '"'] * 2) | TEXT.filter(bool)
NUMBERS = st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
FIELDS: st.SearchStrategy[FilterField] = st.one_of(
    st.sampled_from(Attribute).map(AttributeField),
    st.builds(LabelField, st.sampled_from(TRACE_SCOPES), KEYS),
    st.sampled_from([part for part in SpanPart if part is not SpanPart.ATTRIBUTE]).map(SpanField),
    st.builds(SpanField, st.just(SpanPart.ATTRIBUTE), KEYS),
    st.builds(AssessmentField, st.sampled_from([AssessmentScope.FEEDBACK, AssessmentScope.EXPECTATION]), KEYS),
    st.just(AssessmentField(AssessmentScope.ISSUE, "id")),
)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    field = draw(FIELDS)
    rule = rule_of(field)
    operator = draw(st.sampled_from(rule.operators))
    if operator in PRESENCE:
        return Comparison(field, operator, None)
    if operator in (Operator.IN, Operator.NOT_IN):
        return Comparison(field, operator, tuple(draw(st.lists(TEXT, min_size=1, max_size=3))))
    if operator is Operator.RLIKE:
        return Comparison(field, operator, draw(st.sampled_from(["^a'b$", r"\d+", ""])))
    if rule.kind in (ValueKind.NUMBER, ValueKind.TIME) or (rule.kind is ValueKind.ASSESSED and operator in ORDERING):
        return Comparison(field, operator, draw(NUMBERS))
    if rule.kind is ValueKind.ASSESSED and operator in (Operator.EQ, Operator.NE):
        return Comparison(field, operator, draw(TEXT | NUMBERS))
    return Comparison(field, operator, "a/1" if rule.kind is ValueKind.PROMPT else draw(TEXT))


def terms_of(trees: st.SearchStrategy[Filter], joint: type[And] | type[Or]) -> st.SearchStrategy[tuple[Filter, ...]]:
    return st.lists(trees.filter(lambda tree: not isinstance(tree, joint)), min_size=2, max_size=4).map(tuple)


def joined(trees: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    return st.one_of(terms_of(trees, And).map(And), terms_of(trees, Or).map(Or), trees.map(Not))


@given(st.recursive(comparisons(), joined, max_leaves=12))
def test_what_is_printed_is_parsed_to_the_same_tree(tree: Filter):
    again = parse_filter(print_filter(tree))
    assert again is not None
    assert without_positions(again) == tree


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("trace.timestamp>'2026-11-21'", "timestamp_ms > 1795219200000"),
        ("duration < 2.5", "execution_time_ms < 2.5"),
        ("trace.text LIKE '%x%'", "trace.text LIKE '%x%'"),
        ("tag.`mlflow.trace.user` = \"it's\"", "tags.mlflow.trace.user = 'it''s'"),
        ('request_metadata."a b" is null', "metadata.`a b` IS NULL"),
        ("not name like 'x'", "name NOT LIKE 'x'"),
        ("not name not in ('x')", "NOT name NOT IN ('x')"),
        ("not (name = 'x')", "NOT name = 'x'"),
        ("(status = 'OK') and status='OK' or not (name = 'a' or issue.id='i')",
         "status = 'OK' AND status = 'OK' OR NOT (name = 'a' OR issue.id = 'i')"),
        ("(name = 'a' or name = 'b') and name = 'c'", "(name = 'a' OR name = 'b') AND name = 'c'"),
    ],
)  # fmt: skip
def test_the_canonical_spelling_is_plain(text: str, canonical: str):
    tree = parse_filter(text)
    assert tree is not None
    assert print_filter(tree) == canonical


@given(st.builds(OrderTerm, st.builds(LabelField, st.sampled_from(TRACE_SCOPES), KEYS), st.booleans()))
def test_a_printed_order_term_is_parsed_to_the_same_term(term: OrderTerm):
    assert parse_order([print_order_term(term)]) == (term,)
