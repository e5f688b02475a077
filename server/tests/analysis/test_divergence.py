"""How far two distributions are apart."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.analysis.divergence import benjamini_hochberg, divergence, separate_divergence

counters = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 200)).map(Counter)


def test_the_same_distribution_is_nothing_apart() -> None:
    found = divergence({"x": 50, "y": 50}, 100, {"x": 500, "y": 500}, 1000)
    assert found is not None
    assert (found.bits, found.p_value) == (0.0, pytest.approx(1))


def test_nothing_in_common_is_one_bit_apart() -> None:
    found = divergence({"x": 1000}, 1000, {"y": 1000}, 1000)
    assert found is not None
    assert found.bits == pytest.approx(1, abs=0.01)
    assert found.p_value < 1e-100


def test_the_value_that_moves_most_comes_first() -> None:
    found = divergence({"x": 600, "y": 300, "z": 100}, 1000, {"x": 300, "y": 320, "z": 380}, 1000)
    assert found is not None
    assert [shift.value for shift in found.shifts] == ["z", "x", "y"]


def test_values_that_are_all_rare_are_no_difference() -> None:
    requests_a, requests_b = {f"a{number}": 1 for number in range(500)}, {f"b{number}": 1 for number in range(500)}
    assert divergence(requests_a, 500, requests_b, 500) is None


def test_a_side_of_nothing_but_rare_values_is_not_compared() -> None:
    frequent = {"x": 300, "y": 300, "z": 300}
    assert divergence({f"a{number}": 1 for number in range(20)}, 20, frequent, 100_000) is None
    assert divergence({}, 0, frequent, 900) is None


def test_a_missing_value_is_a_value() -> None:
    found = divergence({"x": 500}, 1000, {"x": 900}, 1000)
    assert found is not None
    assert found.bits > 0.1


def test_members_with_several_values_are_compared_value_by_value() -> None:
    a, b = {"plan": 1000, "search": 1000}, {"plan": 1000, "search": 1000, "rerank": 800}
    found = separate_divergence(a, 1000, b, 1000)
    assert found is not None
    assert [shift.value for shift in found.shifts] == ["rerank"]  # the others are in every one
    assert found.bits > 0.4


@given(counters, counters)
def test_it_is_the_same_both_ways_and_from_nothing_to_one(a: Counter[str], b: Counter[str]) -> None:
    forth, back = (divergence(p, p.total(), q, q.total()) for p, q in ((a, b), (b, a)))
    assert (forth is None) is (back is None)
    if forth is not None and back is not None:
        assert forth.bits == pytest.approx(back.bits)
        assert forth.p_value == pytest.approx(back.p_value)
        assert 0 <= forth.bits <= 1
        assert 0 <= forth.p_value <= 1


@pytest.mark.parametrize("count", [50, 5000])
def test_what_chance_makes_of_equal_distributions_is_taken_off(count: int) -> None:
    random = np.random.default_rng(1)

    def bits() -> float:
        a: Counter[int] = Counter(random.integers(0, 5, count).tolist())
        b: Counter[int] = Counter(random.integers(0, 5, count).tolist())
        found = divergence(a, count, b, count)
        return 0.0 if found is None else found.bits

    assert np.mean([bits() for _ in range(200)]) < 1 / count


def test_of_many_p_values_only_some_stay_small() -> None:
    assert benjamini_hochberg([0.01, 0.9, 0.02, 0.04]) == pytest.approx([0.04, 0.9, 0.04, 0.04 * 4 / 3])
    assert benjamini_hochberg([]) == []
