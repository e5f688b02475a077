"""One conversation, written in every convention as its packages write it, means the same."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha import names
from trilha_server.domain.message import Message, Part, Reasoning, Role, Text, ToolCall, ToolResult
from trilha_server.domain.span import UNKNOWN_TYPE, AttributeValue, Span, SpanEvent, TokenUsage
from trilha_server.domain.trace import SpanSummary
from trilha_server.normalise.convention import Told
from trilha_server.normalise.meaning import (
    CONVENTIONS,
    FACT_KEYS,
    SpanMeaning,
    content_of,
    facts_of,
    root_of,
    told_by,
)
from trilha_server.normalise.otlp import decode_spans, read_request
from trilha_server.normalise.otlp_json import parse_json
from trilha_server.normalise.previews import shown
from trilha_server.normalise.summary import summarise

RECORDED = Path(__file__).parent / "recorded"
NAMES = [*(convention.name for convention in CONVENTIONS), "strands_events"]
"""Each has a file: what its package wrote of the conversation, and a line that says which package that was."""
MODEL_TYPES = {"LLM", "CHAT_MODEL"}
UNTOLD = None


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded trace, as the server reads it from OTLP."""

    sent: dict[str, Any]
    spans: list[Span]
    summary: SpanSummary


def read(name: str) -> Read:
    return read_request_of(recorded(name))


def recorded(name: str) -> dict[str, Any]:
    return json.loads((RECORDED / f"{name}.json").read_text())["request"]


def read_request_of(sent: dict[str, Any]) -> Read:
    request, rejections = parse_json(msgspec.json.encode(sent))
    (trace,) = read_request(request.SerializeToString()).traces
    assert not rejections
    spans = sorted(decode_spans(trace.facts, trace.encoded), key=lambda span: span.facts.start_ns)
    summary = summarise({facts.span_id: facts for facts in trace.facts}, trace.root, trace.previews)
    return Read(sent=sent, spans=spans, summary=summary)


# What was said.


def turn(role: Role, *parts: Part) -> tuple[Role, tuple[Part, ...]]:
    return role, parts


CALL_ID = "call_17"
SYSTEM_WORDS = "You help the customers of a shop."
SYSTEM = turn(Role.SYSTEM, Text(SYSTEM_WORDS))
QUESTION = turn(Role.USER, Text("Where is my order 17?"))
THOUGHT = Reasoning("The state of the order must be looked up.")
WISH = ToolCall("find_order", {"number": 17}, CALL_ID)
FOUND: AttributeValue = {"number": 17, "arrives": "tomorrow"}
RESULT = ToolResult(FOUND, CALL_ID)
ANSWER = turn(Role.ASSISTANT, Text("It arrives tomorrow."))

CONVERSATION: dict[str, object] = {
    "type of the root": "AGENT",
    "first request": [SYSTEM, QUESTION],
    "first response": [turn(Role.ASSISTANT, THOUGHT, WISH)],
    "second request": [SYSTEM, QUESTION, turn(Role.ASSISTANT, THOUGHT, WISH), turn(Role.TOOL, RESULT)],
    "second response": [ANSWER],
    "first tokens": TokenUsage(120, 18, 138, 64, None, 8),
    "second tokens": TokenUsage(160, 12, 172, 96, None, 4),
    "tokens": TokenUsage(280, 30, 310, 160, None, 12),
    "tool": [({"number": 17}, FOUND)],
    "tools on offer": ["find_order"],
    "model": "gpt-4o-mini",
    "provider": "openai",
    "session": "session-17",
    "user": "ana",
    "request": "Where is my order 17?",
    "response": "It arrives tomorrow.",
}

