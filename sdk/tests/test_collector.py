"""From ended spans to closed parcels."""

from queue import SimpleQueue

from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans
from trilha import names
from trilha._export.collector import Collector
from trilha._export.outbox import Change, Item, Mark
from trilha._export.parcels import Waiting
from trilha._export.stats import Counters
from trilha._span import OpenTrace, Span
from trilha._span_parts import SpanEvent


class Desk:
    """A collector with everything round it, worked by hand."""

    def __init__(self, limit_bytes: int = 10**7) -> None:
        self.queue: SimpleQueue[Item] = SimpleQueue()
        self.counters = Counters()
        self.waiting = Waiting(limit_bytes, lambda spans, roots: self.counters.dropped("memory", spans, roots))
        self.heard: list[Mark | None] = []
        self.collector = Collector(
            self.queue, self.waiting, self.counters, hurry=SimpleQueue(), spool=None, hand_over=self.heard.append
        )

    def end(self, name: str = "root", inputs: object = None) -> Span:
        span = Span(OpenTrace(1, self.queue), None, name, "TOOL")
        span.set_inputs(inputs)
        span.end()
        return span

    def collected(self) -> ScopeSpans:
        mark = Mark()
        self.queue.put(mark)
        while mark not in self.heard:
            self.collector.turn()
        parcel = self.waiting.take(lambda destination: False)
        return ScopeSpans.FromString(b"".join(span.payload for span in parcel.spans) if parcel else b"")


def hide(span: Span) -> bool:
    span.inputs_kept = "hidden"
    return True


def test_spans_come_in_the_order_in_which_they_ended():
    desk = Desk()
    for number in range(200):
        desk.end(f"{number:03d}")
    assert [span.name for span in desk.collected().spans] == [f"{number:03d}" for number in range(200)]
    assert (desk.counters.spans_made, desk.counters.traces_made) == (200, 200)


def test_what_the_application_does_to_a_span_is_done_before_it_is_written():
    desk = Desk()
    desk.collector.look = hide
    desk.end(inputs="secret")
    (span,) = desk.collected().spans
    assert b"secret" not in span.SerializeToString()
    assert b"hidden" in span.SerializeToString()


def test_what_is_done_to_spans_changes_between_those_that_ended_before_and_after():
    desk = Desk()
    desk.collector.look = hide
    for number in range(100):
        desk.end(f"{number}", inputs="secret")
    desk.queue.put(Change(None))
    desk.end("after", inputs="told")
    *before, after = desk.collected().spans
    assert len(before) == 100
    assert not [span for span in before if b"secret" in span.SerializeToString()]
    assert b"told" in after.SerializeToString()


def test_where_that_fails_the_span_is_sent_without_what_it_held():
    def look(span: Span) -> bool:
        raise ValueError("secret")

    desk = Desk()
    desk.collector.look = look
    span = Span(OpenTrace(1, desk.queue), None, "step", "TOOL")
    span.set_inputs("secret")
    span.set_outputs({"a": "secret"})
    span.set_attribute("note", "secret")
    span.record_exception(ValueError("secret"))
    span.trace.request_preview = "secret"
    span.end()
    (written,) = desk.collected().spans
    assert b"secret" not in written.SerializeToString()
    assert written.name == "step"
    assert written.status.code == 2
    assert [pair.value.string_value for pair in written.attributes if pair.key == names.WITHHELD] == ["ValueError"]
    assert desk.counters.spans_withheld == 1


def test_a_span_that_cannot_be_written_takes_no_other_with_it():
    desk = Desk()
    desk.end("before")
    desk.end("bad").start_ns = -1
    desk.end("after")
    assert [span.name for span in desk.collected().spans] == ["before", "after"]
    assert desk.counters.spans_dropped == {"unwritable": 1}


def test_a_mark_is_passed_on_after_what_came_before_it_and_not_more():
    desk = Desk()
    for number in range(150):
        desk.end(f"{number}")
    mark = Mark()
    desk.queue.put(mark)
    desk.end("later")
    while mark not in desk.heard:
        desk.collector.turn()
    parcel = desk.waiting.take(lambda destination: False)
    assert parcel is not None
    assert len(parcel.spans) == 150
    assert mark.number == parcel.number


def test_what_is_not_encoded_yet_counts_against_the_bound():
    desk = Desk(limit_bytes=100_000)
    for number in range(50):
        desk.end(f"{number:02d}", inputs="x" * 10_000)
    kept = [span.name for span in desk.collected().spans]
    assert kept == [f"{number:02d}" for number in range(50 - len(kept), 50)]
    assert 5 <= len(kept) <= 10
    assert desk.counters.spans_dropped == {"memory": 50 - len(kept)}


def test_more_spans_than_can_be_weighed_are_dropped_unweighed_and_counted():
    desk = Desk(limit_bytes=100_000)
    for _ in range(5_000):
        desk.end()
    kept = len(desk.collected().spans)
    assert desk.counters.spans_dropped == {"memory": 5_000 - kept}
    assert desk.counters.spans_made == 5_000


def test_what_attributes_and_events_hold_counts_against_the_bound_too():
    desk = Desk(limit_bytes=100_000)
    for number in range(100):
        span = Span(OpenTrace(1, desk.queue), None, f"{number:02d}", "TOOL")
        if number % 2:
            span.set_attribute("note", "x" * 10_000)
        else:
            span.add_event(SpanEvent("noted", 1, {"note": "x" * 10_000}))
        span.end()
    kept = len(desk.collected().spans)
    assert 5 <= kept <= 10
    assert desk.counters.spans_dropped == {"memory": 100 - kept}


def test_what_is_kept_counts_as_it_lies_in_memory():
    desk = Desk(limit_bytes=100_000)
    for number in range(100):
        desk.end(f"{number:02d}", inputs="\U0001f600" * 2_500)
    assert 5 <= len(desk.collected().spans) <= 10


def test_what_is_said_of_a_trace_counts_with_its_root():
    desk = Desk(limit_bytes=100_000)
    for number in range(100):
        span = Span(OpenTrace(number, desk.queue), None, f"{number:02d}", "TOOL")
        [span.trace.tags, span.trace.metadata][number % 2]["note"] = "x" * 5_000
        span.trace.request_preview = span.description = "x" * 2_500
        span.end()
    kept = len(desk.collected().spans)
    assert 5 <= kept <= 10
    assert desk.counters.spans_dropped == {"memory": 100 - kept}
