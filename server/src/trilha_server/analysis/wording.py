"""A comparison in one sentence."""

from trilha_server.analysis.comparison import LEVEL, Comparison, MetricComparison, Statistic, Verdict

_UNITS = (("duration_ms", " ms"), ("total_tokens", " tokens"), ("cost_usd", " USD"))


def conclusion(comparison: Comparison) -> str:
    """Say whether the second set, B, is worse than the first, A, and by what."""
    worse = [_shown(one) for one in comparison.metrics if one.verdict is Verdict.WORSE]
    better = [_shown(one) for one in comparison.metrics if one.verdict is Verdict.BETTER]
    if worse:
        but = f"; but better in {'; '.join(better)}" if better else ""
        return f"B is worse than A in {'; '.join(worse)}{but}."
    if better:
        return f"B is better than A in {'; '.join(better)}, and worse in nothing that was measured."
    told = sum(one.estimate is not None for one in comparison.metrics)
    if not told:
        return "No evidence either way: there are too few measurements to compare A and B."
    untold = len(comparison.metrics) - told
    few = f"; {untold} more have too few measurements" if untold else ""
    return f"No evidence that B differs from A in any of {told} metrics{few}."


def _shown(one: MetricComparison) -> str:
    assert one.estimate is not None
    found = one.estimate
    is_share = one.metric.statistic is Statistic.RATE
    unit = " %" if is_share else next((unit for name, unit in _UNITS if one.metric.name.startswith(name)), "")
    scale = 100 if is_share else 1
    before, after = ((side.value or 0.0) * scale for side in (one.a, one.b))
    change, low, high = (number * scale for number in (found.difference, found.low, found.high))
    points = " points" if is_share else unit
    return (
        f"{one.metric.name}: {_number(after)}{unit} after {_number(before)}{unit} "
        f"({_signed(change)}{points}, {LEVEL:.0%} interval {_signed(low)} to {_signed(high)})"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'}{_number(abs(value))}"
