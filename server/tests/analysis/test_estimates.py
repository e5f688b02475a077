"""Differences of two samples, with intervals that hold what they promise."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.analysis.estimates import Estimate, Numbers, holm, means, percentiles, proportions

LEVEL = 0.95
Draw = Callable[[np.random.Generator, int], Numbers]

DRAWS: dict[str, Draw] = {
    "even": lambda random, count: random.normal(1000, 100, count),
    "skewed": lambda random, count: random.lognormal(7, 1, count),
    "few values": lambda random, count: random.integers(1, 6, count).astype(np.float64),
}


def test_the_interval_of_shares_is_newcombes() -> None:
    # His own example, 56 of 70 against 48 of 80: 0.2 with 0.0524 to 0.3339 (Statistics in Medicine 17, 1998, table II).
    found = proportions(48, 80, 56, 70, LEVEL)
    assert (found.difference, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_interval_of_means_is_welchs() -> None:
    a, b = np.array([20.0, 22, 19, 20, 22, 18, 24, 20]), np.array([24.0, 26, 23, 29, 25, 27])
    found = means(a, b, LEVEL)
    # As scipy.stats.ttest_ind(b, a, equal_var=False) has it, which takes seconds to load.
    assert found.p_value == pytest.approx(0.001055214)
    assert (found.low, found.high) == pytest.approx((2.565558133, 7.517775200))


def test_the_same_data_give_the_same_answer() -> None:
    a, b = np.arange(50.0), np.arange(60.0)
    assert percentiles(a, b, 50, LEVEL) == percentiles(a.copy(), b.copy(), 50, LEVEL)


def test_samples_of_one_number_each_differ_for_certain_or_not_at_all() -> None:
    assert means(np.full(30, 100.0), np.full(30, 110.0), LEVEL).p_value == 0
    assert means(np.full(30, 100.0), np.full(30, 100.0), LEVEL).p_value == 1
    assert percentiles(np.full(30, 100.0), np.full(30, 100.0), 50, LEVEL).p_value == 1


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_an_interval_of_shares_holds_nothing_exactly_where_its_p_value_says_so(
    count_a: int, count_b: int, data: st.DataObject
) -> None:
    hits_a, hits_b = data.draw(st.integers(0, count_a)), data.draw(st.integers(0, count_b))
    found = proportions(hits_a, count_a, hits_b, count_b, LEVEL)
    assert -1 <= found.low <= found.difference <= found.high <= 1
    if abs(found.p_value - (1 - LEVEL)) > 1e-9:
        assert (found.p_value < 1 - LEVEL) is not (found.low <= 0 <= found.high)


@given(st.lists(st.floats(0, 1), max_size=10))
def test_corrected_p_values_are_no_smaller_and_keep_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    ranked = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert [adjusted[place] for place in ranked] == sorted(adjusted)


def test_the_smallest_of_three_is_tripled_and_the_largest_kept() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def coverage(estimate: Callable[[np.random.Generator], Estimate], truth: float, trials: int = 2000) -> float:
    random = np.random.default_rng(1)
    found = [estimate(random) for _ in range(trials)]
    return sum(one.low <= truth <= one.high for one in found) / trials


@pytest.mark.slow
@pytest.mark.parametrize(("count_a", "count_b"), [(20, 20), (200, 200), (1000, 300)])
@pytest.mark.parametrize("name", DRAWS)
def test_intervals_of_means_cover_the_truth_as_often_as_they_say(name: str, count_a: int, count_b: int) -> None:
    draw = DRAWS[name]
    covered = coverage(lambda random: means(draw(random, count_a), draw(random, count_b) + 50, LEVEL), 50)
    assert 0.92 <= covered <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(("percentile", "count"), [(50, 20), (95, 200)])
@pytest.mark.parametrize("name", ["even", "skewed"])
def test_intervals_of_percentiles_cover_the_truth_as_often_as_they_say(name: str, percentile: int, count: int) -> None:
    draw = DRAWS[name]
    covered = coverage(
        lambda random: percentiles(
            np.sort(draw(random, count)), np.sort(draw(random, count) + 50), float(percentile), LEVEL
        ),
        50,
        trials=400,
    )
    assert 0.92 <= covered <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(("share_a", "share_b"), [(0.02, 0.02), (0.05, 0.15), (0.5, 0.5)])
@pytest.mark.parametrize(("count_a", "count_b"), [(50, 50), (200, 1000)])
def test_intervals_of_shares_cover_the_truth_as_often_as_they_say(
    share_a: float, share_b: float, count_a: int, count_b: int
) -> None:
    covered = coverage(
        lambda random: proportions(
            int(random.binomial(count_a, share_a)), count_a, int(random.binomial(count_b, share_b)), count_b, LEVEL
        ),
        share_b - share_a,
    )
    assert 0.92 <= covered <= 1.0
