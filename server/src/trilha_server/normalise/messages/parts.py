"""The parts of a message, in the shapes of the providers and of those who record them."""

import base64
from collections.abc import Callable
from typing import TypeAlias

from trilha_server.domain.message import Media, Other, Part, Reasoning, Text, ToolCall, ToolResult
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import parsed

JsonObject: TypeAlias = "dict[str, AttributeValue]"

MAX_PARTS = 10_000
"""A message has fewer; what comes after is left out."""


def parts_of(content: AttributeValue) -> tuple[Part, ...]:
    """Read the content of a message: text, one part, or a list of parts. What nobody knows is kept as it came."""
    if isinstance(content, str):
        content = _blocks_in(content)
    if isinstance(content, list):
        return tuple(part for item in content[:MAX_PARTS] for part in _parts(item))
    return _parts(content)


def part_of(item: JsonObject) -> Part | None:
    """Read one part of a known kind; `None` for any other."""
    kind = item.get("type")
    reader = _BY_TYPE.get(kind) if isinstance(kind, str) else None
    if reader is not None:
        return reader(item)
    for key, read in _BY_KEY.items():
        if item.get(key) is not None:
            return read(item)
    return None


def tool_call(item: JsonObject) -> ToolCall | None:
    """Read the wish for a tool; `None` where it names none."""
    function = item.get("function")
    named = function if isinstance(function, dict) else item
    name = first_of(named, "name", "toolName", "tool_name")
    if not isinstance(name, str) or not name:
        return None
    arguments = parsed(first_of(named, "arguments", "args", "input", "parameters"))
    return ToolCall(name, arguments, text_in(item, "call_id", "toolCallId", "toolUseId", "tool_call_id", "id"))


def tool_result(item: JsonObject) -> ToolResult:
    """Read the answer of a tool."""
    return ToolResult(
        result_of(first_of(item, "content", "output", "response", "result", "value")),
        text_in(item, "tool_use_id", "call_id", "tool_call_id", "toolCallId", "toolUseId", "id"),
        text_in(item, "name", "toolName", "tool_name"),
    )


def result_of(content: AttributeValue) -> AttributeValue:
    """Read what a tool answered without its wrapping: text blocks become one text, JSON is parsed."""
    content = parsed(content)
    if isinstance(content, list) and content:
        texts = [part.text for item in content for part in _parts(item) if isinstance(part, Text)]
        return parsed("\n".join(texts)) if len(texts) == len(content) else content
    if isinstance(content, dict):
        if set(content) == {"type", "value"}:  # Vercel
            return parsed(content["value"])
        if len(content) == 1 and (key := next(iter(content))) in ("result", "output", "json"):  # Gemini, Bedrock
            return parsed(content[key])
        if content.get("type") == "text":
            return parsed(content.get("text"))
    return content


def first_of(item: JsonObject, *keys: str) -> AttributeValue:
    """Read the first key that has a value."""
    for key in keys:  # a generator would take twice as long, and messages are many
        value = item.get(key)
        if value is not None:
            return value
    return None


def text_in(item: JsonObject, *keys: str) -> str | None:
    """Read the first key that has a text with something in it."""
    for key in keys:
        value = item.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def _parts(item: AttributeValue) -> tuple[Part, ...]:
    if item is None or item == "":
        return ()
    if isinstance(item, str):
        return (Text(item),)
    if not isinstance(item, dict):
        return (Other(item),)
    part = part_of(item)
    if part is None:
        return (Other(item),)
    return () if part in (Text(""), Reasoning("")) else (part,)


def _blocks_in(text: str) -> AttributeValue:
    """Read a list of parts that an instrumentation wrote as JSON text; any other text is words."""
    if not text.startswith("[{"):
        return text
    found = parsed(text)
    if not isinstance(found, list):
        return text
    return found if all(isinstance(item, dict) and part_of(item) is not None for item in found) else text


def _text(item: JsonObject) -> Part:
    text = first_of(item, "text", "content", "refusal")
    if isinstance(text, dict):  # OpenAI's assistants
        text = text.get("value")
    if not isinstance(text, str):
        return Other(item)
    return Reasoning(text) if item.get("thought") is True else Text(text)


def _reasoning(item: JsonObject) -> Part:
    for key in ("thinking", "text", "content", "summary", "reasoning"):
        value = item.get(key)
        if isinstance(value, str) and value:
            value = _blocks_in(value)
        if isinstance(value, str) and value:
            return Reasoning(value)
        if isinstance(value, list) and value:
            return Reasoning("\n".join(part.text for part in parts_of(value) if isinstance(part, Text | Reasoning)))
    return Reasoning("")


