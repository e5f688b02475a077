"""Tokens are counted once, whatever a convention leaves out or counts twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.price import tokens_by_kind
from trilha_server.domain.span import MAX_TOKENS, TokenUsage
from trilha_server.normalise.usage import count_of, usage_of

from server.tests.normalise.test_values import values


def test_parts_belong_to_the_whole() -> None:
    usage = usage_of(100, 20, 120, cache_read=60, cache_write=10, reasoning=8, input_audio=5, output_audio=2)

    assert usage == TokenUsage(100, 20, 120, 60, 10, 8, 5, 2)


def test_parts_larger_than_the_whole_are_added() -> None:
    assert usage_of(30, 5, 35, cache_read=60, cache_write=10) == TokenUsage(100, 5, 105, 60, 10)
    assert usage_of(30, 5, reasoning=8) == TokenUsage(30, 13, 43, reasoning_tokens=8)


def test_parts_that_a_convention_leaves_out_are_added() -> None:
    assert usage_of(100, 5, cache_read=60, input_has_cache=False) == TokenUsage(160, 5, 165, 60)
    assert usage_of(9, 5, reasoning=3, output_has_reasoning=False) == TokenUsage(9, 8, 17, reasoning_tokens=3)


@pytest.mark.parametrize(
    ("told", "total"), [((3, 4, None), 7), ((3, 4, 9), 9), ((3, 4, 5), 7), ((None, None, 5), 5), ((0, 0, 0), 0)]
)
def test_the_total_is_what_is_said_but_never_less_than_its_parts(
    told: tuple[int | None, int | None, int | None], total: int
) -> None:
    usage = usage_of(*told)

    assert usage is not None
    assert usage.total_tokens == total


def test_where_nobody_counted_nothing_is_known() -> None:
    assert usage_of() is usage_of("many", None, [1]) is usage_of(cache_read=5) is None


def test_numbers_may_be_written_as_text() -> None:
    assert [count_of("12"), count_of("x"), count_of("-1"), count_of("9" * 30), count_of("²")] == [
        12,
        None,
        None,
        None,
        None,
    ]


counts = st.none() | st.integers(0, 1000)


@given(told=st.tuples(counts, counts, counts, counts, counts), has_cache=st.booleans())
def test_no_token_is_counted_twice(told: tuple[int | None, ...], has_cache: bool) -> None:
    tokens_in, tokens_out, read, written, thought = told
    usage = usage_of(
        tokens_in, tokens_out, cache_read=read, cache_write=written, reasoning=thought, input_has_cache=has_cache
    )
    if usage is not None:
        assert sum(tokens_by_kind(usage).values()) == usage.input_tokens + usage.output_tokens == usage.total_tokens


@pytest.mark.slow
@given(told=st.lists(values, min_size=8, max_size=8))
def test_whatever_is_said_the_counts_can_be_kept(told: list[object]) -> None:
    usage = usage_of(*told[:3], cache_read=told[3], cache_write=told[4], reasoning=told[5])  # type: ignore[arg-type]  # anything
    if usage is not None:
        assert 0 <= usage.total_tokens <= 8 * MAX_TOKENS
