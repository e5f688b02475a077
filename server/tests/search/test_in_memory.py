"""Filters, orders and pages worked out in memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.filter import (
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    Comparison,
    LabelField,
    LabelScope,
    Operator,
    OrderTerm,
)
from trilha_server.search.experiments import parse_experiment_filter
from trilha_server.search.in_memory import (
    FieldValue,
    NamedField,
    Paging,
    holds,
    in_order,
    mentions,
    page_in_order,
    required_texts,
)

NAME = AttributeField(Attribute.NAME)
TIME = AttributeField(Attribute.TIMESTAMP_MS)
TEAM = LabelField(LabelScope.TAG, "team")

Thing = tuple[str, int | None, str | None]
"""Name, time and team."""


def read(thing: Thing, field: NamedField) -> FieldValue:
    return thing[(NAME, TIME, TEAM).index(field)]


def parsed(text: str):
    tree = parse_experiment_filter(text)
    assert tree is not None
    return tree


def test_what_comes_last_is_without_the_field_either_way():
    things: list[Thing] = [("a", 1, None), ("b", None, "x"), ("c", 2, "y")]

    assert [name for name, _, _ in in_order(things, [OrderTerm(TIME)], read)] == ["a", "c", "b"]
    assert [name for name, _, _ in in_order(things, [OrderTerm(TIME, descending=True)], read)] == ["c", "a", "b"]
    assert [name for name, _, _ in in_order(things, [OrderTerm(TEAM)], read)] == ["b", "c", "a"]


ORDERS = st.lists(st.sampled_from([TIME, TEAM]), unique=True, max_size=2).flatmap(
    lambda fields: st.tuples(*(st.booleans().map(lambda down, field=field: OrderTerm(field, down)) for field in fields))
)
THINGS = st.lists(
    st.tuples(st.text(max_size=3), st.none() | st.integers(-2, 2), st.none() | st.sampled_from(["x", "y", "é"])),
    unique_by=lambda thing: thing[0],
    max_size=12,
)


@given(THINGS, ORDERS, st.integers(1, 5))
def test_pages_one_after_the_other_are_all_in_order(things: list[Thing], order: tuple[OrderTerm, ...], limit: int):
    full_order = (*order, OrderTerm(NAME))
    pages: list[list[Thing]] = []
    token: str | None = None
    while True:
        page, token = page_in_order(things, Paging(full_order, limit, token), read)
        pages.append(page)
        if token is None:
            break

    assert [thing for page in pages for thing in page] == in_order(things, full_order, read)
    assert all(len(page) == limit for page in pages[:-1])


def test_what_is_deleted_or_made_between_pages_hides_nothing_and_repeats_nothing():
    order = (OrderTerm(TIME, descending=True), OrderTerm(NAME))
    things: list[Thing] = [(name, time, None) for name, time in (("a", 5), ("b", 4), ("c", 3), ("d", 2))]
    first, token = page_in_order(things, Paging(order, 2, None), read)

    changed = [("new", 9, None), *(thing for thing in things if thing[0] != "b")]
    second, end = page_in_order(changed, Paging(order, 2, token), read)

    assert [name for name, _, _ in (*first, *second)] == ["a", "b", "c", "d"]
    assert end is None


@pytest.mark.parametrize("last", [("a",), ("a", 1, "x"), (1, "a")])
def test_a_token_of_another_search_is_refused(last: tuple[str | int, ...]):
    from trilha_server.search.page_token import encode_page_token

    order = (OrderTerm(NAME), OrderTerm(TIME))
    with pytest.raises(InvalidInput):
        page_in_order([("a", 1, None)], Paging(order, 2, encode_page_token(last)), read)


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("name = 'a'", ("a",)),
        ("name IN ('a', 'b')", ("a", "b")),
        ("tags.team = 'x' AND name = 'a' AND creation_time > 5", ("a",)),
        ("name != 'a'", None),
        ("name LIKE 'a%'", None),
        ("NOT name = 'a'", None),
        ("name = 'a' OR name = 'b'", None),
        ("tags.name = 'a'", None),
    ],
)
def test_only_texts_that_a_field_must_have_are_required(text: str, texts: tuple[str, ...] | None):
    assert required_texts(parsed(text), NAME) == texts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tags.team = 'x'", True),
        ("NOT (name = 'a' OR NOT tags.team IS NULL)", True),
        ("name = 'team' AND tags.other = 'team'", False),
    ],
)
def test_a_field_is_mentioned_anywhere(text: str, found: bool):
    assert mentions(parsed(text), TEAM) is found
    assert mentions(None, TEAM) is False


def test_what_only_traces_have_cannot_be_asked_here():
    of_traces = Comparison(AssessmentField(AssessmentScope.FEEDBACK, "quality"), Operator.EQ, "good")
    with pytest.raises(TypeError):
        holds(of_traces, lambda field: None)