_NO_THOUGHT: dict[str, object] = {
    "first response": [turn(Role.ASSISTANT, WISH)],
    "second request": [SYSTEM, QUESTION, turn(Role.ASSISTANT, WISH), turn(Role.TOOL, RESULT)],
}
_NO_REASONING_TOKENS: dict[str, object] = {
    "first tokens": TokenUsage(120, 18, 138, 64),
    "second tokens": TokenUsage(160, 12, 172, 96),
    "tokens": TokenUsage(280, 30, 310, 160),
}
_NO_PARTS_OF_TOKENS: dict[str, object] = {
    "first tokens": TokenUsage(120, 18, 138),
    "second tokens": TokenUsage(160, 12, 172),
    "tokens": TokenUsage(280, 30, 310),
}
_AS_ARGUMENT = '{"question": "Where is my order 17?"}'  # the root is a function of that name
_STRANDS: dict[str, object] = {
    **_NO_REASONING_TOKENS,
    "tools on offer": [],
    "provider": "strands-agents",  # its own name
    "response": "It arrives tomorrow.\n",
}
_ADK_SYSTEM = turn(Role.SYSTEM, Text(f'{SYSTEM_WORDS}\n\nYou are an agent. Your internal name is "answer".'))

OTHERWISE: dict[str, dict[str, object]] = {
    "mlflow": {**_NO_THOUGHT, **_NO_REASONING_TOKENS, "request": _AS_ARGUMENT},
    "gemini_cli": {
        **_NO_PARTS_OF_TOKENS,
        "model": "gemini-2.5-flash",  # it knows no other maker
        "provider": "gcp.gen_ai",
        "user": UNTOLD,
    },
    "claude_code": {
        **_NO_REASONING_TOKENS,
        "first response": [],  # words only
        "second request": [SYSTEM, turn(Role.USER, Text('{"number": 17, "arrives": "tomorrow"}'))],  # what is new
        "tools on offer": [],
        "model": "claude-sonnet-4-5",
        "provider": "anthropic",
        "response": UNTOLD,
    },
    "vercel": {"type of the root": "LLM"},
    "voltagent": {  # one span for both calls, which counts the last
        "first response": [],
        "second request": UNTOLD,
        "second response": UNTOLD,
        "first tokens": TokenUsage(160, 12, 172, 96, None, 4),
        "second tokens": UNTOLD,
        "provider": UNTOLD,
    },
    "livekit": {**_NO_THOUGHT, "type of the root": "WORKFLOW"},
    "google_adk": {
        "type of the root": UNKNOWN_TYPE,
        "first request": [_ADK_SYSTEM, QUESTION],
        "second request": [_ADK_SYSTEM, QUESTION, turn(Role.ASSISTANT, THOUGHT, WISH), turn(Role.TOOL, RESULT)],
        "model": "gemini-2.5-flash",
        "provider": "gcp.gemini",
        "user": UNTOLD,
    },
    "pipecat": {  # text only
        **_NO_THOUGHT,
        "type of the root": "CHAIN",
        "first response": [],
        "tool": [],
        "user": UNTOLD,
    },
    "strands": _STRANDS,
    "strands_events": _STRANDS,
    "spring_ai": {  # texts without their speakers, and nothing of tools
        **_NO_PARTS_OF_TOKENS,
        "type of the root": UNKNOWN_TYPE,
        "first request": [turn(Role.USER, Text(SYSTEM_WORDS)), QUESTION],
        "first response": [],
        "second request": [turn(Role.USER, Text(SYSTEM_WORDS)), QUESTION],
        "user": UNTOLD,
    },
    "laminar": {**_NO_THOUGHT, "type of the root": "CHAIN", "request": _AS_ARGUMENT},
    "langfuse": {**_NO_THOUGHT, "provider": UNTOLD},
    "langsmith": {**_NO_THOUGHT, "type of the root": "CHAIN", "request": _AS_ARGUMENT},
    "pydantic_ai": {
        **_NO_THOUGHT,
        "first tokens": TokenUsage(120, 18, 138, 64, 16, 8),  # its model wrote to a cache
        "tokens": TokenUsage(280, 30, 310, 160, 16, 12),
        "user": UNTOLD,
    },
    "traceloop": {
        **_NO_THOUGHT,
        **_NO_REASONING_TOKENS,
        "type of the root": "WORKFLOW",
        "tool": [({"args": [], "kwargs": {"number": 17}}, FOUND)],
        "request": '{"args": ["Where is my order 17?"], "kwargs": {}}',
    },
}
"""What a convention cannot tell, or tells in its own way. The others say all of it."""


