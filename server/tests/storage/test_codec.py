"""What former versions have written is read still."""

import msgspec
from trilha import names
from trilha_server.domain.span import SpanFacts, SpanStatus, TokenUsage
from trilha_server.domain.trace import SpanSummary
from trilha_server.normalise.previews import previews_kept, shown
from trilha_server.storage.codec import Codec

from server.tests.support.spans import START_NS, span_id

codec = Codec(lambda _: None)


def test_facts_from_before_there_were_models_and_sessions() -> None:
    former = [span_id(1), None, "answer", "LLM", START_NS, START_NS + 5, 1, [3, 4, 7], [0.5, 0.25, 0.75]]
    frame = codec.compress(msgspec.msgpack.encode(([former], [[], [b""]])))

    [facts] = codec.read_facts(frame)
    assert (facts.usage, facts.model, facts.session) == (TokenUsage(3, 4, 7), None, None)


def test_a_summary_from_before_steps_had_words() -> None:
    former = {
        "span_count": 1,
        "start_ns": START_NS,
        "root_span_id": span_id(1),
        "request_preview": "Why?",
        "metadata": {names.TRACE_SESSION: "s"},
    }
    summary = codec.read_record(codec.compress(msgspec.msgpack.encode({"summary": former}))).summary

    assert summary is not None
    assert shown(summary) == ("Why?", None)
    root = SpanFacts(span_id(1), None, "answer", "LLM", START_NS, START_NS + 5, SpanStatus.OK)
    kept = previews_kept(summary, {root.span_id: root})
    assert kept.request is not None
    assert kept.request.text == "Why?"
    assert previews_kept(SpanSummary(span_count=0, start_ns=0), {}).request is None
