"""Costs that the application or its instrumentation computed."""

from trilha_server.domain.span import AttributeValue, Cost

_MAX_USD = 1e15


def cost_of(
    input_usd: AttributeValue = None, output_usd: AttributeValue = None, total_usd: AttributeValue = None
) -> Cost | None:
    """Read US dollars; `None` where nothing is said, and what is no amount counts as nothing."""
    if input_usd is None and output_usd is None and total_usd is None:
        return None
    paid_in, paid_out = _amount(input_usd), _amount(output_usd)
    return Cost(paid_in, paid_out, _amount(total_usd) or paid_in + paid_out)


def _amount(value: AttributeValue) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if abs(value) < _MAX_USD else 0.0
