"""OTLP values are Python values, and back."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.values import from_any_value, json_text, to_any_value, to_key_values, unwrap_json

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.binary(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(value=values)
def test_a_value_survives_the_way_there_and_back(value: AttributeValue) -> None:
    encoded = to_any_value(value).SerializeToString()
    back = from_any_value(AnyValue.FromString(encoded))

    assert back == value
    assert repr(back) == repr(value), "1, 1.0 and True are told apart"


def test_not_a_number_stays_what_it_is() -> None:
    back = from_any_value(to_any_value([math.nan, -math.inf]))

    assert repr(back) == "[nan, -inf]"


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_an_integer_that_otlp_has_no_room_for_becomes_text(number: int) -> None:
    assert from_any_value(to_any_value({"n": number})) == {"n": str(number)}


def test_attributes_are_pairs() -> None:
    assert [(pair.key, from_any_value(pair.value)) for pair in to_key_values({"a": 1, "b": None})] == [
        ("a", 1),
        ("b", None),
    ]


@given(value=values)
def test_any_value_can_be_written_as_json(value: AttributeValue) -> None:
    json.loads(json_text(value))


def test_what_json_cannot_say_becomes_null() -> None:
    assert json_text({"a": [math.nan, math.inf, 1.5], "b": b"\x00\xff"}) == '{"a":[null,null,1.5],"b":"AP8="}'


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ('"text"', "text"),
        ('{"a": [1]}', {"a": [1]}),
        ("[]", []),
        ("plain", "plain"),
        ("12", "12"),
        ("true", "true"),
        ("", ""),
        ('{"a": ', '{"a": '),
        ("[" * 100_000, "[" * 100_000),
        (
            '{"cut": "\\ud83d", "whole": "\\ud83d\\ude00", "told": "\\\\ud83d"}',
            {"cut": "\ufffd", "whole": "\U0001f600", "told": "\\ud83d"},
        ),
        ('"\\ude00\\uD83D\\n"', "\ufffd\ufffd\n"),
        ('{"cut": "\\ud83d"', '{"cut": "\\ud83d"'),
        (5, 5),
        (None, None),
    ],
)
def test_text_that_is_json_is_read_as_json(value: AttributeValue, meant: AttributeValue) -> None:
    assert unwrap_json(value) == meant
