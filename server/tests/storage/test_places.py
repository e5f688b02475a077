"""Where a page ends goes into a token and comes back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.errors import InvalidInput
from trilha_server.search.page_token import encode_page_token
from trilha_server.storage.places import PlaceKind, read_place, write_place

VALUES = {
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
    str: st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")),  # no column holds NUL
}


@given(st.data())
def test_what_is_written_is_read(data: st.DataObject) -> None:
    kinds: list[PlaceKind] = data.draw(st.lists(st.sampled_from((int, float, str)), max_size=5))
    values = [data.draw(st.none() | VALUES[kind]) for kind in kinds]

    assert read_place(write_place(values, kinds), kinds) == values


def test_infinity_has_a_place() -> None:
    assert read_place(write_place([-math.inf], [float]), [float]) == [-math.inf]


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ([1], [str]),
        (["a"], [int]),
        (["z"], [float]),
        (["nan"], [float]),
        ([1.5], [float]),
        ([1], [int, int]),
        ([1, 2], [int]),
    ],
)
def test_the_token_of_another_order_is_refused(values: list[str | int | float], kinds: list[PlaceKind]) -> None:
    with pytest.raises(InvalidInput):
        read_place(encode_page_token(values), kinds)
