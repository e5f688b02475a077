"""Of spans above each other the highest counts, whatever the order and however deep they lie."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.ids import SpanId
from trilha_server.domain.span import SpanFacts, SpanStatus
from trilha_server.normalise.counting import holders

from server.tests.support.spans import START_NS, span_id

Spans = dict[SpanId, SpanFacts]


def a_tree(parents: dict[int, int | None]) -> Spans:
    return {
        span_id(number): SpanFacts(
            span_id(number),
            None if parent is None else span_id(parent),
            "step",
            "TOOL",
            START_NS,
            START_NS,
            SpanStatus.OK,
        )
        for number, parent in parents.items()
    }


def above(parents: dict[int, int | None], wanted: set[int]) -> dict[int, int | None]:
    found = holders(a_tree(parents), {span_id(number) for number in wanted})
    return {
        int.from_bytes(number, "big"): None if holder is None else int.from_bytes(holder, "big")
        for number, holder in found.items()
    }


def test_the_highest_of_several_holds_the_others() -> None:
    assert above({1: None, 2: 1, 3: 2, 4: 3}, {2, 3, 4}) == {2: None, 3: 2, 4: 2}


def test_siblings_and_orphans_count_themselves() -> None:
    assert above({1: None, 2: 1, 3: 1, 4: 99}, {2, 3, 4}) == {2: None, 3: None, 4: None}


def test_others_may_be_asked_about() -> None:
    spans = a_tree({1: None, 2: 1, 3: 2, 4: None})
    asked = [span_id(number) for number in (2, 3, 4)]

    assert holders(spans, {span_id(1)}, asked) == {span_id(2): span_id(1), span_id(3): span_id(1), span_id(4): None}


def test_of_a_circle_the_least_id_counts() -> None:
    assert above({1: 3, 2: 1, 3: 2, 4: 2}, {2, 3, 4}) == {2: None, 3: 2, 4: 2}
    assert above({1: 2, 2: 1, 3: 1}, {3}) == {3: None}
    assert above({1: 1}, {1}) == {1: None}


def test_a_deep_tree_takes_no_longer_than_a_wide_one() -> None:
    depth = 30_000
    spans = a_tree({number: number - 1 or None for number in range(1, 2 * depth)})
    wanted = {span_id(number) for number in range(depth, 2 * depth)}
    started_s = time.monotonic()

    found = holders(spans, wanted)

    assert time.monotonic() - started_s < 5
    assert sum(holder is None for holder in found.values()) == 1


def told_slowly(parents: dict[int, int | None], wanted: set[int]) -> dict[int, int | None]:
    """The same, walked up from every span."""
    found: dict[int, int | None] = {}
    for number in wanted:
        above_it, at = [number], parents.get(number)
        while at is not None and at not in above_it:
            above_it.append(at)
            at = parents.get(at)
        ends_in_circle = above_it[above_it.index(at) :] if at is not None else []
        of_circle = min((member for member in ends_in_circle if member in wanted), default=None)
        rest = [member for member in above_it if member not in ends_in_circle and member in wanted]
        highest = of_circle if of_circle is not None else rest[-1]
        found[number] = None if highest == number else highest
    return found


@given(
    parents=st.dictionaries(st.integers(1, 12), st.none() | st.integers(1, 14), min_size=1),
    seed=st.integers(0, 999),
    data=st.data(),
)
def test_walking_up_from_every_span_says_the_same(
    parents: dict[int, int | None], seed: int, data: st.DataObject
) -> None:
    wanted = data.draw(st.sets(st.sampled_from(sorted(parents))))
    shuffled = dict(random.Random(seed).sample(list(parents.items()), len(parents)))

    assert above(parents, wanted) == above(shuffled, wanted) == told_slowly(parents, wanted)
