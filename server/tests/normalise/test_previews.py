"""A trace shows the words of its root, or of its steps where the root has none, in whatever order they came."""

from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from trilha import names
from trilha_server.domain.batch import SpansArrived
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.span import AttributeValue
from trilha_server.domain.trace import SpanSummary
from trilha_server.normalise.previews import shown
from trilha_server.storage.pending import PendingTrace

from server.tests.support.spans import START_NS, a_span, some_spans, trace_id


def words(**said: str) -> dict[str, AttributeValue]:
    keys = {"asked": names.SPAN_INPUTS, "answered": names.SPAN_OUTPUTS, "session": "session.id", "user": "user.id"}
    return {names.SPAN_TYPE: "AGENT", **{keys[key]: value for key, value in said.items()}}


def step(number: int, start: int, end: int, parent: int | None = 1, **said: str) -> Span:
    return a_span(number, parent=parent, start_ns=START_NS + start, end_ns=START_NS + end, attributes=words(**said))


def a_web_request(**attributes: AttributeValue) -> Span:
    return a_span(1, end_ns=START_NS + 100, attributes={"http.method": "POST", **attributes})


def summary_of(*requests: Sequence[Span], forgetful: bool = False) -> SpanSummary:
    """What is kept after these requests; a forgetful server has read it back from its store before each."""
    pending = PendingTrace(trace_id(1), ExperimentId(0))
    for spans in requests:
        if forgetful:
            kept, record, facts = pending, pending.record, pending.facts
            pending = PendingTrace(kept.trace_id, kept.experiment_id)
            pending.set_kept(1, kept.claim, None, record)
            pending.set_kept_spans(dict(facts))
        pending.apply(SpansArrived(experiment_id=ExperimentId(0), spans=some_spans(*spans)))
    assert pending.record.summary is not None
    return pending.record.summary


def test_a_root_without_words_shows_those_of_the_agent_below_it() -> None:
    agent = step(2, 5, 90, asked="Why?", answered="Because.")
    call = step(3, 10, 80, 2, asked="inner", answered="thought")

    assert shown(summary_of([a_web_request(), agent, call])) == ("Why?", "Because.")


def test_of_steps_that_begin_or_end_together_the_longest_speaks() -> None:
    outer, inner = step(3, 5, 90, asked="outer", answered="outer"), step(2, 5, 90, 3, asked="inner")

    assert shown(summary_of([a_web_request(), inner, outer])) == ("inner", "outer")
    assert shown(summary_of([a_web_request(), step(2, 5, 80, 3, asked="inner"), outer])) == ("outer", "outer")


def test_a_root_that_says_anything_speaks_for_itself() -> None:
    root = a_span(1, attributes=words(asked="Why?"))

    assert shown(summary_of([root, step(2, 5, 90, asked="inner", answered="half an answer")])) == ("Why?", None)


def test_spans_that_are_no_steps_have_no_words() -> None:
    query = a_span(2, parent=1, attributes={names.SPAN_INPUTS: "SELECT", "db.system": "sqlite"})

    assert shown(summary_of([a_web_request(), query])) == (None, None)


def test_words_show_before_the_root_has_come() -> None:
    summary = summary_of([step(2, 5, 90, asked="Why?", answered="Because.", session="s")])

    assert shown(summary) == ("Why?", "Because.")
    assert summary.metadata == {names.TRACE_SESSION: "s"}


def test_nothing_is_kept_twice_where_the_root_speaks() -> None:
    root = a_span(1, attributes=words(asked="Why?", answered="Because."))

    assert summary_of([root, step(2, 5, 90, asked="inner", answered="inner")]).previews is None


def test_session_and_user_are_the_roots_or_the_first_that_is_told() -> None:
    late, early = step(2, 9, 90, session="late", user="ben"), step(3, 5, 80, session="early")

    assert metadata(a_web_request(), late, early) == {names.TRACE_SESSION: "early", names.TRACE_USER: "ben"}
    assert metadata(a_web_request(**{"session.id": "root"}), late, early)[names.TRACE_SESSION] == "root"


def metadata(*spans: Span) -> Mapping[str, str]:
    return summary_of(spans).metadata


some_words = st.none() | st.sampled_from("abc")


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """A trace of which any span may have words, a session, or no parent."""
    found: list[Span] = []
    for number in range(1, draw(st.integers(2, 6))):
        said = {key: draw(some_words) for key in ("asked", "answered", "session", "user")}
        start = draw(st.integers(0, 3))
        found.append(
            step(
                number,
                start,
                start + draw(st.integers(1, 3)),
                draw(st.none() | st.integers(1, 6)),
                **{key: f"{value}{number}" for key, value in said.items() if value is not None},
            )
        )
    return found


@settings(max_examples=50)
@given(found=spans(), data=st.data())
def test_requests_in_any_order_make_the_same_trace(found: list[Span], data: st.DataObject) -> None:
    number = st.integers(0, 2)
    parts = [data.draw(number) for _ in found]
    requests = [[span for span, part in zip(found, parts, strict=True) if part == index] for index in range(3)]
    requests = [request for request in requests if request]
    shuffled = data.draw(st.permutations(requests))

    expected = summary_of(*requests)
    assert summary_of(*shuffled) == expected
    assert summary_of(*shuffled, *requests, forgetful=True) == expected
