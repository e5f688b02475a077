"""The rule by which tokens are counted, whatever a convention leaves out or counts twice.

Input holds the tokens read from a cache, those written to it, and audio; output holds reasoning and audio.
"""

import math

from trilha_server.domain.span import MAX_TOKENS, AttributeValue, TokenUsage


def count_of(value: AttributeValue) -> int | None:
    """Read a number of tokens, written as text too; `None` for what is no number."""
    if isinstance(value, str):
        return min(int(value), MAX_TOKENS) if value.isascii() and value.isdigit() and len(value) < _MAX_DIGITS else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if math.isnan(value) else int(max(0, min(value, MAX_TOKENS)))


_MAX_DIGITS = 20


def usage_of(  # noqa: PLR0913  # one argument for each kind of token that somebody counts
    input_tokens: AttributeValue = None,
    output_tokens: AttributeValue = None,
    total_tokens: AttributeValue = None,
    *,
    cache_read: AttributeValue = None,
    cache_write: AttributeValue = None,
    reasoning: AttributeValue = None,
    input_audio: AttributeValue = None,
    output_audio: AttributeValue = None,
    input_has_cache: bool = True,
    output_has_reasoning: bool = True,
) -> TokenUsage | None:
    """Count tokens from what a convention says; `None` where it gives neither input, output nor a total.

    `input_has_cache` and `output_has_reasoning` tell what the convention promises. Parts that are larger than the
    whole cannot be in it, whatever is promised, so they are added.
    """
    counted_input, counted_output = count_of(input_tokens), count_of(output_tokens)
    total = count_of(total_tokens)
    if counted_input is None and counted_output is None and total is None:
        return None
    read, written, thought = count_of(cache_read), count_of(cache_write), count_of(reasoning)
    tokens_in = _with_parts(counted_input or 0, (read or 0) + (written or 0), includes_parts=input_has_cache)
    tokens_out = _with_parts(counted_output or 0, thought or 0, includes_parts=output_has_reasoning)
    return TokenUsage(
        tokens_in,
        tokens_out,
        max(total or 0, tokens_in + tokens_out),
        read,
        written,
        thought,
        count_of(input_audio),
        count_of(output_audio),
    )


def _with_parts(whole: int, parts: int, *, includes_parts: bool) -> int:
    return whole if includes_parts and parts <= whole else whole + parts
