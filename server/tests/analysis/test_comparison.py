"""Whether one set of traces is worse than another."""

import time
from random import Random
from typing import Any

import pytest
from trilha_server.analysis.comparison import Comparison, MetricComparison, Statistic, Verdict, compare
from trilha_server.analysis.wording import conclusion
from trilha_server.domain.figures import Measurement

from server.tests.support.spans import trace_id


def sample(count: int, seed: int = 1, *, errors: float = 0.05, slowness: float = 1.0, **how: Any) -> list[Measurement]:
    """Traces of a service of certain qualities. Any: `tokens`, `liked`."""
    random = Random(seed)
    return [
        Measurement(
            trace_id=trace_id(number),
            is_error=random.random() < errors,
            has_ended=True,
            duration_ms=round(1000 * slowness * random.lognormvariate(0, 0.7)),
            total_tokens=round(how.get("tokens", 500) * random.lognormvariate(0, 0.5)),
            cost_usd=0.01 * random.lognormvariate(0, 0.5),
            assessments={"quality": float(random.random() < how.get("liked", 0.9))},
        )
        for number in range(count)
    ]


def metric(found: Comparison, name: str) -> MetricComparison:
    [one] = [one for one in found.metrics if one.metric.name == name]
    return one


def test_more_errors_and_longer_waits_are_worse() -> None:
    found = compare(sample(400), sample(400, 2, errors=0.17, slowness=2.1), frozenset())
    assert found.verdict is Verdict.WORSE
    worse = {one.metric.name for one in found.metrics if one.verdict is Verdict.WORSE}
    assert worse == {"error_rate", "duration_ms.mean", "duration_ms.p50", "duration_ms.p95"}
    median = metric(found, "duration_ms.p50")
    assert median.estimate is not None
    assert median.estimate.low < 1100 < median.estimate.high
    assert median.relative_difference == pytest.approx(1.1, abs=0.2)


def test_sets_that_are_alike_show_no_evidence() -> None:
    found = compare(sample(400), sample(300, 3), frozenset())
    assert {one.verdict for one in found.metrics} == {Verdict.NO_EVIDENCE}
    assert found.verdict is Verdict.NO_EVIDENCE
    assert conclusion(found) == "No evidence that B differs from A in any of 7 metrics."


def test_what_is_worse_one_way_is_better_the_other_way() -> None:
    a, b = sample(400), sample(400, 3, errors=0.17)
    forth, back = (metric(compare(*pair, frozenset()), "error_rate") for pair in ((a, b), (b, a)))
    assert (forth.verdict, back.verdict) == (Verdict.WORSE, Verdict.BETTER)
    assert forth.estimate is not None
    assert back.estimate is not None
    assert forth.estimate.difference == pytest.approx(-back.estimate.difference)
    assert forth.estimate.low == pytest.approx(-back.estimate.high)


def test_less_liked_is_worse_unless_less_is_wanted() -> None:
    a, b = sample(400), sample(400, 2, liked=0.6)
    assert metric(compare(a, b, frozenset()), "feedback.quality").verdict is Verdict.WORSE
    assert metric(compare(a, b, frozenset({"quality"})), "feedback.quality").verdict is Verdict.BETTER


def test_one_thing_worse_outweighs_what_is_better() -> None:
    found = compare(sample(400, tokens=800), sample(400, 2, errors=0.2), frozenset())
    assert found.verdict is Verdict.WORSE
    said = conclusion(found)
    assert said.startswith("B is worse than A in error_rate: ")
    assert "; but better in total_tokens.mean: " in said


def test_the_sentence_tells_values_difference_and_interval() -> None:
    a, b = sample(1000, errors=0.0), sample(1000, errors=1.0)
    said = conclusion(compare(a, b, frozenset()))
    assert said == ("B is worse than A in error_rate: 100 % after 0 % (+100 points, 95% interval +99.5 to +100).")


def test_too_few_measurements_tell_nothing() -> None:
    found = compare(sample(400), sample(19, errors=1.0), frozenset())
    assert all(one.estimate is None for one in found.metrics)
    assert found.verdict is Verdict.NO_EVIDENCE
    assert conclusion(found) == "No evidence either way: there are too few measurements to compare A and B."


def test_the_tail_of_a_few_measurements_is_not_compared() -> None:
    found = compare(sample(199), sample(199, 2, slowness=3), frozenset())
    assert metric(found, "duration_ms.p95").estimate is None
    assert metric(found, "duration_ms.p50").verdict is Verdict.WORSE


def test_nothing_beside_nothing_is_compared_too() -> None:
    found = compare([], [], frozenset())
    assert found.verdict is Verdict.NO_EVIDENCE
    assert metric(found, "error_rate").a.value is None


def test_only_traces_that_have_something_count_for_it() -> None:
    running = Measurement(
        trace_id=trace_id(1), is_error=False, has_ended=False, duration_ms=None, total_tokens=None, cost_usd=None
    )
    found = compare([*sample(100), *[running] * 900], sample(100, 2), frozenset())
    assert {one.a.count for one in found.metrics} == {100}


def test_scores_between_yes_and_no_are_compared_by_their_mean() -> None:
    def scored(seed: int, mean: float) -> list[Measurement]:
        random = Random(seed)
        plain = sample(100, seed)
        return [
            Measurement(
                **{name: getattr(one, name) for name in one.__struct_fields__ if name != "assessments"},
                assessments={"fluency": random.gauss(mean, 0.5)},
            )
            for one in plain
        ]

    found = metric(compare(scored(1, 3.0), scored(2, 3.5), frozenset()), "feedback.fluency")
    assert (found.metric.statistic, found.verdict) == (Statistic.MEAN, Verdict.BETTER)


@pytest.mark.slow
def test_equal_sets_are_called_different_about_as_seldom_as_promised() -> None:
    alarms = sum(
        compare(sample(250, seed), sample(250, 10_000 + seed), frozenset()).verdict is not Verdict.NO_EVIDENCE
        for seed in range(300)
    )
    assert alarms / 300 <= 0.06


@pytest.mark.slow
def test_the_largest_samples_are_compared_within_a_second() -> None:
    a, b = sample(20_000), sample(20_000, 2)
    compare(a[:100], b[:100], frozenset())  # loads what is loaded late
    start = time.perf_counter()
    compare(a, b, frozenset())
    assert time.perf_counter() - start < 1