@pytest.mark.parametrize("name", NAMES)
def test_it_means_the_same(name: str) -> None:
    assert meant(read(name)) == CONVERSATION | OTHERWISE.get(name, {})


@pytest.mark.parametrize("name", NAMES)
def test_it_means_the_same_where_an_attribute_tells_its_scope(name: str) -> None:
    sent = recorded(name)
    for resource in sent["resourceSpans"]:
        for group in resource["scopeSpans"]:
            for span in group["spans"]:
                span["attributes"].append({"key": "otel.scope.name", "value": {"stringValue": group["scope"]["name"]}})
            group["scope"]["name"] = "forwarder"
    assert meant(read_request_of(sent)) == CONVERSATION | OTHERWISE.get(name, {})


@pytest.mark.parametrize("name", NAMES)
def test_what_was_sent_stays_as_it_was(name: str) -> None:
    trace = read(name)
    kept = {span.facts.span_id.hex(): span for span in trace.spans}
    for scope_name, sent in sent_spans(trace.sent):
        span = kept.pop(sent["spanId"])
        assert (span.facts.name, span.scope_name) == (sent["name"], scope_name)
        assert span.attributes == plain(sent["attributes"])
        assert [(event.name, event.attributes) for event in span.events] == [
            (event["name"], plain(event["attributes"])) for event in sent.get("events", [])
        ]
    assert not kept


def test_the_notes_of_an_application_become_tags() -> None:
    assert read("vercel").summary.tags["plan"] == "gold"
    langfuse, langsmith = read("langfuse").summary.tags, read("langsmith").summary.tags
    assert (langfuse["plan"], langfuse["shop"], langsmith["gold"]) == ("gold", "true", "true")
    assert names.TRACE_SESSION not in langsmith
    assert "session_id" not in langsmith


# What the server understood.


def meant(read: Read) -> dict[str, object]:
    root = next(span for span in read.spans if span.facts.parent_id is None)
    first, *more = model_calls(read.spans)
    request, response = shown(read.summary)
    second = more[0] if more else None
    contents = [content_of(told_by(call)) for call in (first, second) if call is not None]
    tools = [content_of(told_by(span)) for span in read.spans if span.facts.span_type == "TOOL"]
    return {
        "type of the root": root.facts.span_type,
        "first request": said(contents[0].input_messages),
        "first response": said(contents[0].output_messages),
        "second request": said(contents[-1].input_messages) if more else UNTOLD,
        "second response": said(contents[-1].output_messages) if more else UNTOLD,
        "first tokens": counted(first.facts.usage),
        "second tokens": UNTOLD if second is None else counted(second.facts.usage),
        "tokens": counted(read.summary.usage),
        "tool": [(tool.inputs, tool.outputs) for tool in tools],
        "tools on offer": [tool.name for tool in contents[0].tools],
        "model": first.facts.model,
        "provider": first.facts.provider,
        "session": read.summary.metadata.get(names.TRACE_SESSION),
        "user": read.summary.metadata.get(names.TRACE_USER),
        "request": request,
        "response": response,
    }


def model_calls(spans: list[Span]) -> list[Span]:
    """Find the outermost calls of models below the root."""
    models = {span.facts.span_id for span in spans if span.facts.span_type in MODEL_TYPES and span.facts.parent_id}
    return [span for span in spans if span.facts.span_id in models and span.facts.parent_id not in models]


def said(messages: tuple[Message, ...]) -> list[tuple[Role, tuple[Part, ...]]]:
    return [turn(message.role, *map(unnamed, message.parts)) for message in messages]


def unnamed(part: Part) -> Part:
    """Leave out which tool gave a result, which the id of its call tells too, and some tell twice."""
    return msgspec.structs.replace(part, name=None) if isinstance(part, ToolResult) else part


