"""How much two things go together."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.analysis.association import Association, association


def test_what_is_always_together_is_one() -> None:
    assert association(10, 10, 10, 100).npmi == pytest.approx(1)
    assert association(10, 10, 10, 10) == Association(1.0, 1.0)


def test_what_is_never_together_is_minus_one() -> None:
    found = association(0, 10, 10, 100)
    assert found.npmi == -1
    assert found.npmi_smoothed is not None
    assert -1 < found.npmi_smoothed < 0


def test_independent_things_are_nothing() -> None:
    assert association(25, 50, 50, 100).npmi == pytest.approx(0)


def test_it_is_mutual_information_by_its_bound() -> None:
    assert association(10, 20, 15, 100).npmi == pytest.approx(math.log(10 * 100 / 300) / math.log(10))


@pytest.mark.parametrize("counts", [(0, 0, 10, 100), (0, 10, 0, 100), (0, 0, 0, 0), (5, 3, 10, 100)])
def test_of_nothing_there_is_nothing_to_say(counts: tuple[int, int, int, int]) -> None:
    assert association(*counts) == Association(None, None)


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_it_stays_within_its_bounds(both: int, first: int, second: int, neither: int) -> None:
    found = association(both, both + first, both + second, both + first + second + neither)
    for score in (found.npmi, found.npmi_smoothed):
        assert score is None or -1 <= score <= 1
