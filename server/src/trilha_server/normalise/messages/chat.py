"""Chats, in the shapes of the providers and of those who record them, as messages.

One form comes out: instructions are a message of the system, every answer of a tool is a message of its own, and
one turn of a model is one message.
"""

from collections.abc import Iterable, Iterator, Sequence

from trilha_server.domain.message import Message, Part, Reasoning, Role, Text, ToolCall, ToolResult
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import parsed
from trilha_server.normalise.messages.merging import Turn, merged
from trilha_server.normalise.messages.parts import JsonObject, part_of, parts_of, result_of, text_in, tool_call
from trilha_server.normalise.messages.roles import is_message, role_of, unserialized

MAX_MESSAGES = 10_000
"""A chat has fewer; what comes after is left out."""

_MAX_NESTING = 4
"""Lists in lists and envelopes in envelopes."""


def messages_of(value: AttributeValue, role: Role) -> tuple[Message, ...]:
    """Read what is known to be messages; `role` speaks where none is named, and nothing is left out."""
    value = parsed(value)
    if value is None or value in ("", [], {}):
        return ()
    return chat_of(value, role) or merged(_items(value if isinstance(value, list) else [value], role, _MAX_NESTING))


def chat_of(value: AttributeValue, role: Role) -> tuple[Message, ...]:
    """Find messages in inputs or outputs of any kind; none where they are no chat."""
    if isinstance(value, str):
        if not _may_be_chat(value):
            return ()
        value = parsed(value)
    return merged(_chat(value, role, _MAX_NESTING))


def _may_be_chat(text: str) -> bool:
    """Tell quickly that most inputs and outputs are none: all roots are asked while they are taken in."""
    return text[:1] in ("{", "[", '"') and (
        "role" in text or "type" in text or "content" in text or "parts" in text or "text" in text
        or "prompt" in text or "model" in text or "instructions" in text or "system" in text
    )  # fmt: skip


_REQUEST_KEYS = ("messages", "contents", "input", "prompt", "prompts", "request")
_RESPONSE_KEYS = ("choices", "candidates", "generations", "output", "message")
_ENVELOPE_KEYS = frozenset({*_REQUEST_KEYS, *_RESPONSE_KEYS})


def _chat(value: AttributeValue, role: Role, nesting: int) -> Iterator[Turn]:
    if nesting == 0:
        return
    if isinstance(value, dict):
        value = unserialized(value)
        if is_message(value):
            yield from _turns(value, role)
        else:
            yield from _enveloped(value, role, nesting - 1)
    elif isinstance(value, list) and _is_chat(value, nesting - 1):
        yield from _items(value, role, nesting)


def _is_chat(items: Sequence[AttributeValue], nesting: int) -> bool:
    for item in items:
        if isinstance(item, dict) and (is_message(unserialized(item)) or _role_of_part(part_of(item)) is not None):
            return True
        if nesting and isinstance(item, list) and _is_chat(item, nesting - 1):
            return True
    return False


def _items(items: Sequence[AttributeValue], role: Role, nesting: int) -> Iterator[Turn]:
    """Read a list of messages; items that are none are parts of what `role` says."""
    for item in items[:MAX_MESSAGES]:
        if isinstance(item, list) and nesting:
            yield from _items(item, role, nesting - 1)
        elif isinstance(item, dict) and is_message(whole := unserialized(item)):
            yield from _turns(whole, role)
        else:
            parts = parts_of(item if isinstance(item, dict) else [item])
            for part in parts:
                yield Turn(Message(_role_of_part(part) or role, (part,)), is_loose=True)


def _role_of_part(part: Part | None) -> Role | None:
    if isinstance(part, ToolCall | Reasoning):
        return Role.ASSISTANT
    return Role.TOOL if isinstance(part, ToolResult) else None


def _turns(item: JsonObject, default: Role) -> Iterator[Turn]:
    """Read one message; answers of tools become messages of their own."""
    role = role_of(item) or default
    content = item.get("content")
    if role is Role.USER and item.get("tool_call_id"):
        role = Role.TOOL
    if isinstance(content, str) and len(item) == 2 and role is not Role.TOOL and content[:1] != "[":
        yield Turn(Message(role, (Text(content),) if content else ()))  # most are no more than this
        return
    parts = _parts_in(item)
    results = [part for part in parts if isinstance(part, ToolResult)]
    if role is Role.TOOL and not results:
        call_id = text_in(item, "tool_call_id", "toolCallId", "id")
        yield Turn(Message(Role.TOOL, (ToolResult(result_of(content), call_id, text_in(item, "name")),)))
        return
    if results and role is not Role.ASSISTANT:
        for part in results:
            yield Turn(Message(Role.TOOL, (part,)))
        parts = tuple(part for part in parts if not isinstance(part, ToolResult))
        if not parts:
            return
    yield Turn(Message(role, parts, text_in(item, "name"), _finish_reason(item) if role is Role.ASSISTANT else None))


def _parts_in(item: JsonObject) -> tuple[Part, ...]:
    thoughts = text_in(item, "reasoning_content", "reasoning", "thinking")
    parts: list[Part] = [] if thoughts is None else [Reasoning(thoughts)]
    for key in ("content", "parts", "blocks", "refusal"):  # of Gemini and GenAI, of LlamaIndex
        if key in item:
            parts.extend(parts_of(item[key]))
    images = item.get("images")  # of Ollama
    for image in images if isinstance(images, list) else ():
        parts.extend(parts_of({"type": "image", "data": image}))
    known = {part.call_id for part in parts if isinstance(part, ToolCall)}
    parts.extend(call for call in _calls_in(item) if call.call_id is None or call.call_id not in known)
    return tuple(parts)