def counted(usage: TokenUsage | None) -> TokenUsage | None:
    """Leave out what was counted and found to be none: some count what others leave out."""
    if usage is None:
        return None
    parts = {name: getattr(usage, name) or None for name in usage.__struct_fields__[3:]}
    return msgspec.structs.replace(usage, **parts)


def sent_spans(request: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    groups = [group for resource in request["resourceSpans"] for group in resource["scopeSpans"]]
    return [(group["scope"]["name"], span) for group in groups for span in group["spans"]]


def plain(items: list[dict[str, Any]]) -> dict[str, AttributeValue]:
    return {item["key"]: plain_value(item.get("value", {})) for item in items}


def plain_value(value: dict[str, Any]) -> AttributeValue:
    for kind, inner in value.items():
        if kind == "intValue":
            return int(inner)
        if kind == "arrayValue":
            return [plain_value(item) for item in inner.get("values", [])]
        return inner
    return None


# Whatever comes.

RECORDED_SPANS = [told_by(span) for name in NAMES for span in read(name).spans]
RECORDED_KEYS = sorted({key for told in RECORDED_SPANS for key in told.attributes} | FACT_KEYS)
RECORDED_EVENTS = [event for told in RECORDED_SPANS for event in told.events]
RECORDED_VALUES = [value for told in RECORDED_SPANS for value in told.attributes.values()]
SCALARS: st.SearchStrategy[AttributeValue] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=8)
)
VALUES: st.SearchStrategy[AttributeValue] = st.recursive(
    st.one_of(SCALARS, st.sampled_from(RECORDED_VALUES)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
AS_JSON = VALUES.map(lambda value: json.dumps(value, default=str))
ATTRIBUTES = st.dictionaries(st.sampled_from(RECORDED_KEYS), VALUES | AS_JSON, max_size=12)


@st.composite
def mixtures(draw: st.DrawFn) -> Told:
    """Put attributes of any conventions on one span, with values of any type."""
    first, second = draw(st.sampled_from(RECORDED_SPANS)), draw(st.sampled_from(RECORDED_SPANS))
    events = draw(st.lists(st.sampled_from(RECORDED_EVENTS), max_size=2))
    more = SpanEvent(name=draw(st.sampled_from(RECORDED_EVENTS)).name, time_ns=1, attributes=draw(ATTRIBUTES))
    return Told(
        first.name, first.scope_name, {**second.attributes, **first.attributes, **draw(ATTRIBUTES)}, [*events, more]
    )


def test_a_span_that_means_nothing_is_read_as_such() -> None:
    assert facts_of(Told("GET /", "http", {"http.route": "/"})) == SpanMeaning()


@pytest.mark.slow
@given(mixtures())
def test_no_mixture_raises(told: Told) -> None:
    facts, content = facts_of(told), content_of(told)
    msgspec.convert(msgspec.to_builtins(facts), SpanMeaning)
    assert all(isinstance(message, Message) for message in content.input_messages + content.output_messages)
    root = root_of(told)
    assert all(
        text is None or isinstance(text, str) for text in (root.name, root.request_preview, root.response_preview)
    )
    assert all(isinstance(text, str) for tag in root.tags.items() for text in tag)


@pytest.mark.slow
@given(mixtures())
def test_the_first_convention_that_tells_has_the_word(told: Told) -> None:
    """Asking only those whose keys are there, of those keys only, changes nothing."""
    known = {key: value for key, value in told.attributes.items() if key in FACT_KEYS}
    facts, content = facts_of(Told(told.name, told.scope_name, known)), content_of(told)
    for field, answer in msgspec.structs.asdict(facts).items():
        assert repr(answer) == repr(first_told(told, field, UNKNOWN_TYPE if field == "span_type" else None)), field
    for field, answer in msgspec.structs.asdict(content).items():
        assert repr(answer) == repr(first_told(told, field, None if field in ("inputs", "outputs") else ())), field


def first_told(told: Told, field: str, otherwise: object) -> object:
    answers = (getattr(convention, field)(told) for convention in CONVENTIONS)
    return next((answer for answer in answers if answer is not None and answer not in ("", ())), otherwise)
