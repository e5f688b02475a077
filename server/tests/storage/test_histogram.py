"""Numbers are counted in buckets that never move, narrow enough for percentiles."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from trilha_server.storage.histogram import BOUNDS, ERROR, MOST, bucket_of, counts_bytes, middles, read_counts

numbers = st.integers(0, 200) | st.integers(0, MOST)
counts = st.dictionaries(st.integers(0, len(BOUNDS)), st.integers(1, 2**40), max_size=40)


@given(numbers)
def test_a_number_is_near_the_middle_of_its_bucket(number: int) -> None:
    middle = middles()[bucket_of(number)]

    assert abs(middle - number) <= ERROR * number


@given(st.integers(0, 99))
def test_small_numbers_are_counted_exactly(number: int) -> None:
    assert middles()[bucket_of(number)] == number


def test_the_bounds_are_those_that_stores_were_written_with() -> None:
    assert (len(BOUNDS), BOUNDS[100], BOUNDS[500], BOUNDS[1000]) == KEPT_BOUNDS


KEPT_BOUNDS = (1631, 102, 216_725, 4_324_656_847)


@given(counts)
def test_counts_are_read_as_they_were_written(found: dict[int, int]) -> None:
    assert read_counts(counts_bytes(found)) == found


def test_counts_of_an_hour_take_three_bytes_a_bucket() -> None:
    found = Counter(bucket_of(number * number) for number in range(300))

    assert len(counts_bytes(found)) == 1 + 3 * len(found)