def _calls_in(item: JsonObject) -> Iterator[ToolCall]:
    calls = item.get("tool_calls") or item.get("toolCalls")
    extra = item.get("additional_kwargs")
    if not calls and isinstance(extra, dict):
        calls = extra.get("tool_calls")
    for entry in calls if isinstance(calls, list) else ():
        call = tool_call(entry) if isinstance(entry, dict) else None
        if call is not None:
            yield call
    legacy = item.get("function_call")
    call = tool_call(legacy) if isinstance(legacy, dict) else None
    if call is not None:
        yield call


def _finish_reason(item: JsonObject) -> str | None:
    told = text_in(item, "finish_reason", "finishReason", "stop_reason", "stopReason")
    metadata = item.get("response_metadata")
    if told is None and isinstance(metadata, dict):  # LangChain
        told = text_in(metadata, "finish_reason", "stop_reason")
    return told


def _enveloped(value: JsonObject, role: Role, nesting: int) -> Iterator[Turn]:
    """Look for messages in a request or a response of a provider."""
    if not _ENVELOPE_KEYS.isdisjoint(value):
        yield from list(_request(value, nesting)) or list(_response(value, role, nesting))


def _request(value: JsonObject, nesting: int) -> Iterator[Turn]:
    for key in _REQUEST_KEYS:
        inner = parsed(value.get(key))
        found: Iterable[Turn] = ()
        if key == "request" or (key in ("input", "messages") and isinstance(inner, dict)):
            found = _chat(inner, Role.USER, nesting)
        elif isinstance(inner, list) and (key in ("messages", "contents", "prompts") or _is_chat(inner, nesting)):
            found = _items(inner, Role.USER, nesting)
        elif isinstance(inner, str) and inner and (key == "contents" or _says_it_is_a_request(value)):
            found = _items([inner], Role.USER, nesting)
        turns = list(found)
        if turns:
            yield from _instructions(value, nesting)
            yield from turns
            return


def _says_it_is_a_request(value: JsonObject) -> bool:
    return ("prompt" in value and len(value) == 1) or any(key in value for key in ("model", "system", "instructions"))


def _instructions(value: JsonObject, nesting: int) -> Iterator[Turn]:
    config = value.get("config")
    owners = (value, config) if isinstance(config, dict) else (value,)
    for owner in owners:
        for key in ("system", "instructions", "system_instruction", "systemInstruction"):
            told = owner.get(key)
            if isinstance(told, dict):  # Gemini
                told = told.get("parts")
            parts = parts_of(told) if nesting else ()
            if parts:
                yield Turn(Message(Role.SYSTEM, parts))


def _response(value: JsonObject, role: Role, nesting: int) -> Iterator[Turn]:
    for key in _RESPONSE_KEYS:
        inner = parsed(value.get(key))
        if key in ("choices", "candidates") and isinstance(inner, list):
            turns = [turn for item in inner[:MAX_MESSAGES] if isinstance(item, dict) for turn in _choice(item, nesting)]
        elif key == "generations" and isinstance(inner, list):
            turns = list(_generations(inner, nesting))
        elif key == "output" and isinstance(inner, list):
            turns = list(_chat(inner, Role.ASSISTANT, nesting))
        elif isinstance(inner, dict):
            turns = list(_chat({**inner, **_ending(value)}, Role.ASSISTANT if key == "output" else role, nesting))
        else:
            turns = []
        if turns:
            yield from turns
            return


def _ending(value: JsonObject) -> JsonObject:
    reason = _finish_reason(value)
    return {} if reason is None else {"finish_reason": reason}


def _choice(choice: JsonObject, nesting: int) -> Iterator[Turn]:
    """Read one of several answers, of OpenAI or Gemini."""
    for key in ("message", "delta", "content"):
        inner = choice.get(key)
        if isinstance(inner, dict) and nesting:
            yield from _turns({**inner, **_ending(choice)}, Role.ASSISTANT)
            return
    if "text" in choice or "content" in choice:
        content = choice.get("content") or choice.get("text")
        yield from _turns({**choice, "content": content}, Role.ASSISTANT)


def _generations(items: Sequence[AttributeValue], nesting: int) -> Iterator[Turn]:
    """Read the answers that LangChain gathers, a list for each prompt."""
    for item in items[:MAX_MESSAGES]:
        if isinstance(item, list) and nesting:
            yield from _generations(item, nesting - 1)
        elif isinstance(item, dict):
            item = unserialized(item)  # noqa: PLW2901  # the same, in a simpler shape
            message = item.get("message")
            if isinstance(message, dict):
                yield from _turns({**_ending(item), **unserialized(message)}, Role.ASSISTANT)
            elif isinstance(item.get("text"), str):
                yield from _turns({**item, "content": item["text"]}, Role.ASSISTANT)


def answer_of(value: AttributeValue) -> AttributeValue:
    """Take what a tool answered out of the message that LangChain makes of it; anything else stays as it is."""
    if isinstance(value, dict) and is_message(item := unserialized(value)) and role_of(item) is Role.TOOL:
        return result_of(item.get("content"))
    return value
