"""Messages come out the same, whoever wrote them down."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.message import (
    Document,
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolDefinition,
    ToolResult,
)
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import parsed
from trilha_server.normalise.messages.chat import chat_of, messages_of
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.parts import parts_of
from trilha_server.normalise.messages.tools import tools_of, tools_offered

from server.tests.normalise.test_values import values

CALL = ToolCall("find_order", {"number": 17}, "call_17")
RESULT = ToolResult({"arrives": "tomorrow"}, "call_17", None)
ASKED = [("system", (Text("Help."),)), ("user", (Text("Where is it?"),)), ("assistant", (CALL,)), ("tool", (RESULT,))]
ANSWERED = [("assistant", (Text("It arrives tomorrow."),))]

OPENAI_CALL = {"id": "call_17", "type": "function", "function": {"name": "find_order", "arguments": '{"number": 17}'}}
ARRIVES = '{"arrives": "tomorrow"}'


def lc(name: str, **kwargs: Any) -> dict[str, Any]:
    """A message as LangChain serialises it."""
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", name], "kwargs": kwargs}


REQUESTS: dict[str, Any] = {
    "OpenAI chat": {
        "model": "gpt-5",
        "messages": [
            {"role": "developer", "content": "Help."},
            {"role": "user", "content": [{"type": "text", "text": "Where is it?"}]},
            {"role": "assistant", "content": None, "tool_calls": [OPENAI_CALL]},
            {"role": "tool", "tool_call_id": "call_17", "content": ARRIVES},
        ],
    },
    "OpenAI Responses": {
        "model": "gpt-5",
        "instructions": "Help.",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Where is it?"}]},
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "call_17",
                "name": "find_order",
                "arguments": '{"number": 17}',
            },
            {"type": "function_call_output", "call_id": "call_17", "output": ARRIVES},
        ],
    },
    "Anthropic": {
        "system": [{"type": "text", "text": "Help."}],
        "messages": [
            {"role": "user", "content": "Where is it?"},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "call_17", "name": "find_order", "input": {"number": 17}}],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_17", "content": [{"type": "text", "text": ARRIVES}]}
                ],
            },
        ],
    },
    "Gemini": {
        "config": {"system_instruction": {"parts": [{"text": "Help."}]}},
        "contents": [
            {"role": "user", "parts": [{"text": "Where is it?", "functionCall": None}]},
            {
                "role": "model",
                "parts": [{"functionCall": {"id": "call_17", "name": "find_order", "args": {"number": 17}}}],
            },
            {
                "role": "user",
                "parts": [{"functionResponse": {"id": "call_17", "response": {"result": {"arrives": "tomorrow"}}}}],
            },
        ],
    },
    "Bedrock": {
        "system": [{"text": "Help."}],
        "messages": [
            {"role": "user", "content": [{"text": "Where is it?"}]},
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "call_17", "name": "find_order", "input": {"number": 17}}}],
            },
            {"role": "user", "content": [{"toolResult": {"toolUseId": "call_17", "content": [{"text": ARRIVES}]}}]},
        ],
    },
    "LangChain": [
        [
            {"type": "system", "content": "Help."},
            {"type": "human", "content": "Where is it?"},
            {
                "type": "ai",
                "content": "",
                "tool_calls": [{"name": "find_order", "args": {"number": 17}, "id": "call_17", "type": "tool_call"}],
            },
            {"type": "tool", "content": ARRIVES, "tool_call_id": "call_17", "name": None},
        ]
    ],
    "LangChain, serialised": {
        "messages": [
            [
                lc("SystemMessage", content="Help."),
                lc("HumanMessage", content="Where is it?"),
                lc("AIMessageChunk", content="", additional_kwargs={"tool_calls": [OPENAI_CALL]}),
                lc("ToolMessage", content=ARRIVES, tool_call_id="call_17"),
            ]
        ]
    },
    "GenAI": [
        {"role": "system", "parts": [{"type": "text", "content": "Help."}]},
        {"role": "user", "parts": [{"type": "text", "content": "Where is it?"}]},
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "call_17", "name": "find_order", "arguments": {"number": 17}}],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "call_17", "response": {"arrives": "tomorrow"}}],
        },
    ],
    "Vercel": [
        {"role": "system", "content": "Help."},
        {"role": "user", "content": [{"type": "text", "text": "Where is it?"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "tool-call", "toolCallId": "call_17", "toolName": "find_order", "input": {"number": 17}}
            ],
        },
        {
            "role": "tool",
            "content": [
                {
                    "type": "tool-result",
                    "toolCallId": "call_17",
                    "output": {"type": "json", "value": {"arrives": "tomorrow"}},
                }
            ],
        },
    ],
}

RESPONSES: dict[str, Any] = {
    "OpenAI chat": {
        "choices": [{"message": {"role": "assistant", "content": "It arrives tomorrow."}, "finish_reason": "stop"}]
    },
    "OpenAI completions": {"choices": [{"text": "It arrives tomorrow.", "finish_reason": "stop"}]},
    "OpenAI Responses": {
        "output": [
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "It arrives tomorrow."}],
            }
        ]
    },
    "Anthropic": {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "It arrives tomorrow."}],
        "stop_reason": "end_turn",
    },
    "Gemini": {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "It arrives tomorrow."}]}, "finishReason": "STOP"}
        ]
    },
    "Bedrock": {
        "output": {"message": {"role": "assistant", "content": [{"text": "It arrives tomorrow."}]}},
        "stopReason": "end_turn",
    },
    "LangChain": {
        "generations": [[{"text": "It arrives tomorrow.", "message": lc("AIMessage", content="It arrives tomorrow.")}]]
    },
    "Ollama": {"message": {"role": "assistant", "content": "It arrives tomorrow."}, "done": True},
    "MLflow's agents": {"request": {"input": [{"role": "assistant", "content": "It arrives tomorrow."}]}},
    "LlamaIndex": {
        "message": {"role": "assistant", "blocks": [{"block_type": "text", "text": "It arrives tomorrow."}]}
    },
}


def shape(messages: tuple[Message, ...]) -> list[tuple[str, tuple[Part, ...]]]:
    return [(message.role.value, message.parts) for message in messages]


@pytest.mark.parametrize("as_text", [False, True], ids=["values", "JSON"])
@pytest.mark.parametrize("who", REQUESTS)
def test_what_was_said_is_the_same(who: str, as_text: bool) -> None:
    told = json.dumps(REQUESTS[who]) if as_text else REQUESTS[who]

    assert shape(chat_of(told, Role.USER)) == shape(messages_of(told, Role.USER)) == ASKED


@pytest.mark.parametrize("who", RESPONSES)
def test_what_was_answered_is_the_same(who: str) -> None:
    assert shape(chat_of(RESPONSES[who], Role.ASSISTANT)) == ANSWERED


@pytest.mark.parametrize(
    ("who", "reason"),
    [("OpenAI chat", "stop"), ("Anthropic", "end_turn"), ("Gemini", "STOP"), ("Bedrock", "end_turn")],
)
def test_why_the_model_stopped_is_kept(who: str, reason: str) -> None:
    [message] = chat_of(RESPONSES[who], Role.ASSISTANT)

    assert message.finish_reason == reason


@pytest.mark.parametrize(
    "told",
    [
        [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Look it up."}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "A moment."}]},
            {"type": "function_call", "call_id": "call_17", "name": "find_order", "arguments": '{"number": 17}'},
        ],
        [
            {
                "role": "assistant",
                "reasoning_content": "Look it up.",
                "content": "A moment.",
                "tool_calls": [OPENAI_CALL],
            },
        ],
        [
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "Look it up."}]},
            {
                "role": "assistant",
                "parts": [
                    {"type": "text", "content": "A moment."},
                    {"type": "tool_call", "id": "call_17", "name": "find_order", "arguments": '{"number": 17}'},
                ],
            },
        ],
        [
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Look it up.", "signature": "x"},
                    {"type": "text", "text": "A moment."},
                    {"type": "tool_use", "id": "call_17", "name": "find_order", "input": {"number": 17}},
                ],
                "tool_calls": [{"id": "call_17", "name": "find_order", "args": {"number": 17}}],
            },
        ],
    ],
    ids=["Responses", "DeepSeek", "two messages", "twice"],
)
def test_one_turn_of_a_model_is_one_message(told: AttributeValue) -> None:
    parts = (Reasoning("Look it up."), Text("A moment."), CALL)

    assert shape(chat_of(told, Role.ASSISTANT)) == [("assistant", parts)]


def test_two_answers_to_one_question_stay_two() -> None:
    answers: AttributeValue = {"choices": [{"message": {"content": "Yes."}}, {"message": {"content": "No."}}]}

    assert [message.text for message in chat_of(answers, Role.ASSISTANT)] == ["Yes.", "No."]


def test_functions_of_former_days_are_tools() -> None:
    told: AttributeValue = [
        {"role": "assistant", "content": None, "function_call": {"name": "find_order", "arguments": "not JSON"}},
        {"role": "function", "name": "find_order", "content": "tomorrow"},
    ]

    assert shape(chat_of(told, Role.USER)) == [
        ("assistant", (ToolCall("find_order", "not JSON"),)),
        ("tool", (ToolResult("tomorrow", None, "find_order"),)),
    ]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "image_url", "image_url": {"url": "https://a/b.png"}}, Media("image", "https://a/b.png")),
        ({"type": "input_image", "image_url": "https://a/b.png"}, Media("image", "https://a/b.png")),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "eA=="}},
            Media("image", "data:image/png;base64,eA==", "image/png"),
        ),
        (
            {"inlineData": {"mimeType": "audio/wav", "data": "eA=="}},
            Media("audio", "data:audio/wav;base64,eA==", "audio/wav"),
        ),
        ({"fileData": {"fileUri": "gs://a/b", "mimeType": "video/mp4"}}, Media("video", "gs://a/b", "video/mp4")),
        ({"type": "uri", "modality": "image", "uri": "https://a/b"}, Media("image", "https://a/b")),
        (
            {"type": "blob", "mime_type": "image/png", "content": "eA=="},
            Media("image", "data:image/png;base64,eA==", "image/png"),
        ),
        (
            {"type": "blob", "mime_type": "image/png", "content": "mlflow-attachment://1?size=2"},
            Media("image", "mlflow-attachment://1?size=2", "image/png"),
        ),
        (
            {"type": "file", "mediaType": "application/pdf", "data": "https://a/b"},
            Media("file", "https://a/b", "application/pdf"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "eA==", "format": "wav"}},
            Media("audio", "data:wav;base64,eA==", "wav"),
        ),
        ({"type": "image_url", "image_url": {}}, Other({"type": "image_url", "image_url": {}})),
        ({"type": "of the future", "x": 1}, Other({"type": "of the future", "x": 1})),
        ({"type": "text", "text": 5}, Other({"type": "text", "text": 5})),
        (True, Other(True)),
        ({"text": "hm", "thought": True}, Reasoning("hm")),
    ],
)
def test_parts_of_all_kinds(part: AttributeValue, expected: Part) -> None:
    assert parts_of([part]) == (expected,)


def test_nothing_said_is_no_part() -> None:
    assert parts_of(["", None, {"type": "text", "text": ""}, {"type": "reasoning", "summary": []}]) == ()
    assert messages_of("", Role.USER) == messages_of(None, Role.USER) == messages_of([], Role.USER) == ()


@pytest.mark.parametrize(
    "value",
    [
        "hello",
        {"question": "why"},
        {"input": "x"},
        {"prompt": 5},
        ["a", "b"],
        7,
        {"role": "admin"},
        [{"type": "text", "text": "x"}],
    ],
)
def test_inputs_that_are_no_chat_have_no_messages(value: AttributeValue) -> None:
    assert chat_of(value, Role.USER) == ()


def test_what_is_known_to_be_messages_is_never_lost() -> None:
    assert shape(messages_of("hello", Role.USER)) == [("user", (Text("hello"),))]
    assert shape(messages_of({"x": 1}, Role.USER)) == [("user", (Other({"x": 1}),))]
    assert shape(messages_of([{"role": "critic", "content": "No."}, 5], Role.ASSISTANT)) == [
        ("assistant", (Text("No."), Other(5)))
    ]


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object"}}},
        {"type": "function", "name": "add", "description": "Adds.", "parameters": '{"type": "object"}'},
        {"name": "add", "description": "Adds.", "input_schema": {"type": "object"}},
        {"name": "add", "description": "Adds.", "inputSchema": {"jsonSchema": {"type": "object"}}},
        {"functionDeclarations": [{"name": "add", "description": "Adds.", "parameters": {"type": "object"}}]},
        {"toolSpec": {"name": "add", "description": "Adds.", "inputSchema": {"json": {"type": "object"}}}},
        {"add": {"description": "Adds.", "parameters": {"type": "object"}}},
    ],
    ids=["OpenAI", "Responses", "Anthropic", "Vercel", "Gemini", "Bedrock", "by name"],
)
def test_tools_are_the_same(tool: dict[str, Any]) -> None:
    expected = (ToolDefinition("add", "Adds.", {"type": "object"}),)

    assert tools_of(json.dumps(tool)) == expected
    assert tools_of([tool]) == expected or "add" in tool
    assert tools_offered({"tools": [tool] if "add" not in tool else tool}) == expected
    assert tools_offered("no request") == tools_of("no tools") == tools_of({"x": 1}) == ()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([{"page_content": "A", "metadata": {"n": 1}, "id": "a"}], Document("A", "a", None, {"n": 1})),
        ({"documents": [{"content": "A", "score": 0.5, "metadata": '{"n": 1}'}]}, Document("A", None, 0.5, {"n": 1})),
        ([[{"page_content": "A"}, 0.5]], Document("A", None, 0.5)),
        ([{"node": {"text": "A", "id_": "a"}, "score": 1}], Document("A", "a", 1.0)),
        ({"matches": [{"id": "a", "score": 0.5, "metadata": {"text": "A"}}]}, Document("A", "a", 0.5, {"text": "A"})),
        (["A"], Document("A")),
    ],
    ids=["LangChain", "plain", "with scores", "LlamaIndex", "vector database", "texts"],
)
def test_documents_are_the_same(found: AttributeValue, expected: Document) -> None:
    assert documents_of(found) == (expected,)
    assert documents_of({"x": 1}) == documents_of("text") == documents_of([{"x": 1}, 5]) == ()


def test_text_that_is_nested_absurdly_deep_stays_text() -> None:
    deep = '{"messages": ' + "[" * 800 + "]" * 800 + "}"

    assert chat_of(deep, Role.USER) == ()
    assert shape(messages_of(deep, Role.USER)) == [("user", (Text(deep),))]


@pytest.mark.parametrize(("depth", "is_read"), [(100, True), (101, False)])
def test_only_lists_within_lists_are_deep(depth: int, is_read: bool) -> None:
    text = "[[],1," * (depth - 1) + "[1]" + "]" * (depth - 1)

    assert (parsed(text) != text) is is_read


keys = st.sampled_from(
    [
        "role",
        "type",
        "content",
        "parts",
        "text",
        "messages",
        "input",
        "output",
        "choices",
        "message",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "kwargs",
        "lc",
        "data",
        "request",
        "generations",
        "image",
        "source",
        "summary",
        "toolUse",
        "functionCall",
        "metadata",
        "documents",
        "tools",
        "system",
        "prompt",
        "value",
    ]
)
words = st.sampled_from(
    ["user", "assistant", "tool", "text", "image", "function_call", "tool_result", "reasoning", "constructor", "ai", ""]
)
hostile = st.recursive(
    values | words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=25
)


@given(value=hostile)
def test_whatever_comes_is_read(value: AttributeValue) -> None:
    messages_of(value, Role.USER)
    tools_of(value)
    tools_offered(value)
    documents_of(value)
