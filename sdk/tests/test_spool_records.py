"""Files of the spool: what was written is read, and what is torn or damaged takes nothing else with it."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from trilha._export.spool_records import About, begin, destination_record, read, span_record
from trilha._settings import Destination

ABOUT = About("http://127.0.0.1:5000", b"resource")
ONE = Destination(experiment_id="1")
spans_lists = st.lists(
    st.tuples(
        st.sampled_from([Destination(experiment_id="1"), Destination(experiment="/Shared/é")]),
        st.binary(min_size=1, max_size=60),
        st.booleans(),
    ),
    max_size=8,
)


def _written(spans: list[tuple[Destination, bytes, bool]]) -> list[bytes]:
    records = [begin(ABOUT)]
    for number, (destination, payload, is_root) in enumerate(spans):
        records += (destination_record(number, destination), span_record(number, payload, is_root))
    return records


@given(spans_lists)
def test_what_is_written_is_read(spans: list[tuple[Destination, bytes, bool]]):
    contents = read(b"".join(_written(spans)))
    assert contents.spans == spans
    assert contents.about == ABOUT
    assert (contents.torn, contents.damaged) == (False, 0)


@given(spans_lists, st.data())
def test_a_torn_end_loses_only_itself(spans: list[tuple[Destination, bytes, bool]], data: st.DataObject):
    raw = b"".join(_written(spans))
    cut = data.draw(st.integers(0, len(raw)))
    contents = read(raw[:cut])
    assert contents.spans == spans[: len(contents.spans)]
    whole = sum(len(b"".join(_written(spans[:number]))) <= cut for number in range(1, len(spans) + 1))
    assert len(contents.spans) == whole
    assert contents.damaged == 0


@given(spans_lists.filter(bool), st.data())
def test_a_wrong_byte_gives_no_wrong_span(spans: list[tuple[Destination, bytes, bool]], data: st.DataObject):
    raw = bytearray(b"".join(_written(spans)))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    contents = read(bytes(raw))
    assert all(span in spans for span in contents.spans)
    assert len(contents.spans) >= len(spans) - 1 or contents.torn or contents.damaged
    assert contents.torn or contents.damaged


def test_a_record_of_another_shape_is_counted_and_skipped():
    class Other(msgspec.Struct):
        experiment: int

    other: Any = Other(5)
    contents = read(begin(ABOUT) + destination_record(0, other) + b"".join(_written([(ONE, b"payload", True)])[1:]))
    assert contents.damaged == 1
    assert [payload for _, payload, _ in contents.spans] == [b"payload"]
