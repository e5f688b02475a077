"""What waits to be sent: grouped, bounded, handed out oldest first."""

from hypothesis import given
from hypothesis import strategies as st
from trilha._export.parcels import PARCEL_BYTES, EncodedSpan, Parcel, Waiting
from trilha._settings import Destination

ONE, TWO = Destination(experiment_id="1"), Destination(experiment_id="2")


class Dropped:
    def __init__(self) -> None:
        self.spans = 0
        self.roots = 0

    def __call__(self, spans: int, roots: int) -> None:
        self.spans += spans
        self.roots += roots


class Disk:
    """Someone who keeps copies."""

    def __init__(self) -> None:
        self.settled = 0
        self.left = (0, 0, 0)

    def settle(self, count: int) -> None:
        self.settled += count

    def leave(self, spans: int, roots: int, attachments: int) -> None:
        self.left = (self.left[0] + spans, self.left[1] + roots, self.left[2] + attachments)


def _none_rests(destination: Destination) -> bool:
    return False


def _take(waiting: Waiting) -> Parcel:
    parcel = waiting.take(_none_rests)
    assert parcel is not None
    return parcel


def test_spans_travel_by_destination():
    waiting = Waiting(10**6, Dropped())
    for destination, text in ((ONE, b"a"), (TWO, b"b"), (ONE, b"c")):
        waiting.add([(destination, EncodedSpan(text, is_root=True))], 0.0)
    waiting.seal(1.0)
    taken = [_take(waiting), _take(waiting)]
    assert [(parcel.destination, [span.payload for span in parcel.spans]) for parcel in taken] == [
        (ONE, [b"a", b"c"]),
        (TWO, [b"b"]),
    ]


def test_an_open_parcel_is_not_handed_out_before_its_time():
    waiting = Waiting(10**6, Dropped())
    waiting.add([(ONE, EncodedSpan(b"a", is_root=True))], 10.0)
    assert not waiting.seal(9.9)
    assert waiting.take(_none_rests) is None
    assert waiting.seal(10.0)
    assert _take(waiting).traces == 1


def test_a_full_parcel_is_closed_at_once():
    waiting = Waiting(10**9, Dropped())
    assert not waiting.add([(ONE, EncodedSpan(b"a", is_root=True))], 0.0)
    assert waiting.add([(ONE, EncodedSpan(bytes(PARCEL_BYTES), is_root=True))], 0.0)
    assert len(_take(waiting).spans) == 2


def test_small_parcels_travel_together():
    waiting = Waiting(10**6, Dropped())
    for number in range(5):
        waiting.add([(ONE, EncodedSpan(b"%d" % number, is_root=True))], 0.0)
        waiting.seal(1.0)
    assert [span.payload for span in _take(waiting).spans] == [b"0", b"1", b"2", b"3", b"4"]


def test_a_destination_that_rests_holds_up_no_other():
    waiting = Waiting(10**6, Dropped())
    for destination in (ONE, TWO):
        waiting.add([(destination, EncodedSpan(b"a", is_root=True))], 0.0)
    waiting.seal(1.0)
    parcel = waiting.take(lambda destination: destination == ONE)
    assert parcel is not None
    assert parcel.destination == TWO


def test_what_could_not_be_sent_comes_first_again():
    waiting = Waiting(10**6, Dropped())
    for text in (b"a", b"b"):
        waiting.add([(ONE, EncodedSpan(text + bytes(PARCEL_BYTES), is_root=True))], 0.0)
    first = _take(waiting)
    waiting.give_back([first])
    assert _take(waiting) is first


def test_halves_are_not_put_together_again():
    waiting = Waiting(10**6, Dropped())
    for text in (b"a", b"b"):
        waiting.add([(ONE, EncodedSpan(text, is_root=True))], 0.0)
    waiting.seal(1.0)
    waiting.give_back(_take(waiting).halves())
    assert [span.payload for span in _take(waiting).spans] == [b"a"]


def test_the_oldest_gives_way():
    dropped = Dropped()
    waiting = Waiting(1500, dropped)
    for number in range(6):
        waiting.add([(ONE, EncodedSpan(bytes([number]) * 240, is_root=True))], 0.0)
        waiting.seal(1.0)
    assert [span.payload[0] for span in _take(waiting).spans] == [3, 4, 5]
    assert (dropped.spans, dropped.roots) == (3, 3)


def test_what_is_being_sent_gives_no_way():
    dropped = Dropped()
    waiting = Waiting(1000, dropped)
    waiting.add([(ONE, EncodedSpan(bytes(240), is_root=True))], 0.0)
    waiting.seal(1.0)
    taken = _take(waiting)
    for _ in range(5):
        waiting.add([(ONE, EncodedSpan(bytes(240), is_root=False))], 0.0)
        waiting.seal(1.0)
    waiting.settle(taken)
    assert dropped.roots == 0
    assert dropped.spans == 4


def test_one_span_beyond_the_bound_is_dropped_alone():
    dropped = Dropped()
    waiting = Waiting(1000, dropped)
    waiting.add([(ONE, EncodedSpan(bytes(5000), is_root=True))], 0.0)
    assert (waiting.size_bytes, waiting.spans, dropped.spans) == (0, 0, 1)
    waiting.add([(ONE, EncodedSpan(bytes(100), is_root=True))], 0.0)
    assert waiting.spans == 1


def test_who_keeps_copies_hears_what_became_of_the_spans():
    disk, dropped = Disk(), Dropped()
    waiting = Waiting(1000, dropped)
    for _ in range(3):
        waiting.add([(ONE, EncodedSpan(bytes(300), is_root=True, copy=disk))], 0.0)
        waiting.seal(1.0)
    waiting.settle(_take(waiting))
    assert disk.left == (1, 1, 0)
    assert disk.settled == 2
    assert dropped.spans == 0


def test_a_number_is_settled_once_everything_up_to_it_is():
    waiting = Waiting(10**6, Dropped())
    for destination in (ONE, TWO):
        waiting.add([(destination, EncodedSpan(b"a", is_root=True))], 0.0)
        waiting.seal(1.0)
    number = waiting.newest_number()
    waiting.settle(_take(waiting))
    assert not waiting.is_settled(number)
    second = _take(waiting)
    assert not waiting.is_settled(number)
    waiting.settle(second)
    assert waiting.is_settled(number)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.sampled_from([ONE, TWO]), st.integers(1, 900)),
            st.tuples(st.sampled_from(["seal", "take", "settle", "give back", "split"]), st.none(), st.none()),
        ),
        max_size=60,
    ),
)
def test_every_span_is_waiting_settled_or_dropped(steps: list[tuple[str, Destination | None, int | None]]):
    dropped = Dropped()
    waiting = Waiting(3_000, dropped)
    added = settled = 0
    taken: Parcel | None = None
    for step, destination, size_bytes in steps:
        if step == "add":
            assert destination is not None
            assert size_bytes is not None
            waiting.add([(destination, EncodedSpan(bytes(size_bytes), is_root=True))], 0.0)
            added += 1
        elif step == "seal":
            waiting.seal(1.0)
        elif step == "take" and taken is None:
            taken = waiting.take(_none_rests)
        elif taken is not None and step != "take":
            if step == "settle":
                settled += len(taken.spans)
                waiting.settle(taken)
            else:
                waiting.give_back(taken.halves() if step == "split" and len(taken.spans) > 1 else [taken])
            taken = None
        held_bytes = 0 if taken is None else taken.size_bytes
        assert waiting.size_bytes <= max(3_000, held_bytes)
        assert added == settled + dropped.spans + waiting.spans
        assert waiting.count() == (waiting.spans, waiting.spans)
