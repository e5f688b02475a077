"""The conversation of a trace: nothing twice, nothing lost, by time."""

import json
import time
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from trilha import names
from trilha_server.analysis.steps import Said, Step, Steps, key_of
from trilha_server.analysis.transcript import DocumentsItem, MessageItem, ToolItem, Transcript, transcript
from trilha_server.domain.message import Message, Reasoning, Role, Text, ToolCall, ToolResult
from trilha_server.domain.span import AttributeValue, SpanFacts, SpanStatus
from trilha_server.normalise.otlp import decode_spans, read_request
from trilha_server.normalise.otlp_json import parse_json

from server.tests.support.spans import START_NS, a_request, a_span, span_id

RECORDED = Path(__file__).parents[1] / "normalise" / "recorded"
_STEPS = {"LLM", "CHAT_MODEL", "TOOL", "RETRIEVER", "RERANKER"}
SECOND_NS = 1_000_000_000


def told(*spans: WireSpan) -> Transcript:
    """The conversation of spans as they are sent."""
    return _told_in(a_request(*spans).SerializeToString())


def _told_in(body: bytes) -> Transcript:
    [trace] = read_request(body).traces
    spans = sorted(decode_spans(trace.facts, trace.encoded), key=lambda span: (span.facts.start_ns, span.facts.span_id))
    facts = [span.facts for span in spans]
    has_chat = any(one.span_type in ("LLM", "CHAT_MODEL") for one in facts)
    reading = Steps()
    steps = [reading.step(span) for span in spans if span.facts.span_type in _STEPS or not has_chat]
    return transcript(facts, steps)


def chat(number: int, messages: Sequence[Any], answer: Any, **fields: Any) -> WireSpan:  # Any: JSON, fields of the span
    attributes = {
        names.SPAN_TYPE: fields.pop("type", "CHAT_MODEL"),
        names.SPAN_INPUTS: json.dumps({"messages": messages}),
        **({} if answer is None else {names.SPAN_OUTPUTS: json.dumps({"choices": [{"message": answer}]})}),
    }
    return step(number, "chat", attributes, **fields)


def tool(number: int, name: str, result: Any, **fields: Any) -> WireSpan:  # Any: JSON, fields of the span
    attributes = {
        names.SPAN_TYPE: "TOOL",
        names.SPAN_INPUTS: json.dumps(fields.pop("arguments", {})),
        **({} if result is None else {names.SPAN_OUTPUTS: json.dumps(result)}),
        **fields.pop("attributes", {}),
    }
    return step(number, name, attributes, **fields)


def step(number: int, name: str, attributes: dict[str, AttributeValue], **fields: Any) -> WireSpan:
    start_ns = START_NS + number * SECOND_NS
    return a_span(
        number, name=name, start_ns=start_ns, end_ns=start_ns + SECOND_NS // 2, attributes=attributes, **fields
    )


def agent(number: int, name: str, **fields: Any) -> WireSpan:  # Any: fields of the span
    return step(number, name, {names.SPAN_TYPE: "AGENT"}, **fields)


def asking(*calls: tuple[str, str, Any], text: str | None = None) -> dict[str, Any]:
    """An answer of a model that asks for tools: ids, names and arguments."""
    wishes = [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for call_id, name, arguments in calls
    ]
    return {"role": "assistant", "content": text, "tool_calls": wishes}