def _bedrock_reasoning(item: JsonObject) -> Part:
    content = item["reasoningContent"]
    inner = content.get("reasoningText") if isinstance(content, dict) else None
    return _reasoning(inner) if isinstance(inner, dict) else Other(item)


def _call(item: JsonObject) -> Part:
    return tool_call(item) or Other(item)


def _call_in(key: str) -> Callable[[JsonObject], Part]:
    def read(item: JsonObject) -> Part:
        inner = item[key]
        return (tool_call(inner) if isinstance(inner, dict) else None) or Other(item)

    return read


def _result_in(key: str) -> Callable[[JsonObject], Part]:
    def read(item: JsonObject) -> Part:
        inner = item[key]
        return tool_result(inner) if isinstance(inner, dict) else Other(item)

    return read


def _media_as(kind: str | None) -> Callable[[JsonObject], Part]:
    """Read a picture, a sound or a file; `None` where its own words tell which."""

    def read(item: JsonObject) -> Part:
        inner = first_of(item, *_MEDIA_KEYS)
        place: JsonObject = inner if isinstance(inner, dict) else {"url": inner}
        deeper = first_of(place, "source", "image")  # Bedrock, OpenInference
        if isinstance(deeper, dict):
            place = {**place, **deeper}
        media_type = _media_type(place) or _media_type(item)
        return _media(place, kind, media_type) or _media(item, kind, media_type) or Other(item)

    return read


_ADDRESSES = ("data:", "http:", "https:", "mlflow-attachment:")
_MEDIA_KEYS = (
    *("image_url", "imageUrl", "input_audio", "source", "inlineData", "inline_data", "fileData", "file_data"),
    *("image", "audio", "video", "document", "file"),
)


def _media(place: JsonObject, kind: str | None, media_type: str | None) -> Media | None:
    url = first_of(place, "url", "uri", "fileUri", "file_uri", "file_id", "fileId")
    data = first_of(place, "data", "bytes", "content", "file_data", "base64")
    if isinstance(data, bytes):
        data = base64.b64encode(data).decode()
    if not isinstance(url, str) and isinstance(data, str):
        url = data if data.startswith(_ADDRESSES) else f"data:{media_type or ''};base64,{data}"
    if not isinstance(url, str) or not url:
        return None
    if media_type is None and url.startswith("data:"):
        media_type = url[5:].partition(",")[0].partition(";")[0] or None
    return Media(kind or text_in(place, "modality") or _kind_of(media_type), url, media_type)


def _media_type(item: JsonObject) -> str | None:
    return text_in(item, "media_type", "mediaType", "mime_type", "mimeType", "format")


def _kind_of(media_type: str | None) -> str:
    kind = (media_type or "").partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "file"


_BY_TYPE: dict[str, Callable[[JsonObject], Part]] = {
    **dict.fromkeys(("text", "input_text", "output_text", "summary_text", "refusal", "reasoning_text"), _text),
    **dict.fromkeys(("reasoning", "thinking", "redacted_thinking"), _reasoning),
    **dict.fromkeys(
        ("tool_use", "tool_call", "tool-call", "function", "function_call", "custom_tool_call", "server_tool_use",
         "server_tool_call", "mcp_call"),
        _call,
    ),
    **dict.fromkeys(
        ("tool_result", "tool-result", "tool_call_response", "function_call_output", "custom_tool_call_output",
         "server_tool_call_response", "web_search_tool_result", "mcp_tool_result"),
        tool_result,
    ),
    **dict.fromkeys(("image", "image_url", "image-url", "input_image"), _media_as("image")),
    **dict.fromkeys(("audio", "input_audio", "audio-url"), _media_as("audio")),
    **dict.fromkeys(("video", "video_url", "video-url"), _media_as("video")),
    **dict.fromkeys(("document", "input_file", "document-url"), _media_as("file")),
    **dict.fromkeys(("file", "media", "uri", "blob", "binary"), _media_as(None)),
}  # fmt: skip

_BY_KEY: dict[str, Callable[[JsonObject], Part]] = {
    "functionCall": _call_in("functionCall"),
    "function_call": _call_in("function_call"),
    "functionResponse": _result_in("functionResponse"),
    "function_response": _result_in("function_response"),
    "toolUse": _call_in("toolUse"),
    "toolResult": _result_in("toolResult"),
    "reasoningContent": _bedrock_reasoning,
    "inlineData": _media_as(None),
    "inline_data": _media_as(None),
    "fileData": _media_as(None),
    "file_data": _media_as(None),
    "image_url": _media_as("image"),
    "text": _text,
}
"""Of providers whose parts have no type: Gemini and Bedrock."""
