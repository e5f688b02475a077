"""Reading orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    DEFAULT_ORDER,
    Attribute,
    AttributeField,
    LabelField,
    LabelScope,
    OrderTerm,
)
from trilha_server.search.order import parse_order


def test_without_terms_the_newest_comes_first():
    assert parse_order([]) == DEFAULT_ORDER


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("timestamp", Attribute.TIMESTAMP_MS),
        ("timestamp_ms", Attribute.TIMESTAMP_MS),
        ("attributes.timestamp_ms", Attribute.TIMESTAMP_MS),
        ("execution_time", Attribute.EXECUTION_TIME_MS),
        ("trace.execution_time_ms", Attribute.EXECUTION_TIME_MS),
        ("duration", Attribute.EXECUTION_TIME_MS),
        ("end_time", Attribute.END_TIME_MS),
        ("end_time_ms", Attribute.END_TIME_MS),
        ("status", Attribute.STATUS),
        ("request_id", Attribute.REQUEST_ID),
        ("experiment_id", Attribute.EXPERIMENT_ID),
        ("attribute.name", Attribute.NAME),
        ("run_id", Attribute.RUN_ID),
        ("user", Attribute.USER),
        ("session", Attribute.SESSION),
        ("model_id", Attribute.MODEL_ID),
        ("version", Attribute.VERSION),
        ("tokens.total", Attribute.TOKENS_TOTAL),
        ("`cost.total`", Attribute.COST_TOTAL),
    ],
)
def test_an_attribute_orders_up_unless_told_otherwise(name: str, meant: Attribute):
    assert parse_order([name]) == (OrderTerm(AttributeField(meant)),)
    assert parse_order([f"{name} asc"]) == (OrderTerm(AttributeField(meant)),)
    assert parse_order([f" {name}  DESC "]) == (OrderTerm(AttributeField(meant), descending=True),)


@pytest.mark.parametrize("written", ["mlflow.trace.user", "`mlflow.trace.user`", '"mlflow.trace.user"'])
def test_tags_and_metadata_order_too(written: str):
    assert parse_order([f"tags.{written}", f"request_metadata.{written} DESC"]) == (
        OrderTerm(LabelField(LabelScope.TAG, "mlflow.trace.user")),
        OrderTerm(LabelField(LabelScope.METADATA, "mlflow.trace.user"), descending=True),
    )


@pytest.mark.parametrize(
    ("term", "position", "says"),
    [
        ("bogus", 0, "unknown attribute 'bogus'"),
        ("timestmp DESC", 0, "did you mean 'timestamp'?"),
        ("timestamp_ms UP", 13, "expected ASC, DESC or nothing more, found UP"),
        ("timestamp_ms DESC, name", 17, "expected nothing more"),
        ("", 0, "expected a field such as timestamp_ms"),
        ("DESC", 0, "expected a field such as timestamp_ms"),
        ("tags", 0, "write tags.<key>"),
        ("span.name", 0, "cannot order by 'span.name'"),
        ("feedback.score", 0, "cannot order by"),
        ("trace.text", 0, "cannot order by"),
        ("prompt", 0, "cannot order by"),
    ],
)
def test_what_is_no_order_is_refused_at_its_place(term: str, position: int, says: str):
    with pytest.raises(InvalidFilter) as caught:
        parse_order([term])
    assert says in caught.value.text
    assert caught.value.position == position


def test_a_field_orders_once():
    with pytest.raises(InvalidFilter, match="there already"):
        parse_order(["timestamp", "name", "timestamp_ms DESC"])


def test_an_order_has_a_greatest_number_of_terms():
    with pytest.raises(InvalidFilter, match="at most 20 terms"):
        parse_order([f"tags.k{index}" for index in range(21)])


@given(st.text())
def test_no_term_does_anything_but_parse_or_be_refused(term: str):
    try:
        parse_order([term])
    except InvalidFilter as error:
        assert error.position is not None