def answering(call_id: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def shown(found: Transcript) -> list[tuple[Any, ...]]:
    """What a reader sees, in short."""
    lines: list[tuple[Any, ...]] = []
    for item in found.items:
        match item:
            case MessageItem():
                lines.append((item.message.role.value, item.message.text))
            case ToolItem():
                lines.append(("tool", item.name, item.result))
            case DocumentsItem():
                lines.append(("documents", item.name, len(item.documents)))
    return lines


def tools(found: Transcript) -> list[ToolItem]:
    return [item for item in found.items if isinstance(item, ToolItem)]


class TestRecorded:
    @pytest.mark.parametrize(
        "name",
        [
            "genai",
            "mlflow",
            "openinference",
            "vercel",
            "traceloop",
            "langfuse",
            "pydantic_ai",
            "google_adk",
            "strands",
        ],
    )
    def test_one_conversation_reads_the_same_whoever_recorded_it(self, name: str) -> None:
        sent = json.loads((RECORDED / f"{name}.json").read_text())["request"]
        request, _ = parse_json(msgspec.json.encode(sent))

        found = _told_in(request.SerializeToString())

        assert [line[0] for line in shown(found)] == ["system", "user", "assistant", "tool", "assistant"]
        assert [
            text.strip() for role, text in (line[:2] for line in shown(found)) if role in ("user", "assistant")
        ] == [
            "Where is my order 17?",
            "",
            "It arrives tomorrow.",
        ]
        [card] = tools(found)
        assert (card.name, card.arguments, card.result) == (
            "find_order",
            {"number": 17},
            {"number": 17, "arrives": "tomorrow"},
        )
        assert card.span_id is not None
        assert card.asked_by is not None
        assert found.repeated >= 3  # the call of a framework may be recorded around that of its library


class TestFolding:
    def test_history_is_shown_once_and_what_was_folded_is_counted(self) -> None:
        history = [user("a"), assistant("b"), user("c")]

        found = told(
            chat(1, history[:1], history[1]), chat(2, history, assistant("d")), chat(3, history, assistant("e"))
        )

        assert shown(found) == [
            ("user", "a"),
            ("assistant", "b"),
            ("user", "c"),
            ("assistant", "d"),
            ("assistant", "e"),
        ]
        assert found.repeated == 5
        assert [item.folded for item in found.items if isinstance(item, MessageItem)] == [0, 0, 2, 0, 3]

    def test_who_says_the_same_twice_is_heard_twice(self) -> None:
        found = told(
            chat(1, [user("yes")], assistant("sure?")),
            chat(2, [user("yes"), assistant("sure?"), user("yes")], assistant("sure?")),
        )

        assert shown(found) == [("user", "yes"), ("assistant", "sure?"), ("user", "yes"), ("assistant", "sure?")]

    def test_a_thought_that_only_the_history_tells_is_kept(self) -> None:
        first = model_call(1, [said(Role.USER, "why?")], [said(Role.ASSISTANT, "so")])
        thought = Message(Role.ASSISTANT, (Reasoning("hm"), Text("so")))
        second = model_call(2, [said(Role.USER, "why?"), Said(thought, key_of(thought))], [said(Role.ASSISTANT, "end")])

        found = transcript([first.facts, second.facts], [first, second])

        answers = [item.message.parts for item in found.items if isinstance(item, MessageItem)]
        assert answers == [(Text("why?"),), (Reasoning("hm"), Text("so")), (Text("end"),)]

    def test_each_agent_has_a_conversation_of_its_own(self) -> None:
        found = told(
            agent(1, "planner"),
            chat(2, [user("plan")], assistant("ask"), parent=1),
            agent(3, "writer", parent=1),
            chat(4, [user("plan")], assistant("text"), parent=3),
            chat(5, [user("plan"), assistant("ask")], assistant("done"), parent=1),
        )

        assert [(item.agents, line) for item, line in zip(found.items, shown(found), strict=True)] == [
            (("planner",), ("user", "plan")),
            (("planner",), ("assistant", "ask")),
            (("planner", "writer"), ("user", "plan")),
            (("planner", "writer"), ("assistant", "text")),
            (("planner",), ("assistant", "done")),
        ]

    def test_a_call_that_was_recorded_around_another_is_shown_once(self) -> None:
        found = told(
            chat(1, [user("a")], assistant("b")),
            chat(2, [user("a")], assistant("b"), parent=1),
            chat(3, [user("a"), assistant("b"), user("c")], assistant("d")),
        )

        assert shown(found) == [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")]


class TestTools:
    def test_the_call_the_span_and_the_result_are_one(self) -> None:
        wish = asking(("x", "find", {"q": 1}), text="let me see")
        found = told(
            chat(1, [user("a")], wish),
            tool(2, "find", {"hit": 7}, arguments={"q": 1}),
            chat(3, [user("a"), wish, answering("x", '{"hit": 7}')], assistant("seven")),
        )

        assert shown(found) == [
            ("user", "a"),
            ("assistant", "let me see"),
            ("tool", "find", {"hit": 7}),
            ("assistant", "seven"),
        ]
        [card] = tools(found)
        assert (card.span_id, card.asked_by, card.call_id, card.arguments) == (span_id(2), span_id(1), "x", {"q": 1})
        assert (card.duration_ns, card.error, card.is_answered) == (SECOND_NS // 2, None, True)

    def test_calls_of_one_tool_are_told_apart_by_their_ids_else_by_their_order(self) -> None:
        wish = asking(("x", "find", {"q": 1}), ("y", "find", {"q": 2}))
        by_id = {"gen_ai.tool.call.id": "y"}

        found = told(
            chat(1, [user("a")], wish),
            tool(2, "find", "second", attributes=by_id),
            tool(3, "find", "first"),
            chat(4, [user("a"), wish, answering("y", "second"), answering("x", "first")], assistant("both")),
        )

        assert [(card.call_id, card.span_id, card.result) for card in tools(found)] == [
            ("y", span_id(2), "second"),
            ("x", span_id(3), "first"),
        ]

    def test_what_was_tried_again_is_two_cards_of_one_call(self) -> None:
        wish = asking(("x", "find", {}))
        failed = {"status": Status.STATUS_CODE_ERROR, "status_message": "timed out"}

        found = told(
            chat(1, [user("a")], wish),
            tool(2, "find", None, **failed),
            tool(3, "find", "ok"),
            chat(4, [user("a"), wish, answering("x", "ok")], assistant("done")),
        )

        assert [(card.call_id, card.error, card.result, card.is_answered) for card in tools(found)] == [
            ("x", "timed out", None, False),
            ("x", None, "ok", True),
        ]

    def test_a_call_without_a_span_and_a_span_without_a_call_are_cards_too(self) -> None:
        wish = asking(("x", "remote", {}))
        found = told(
            tool(1, "load", "data"),
            chat(2, [user("a")], wish),
            chat(3, [user("a"), wish, answering("x", "done")], assistant("end")),
        )

        assert [(card.name, card.span_id, card.asked_by, card.result) for card in tools(found)] == [
            ("load", span_id(1), None, "data"),
            ("remote", None, span_id(2), "done"),
        ]

    def test_calls_of_a_history_that_began_elsewhere_are_cards(self) -> None:
        found = told(chat(1, [user("a"), asking(("x", "find", {"q": 1})), answering("x", "7")], assistant("seven")))

        assert shown(found) == [("user", "a"), ("tool", "find", "7"), ("assistant", "seven")]


class TestSpans:
    def test_an_answer_knows_the_call_of_the_model(self) -> None:
        found = told(chat(1, [user("a")], assistant("b")), chat(2, [user("c")], None))

        calls = [
            None if item.answered_by is None else item.answered_by.span_id
            for item in found.items
            if isinstance(item, MessageItem)
        ]
        assert calls == [None, span_id(1), None, span_id(2)]  # the second is still running, or says nothing

    def test_a_call_that_failed_says_so_where_its_answer_would_be(self) -> None:
        failed = chat(1, [user("a")], None, status=Status.STATUS_CODE_ERROR, status_message="429")

        [asked, answer] = told(failed).items

        assert (asked.error, answer.error) == (None, "429")

    def test_a_tool_is_not_taken_for_the_text_that_it_is_named_like(self) -> None:
        asked = asking(("1", "text", "hello"))
        found = told(chat(1, [user("hi")], asked), chat(2, [user("hi"), assistant("hello"), user("more")], None))

        assert ("assistant", "hello") in shown(found)

    def test_what_was_looked_up_is_an_item(self) -> None:
        documents = json.dumps([{"page_content": "p", "metadata": {}, "id": "1"}])
        attributes: dict[str, AttributeValue] = {names.SPAN_TYPE: "RETRIEVER", names.SPAN_OUTPUTS: documents}

        found = told(step(1, "lookup", attributes), chat(2, [user("a")], assistant("b")))

        assert shown(found) == [("documents", "lookup", 1), ("user", "a"), ("assistant", "b")]

    def test_without_a_chat_the_root_speaks(self) -> None:
        attributes: dict[str, AttributeValue] = {names.SPAN_INPUTS: '{"n": 1}', names.SPAN_OUTPUTS: "two"}

        found = told(step(1, "root", attributes), tool(2, "add", 2, parent=1))

        assert [line[0] for line in shown(found)] == ["user", "tool", "assistant"]
        assert shown(found)[-1] == ("assistant", "two")

    def test_nothing_tells_nothing(self) -> None:
        assert told(a_span(1)).items == []
        assert transcript([], []) == Transcript(items=[], repeated=0)


# Any conversation.


def said(role: Role, text: str) -> Said:
    message = Message(role, (Text(text),))
    return Said(message, key_of(message))


def model_call(number: int, heard: Iterable[Said], answers: Iterable[Said]) -> Step:
    facts = SpanFacts(
        span_id=span_id(number),
        parent_id=None,
        name="chat",
        span_type="LLM",
        start_ns=START_NS + number,
        end_ns=None,
        status=SpanStatus.UNSET,
    )
    return Step(facts=facts, error=None, heard=tuple(heard), said=tuple(answers))


_words = st.sampled_from(["yes", "no", "and then?", "ok"])
_turn = st.tuples(_words, st.lists(_words, min_size=1, max_size=2), st.integers(0, 2))


@pytest.mark.parametrize("around", ["AGENT", "CHAT_MODEL"])
def test_a_deep_chain_takes_no_longer_than_a_flat_one(around: str) -> None:
    steps: list[Step] = []
    structure: list[SpanFacts] = []
    for number in range(1, 10_001):
        call = model_call(number, [], [said(Role.ASSISTANT, str(number))])
        kind = around if number % 2 else "CHAT_MODEL"
        parent = span_id(number - 1) if number > 1 else None
        facts = msgspec.structs.replace(call.facts, parent_id=parent, span_type=kind, name=str(number))
        structure.append(facts)
        if kind == "CHAT_MODEL":
            steps.append(msgspec.structs.replace(call, facts=facts))
    started_s = time.monotonic()

    found = transcript(structure, steps)

    assert time.monotonic() - started_s < 5
    assert [text for _, text in shown(found)] == [step.facts.name for step in steps]


@given(st.lists(_turn, max_size=8), st.booleans())
def test_whatever_is_said_is_shown_once_and_in_order(turns: list[tuple[str, list[str], int]], is_retried: bool) -> None:
    numbers, call_ids = count(1), count(1)
    history: list[Said] = []
    steps: list[Step] = []
    expected: list[tuple[str, str]] = []
    results: list[str] = []
    for question, answers, calls in turns:
        history.append(said(Role.USER, question))
        expected.append(("user", question))
        if calls:
            ids = [f"call {next(call_ids)}" for _ in range(calls)]
            wish = Message(Role.ASSISTANT, tuple(ToolCall("find", {"q": one}, one) for one in ids))
            steps.append(model_call(next(numbers), history, [Said(wish, key_of(wish))]))
            expected.append(("assistant", ""))
            told_back = [Message(Role.TOOL, (ToolResult(f"result of {one}", one),)) for one in ids]
            history += [Said(message, key_of(message)) for message in (wish, *told_back)]
            results += [f"result of {one}" for one in ids]
        given_answers = [said(Role.ASSISTANT, text) for text in answers]
        steps.append(model_call(next(numbers), history, given_answers))
        expected += [("assistant", text) for text in answers]
        history += given_answers
    if is_retried and steps:
        steps.append(model_call(next(numbers), steps[-1].heard, [said(Role.ASSISTANT, "again")]))
        expected.append(("assistant", "again"))

    found = transcript([step.facts for step in steps], steps)

    messages = [line for line in shown(found) if line[0] != "tool"]
    assert messages == expected
    assert sorted(str(card.result) for card in tools(found)) == sorted(results)
    times = [item.time_ns for item in found.items]
    assert times == sorted(times)
    heard = sum(len(step.heard) for step in steps)
    questions = sum(role == "user" for role, _ in expected)
    assert heard - found.repeated == questions + len(results)
    assert sum(item.folded for item in found.items if isinstance(item, MessageItem)) == found.repeated


@given(st.lists(st.tuples(st.lists(_words, max_size=6), st.lists(_words, max_size=2)), max_size=6))
def test_histories_that_do_not_fit_each_other_lose_no_words(calls: list[tuple[list[str], list[str]]]) -> None:
    steps = [
        model_call(
            number,
            [said(Role.USER, text) for text in heard],
            [said(Role.ASSISTANT, text) for text in answers],
        )
        for number, (heard, answers) in enumerate(calls, 1)
    ]

    lines = shown(transcript([step.facts for step in steps], steps))

    for step, (heard, answers) in zip(steps, calls, strict=True):
        del step
        for text in set(heard):
            assert lines.count(("user", text)) >= heard.count(text)
        assert all(("assistant", text) in lines for text in answers)
    assert sum(role == "assistant" and text != "" for role, text in lines) == sum(len(answers) for _, answers in calls)
