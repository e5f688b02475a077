"""What the span of a tool tells of the call that it answers."""

import re
from collections.abc import Iterable

from trilha_server.domain.span import AttributeValue, Span
from trilha_server.normalise.attributes import name_in

_CALL_ID_KEYS = ("gen_ai.tool.call.id", "ai.toolCall.id", "tool_call.id", "tool.call.id", "tool_call_id")
_NAME_KEYS = (
    *("gen_ai.tool.name", "ai.toolCall.name", "tool.name", "lk.function_tool.name", "tool_name"),
    "traceloop.entity.name",
)
_DECORATION = re.compile(r"^(execute_tool |tool\.execution:)|\.tool$")
"""What GenAI's conventions, VoltAgent and OpenLLMetry write around the name of a tool."""

_EXCEPTION = "exception"


def call_id_of(span: Span, outputs: AttributeValue) -> str | None:
    """Read the id of the call; `None` where nothing tells it."""
    found = name_in(span.attributes, *_CALL_ID_KEYS)
    if found is None and isinstance(outputs, dict):
        found = name_in(outputs, "tool_call_id")
    return found


def tool_names_of(span: Span) -> tuple[str, ...]:
    """List the names by which a model may have called the tool, the likeliest first."""
    name = span.facts.name
    return tuple(dict.fromkeys(_told((name_in(span.attributes, *_NAME_KEYS), _DECORATION.sub("", name), name))))


def error_of(span: Span) -> str | None:
    """Say why a span failed; `None` where it says nothing."""
    if span.status_message:
        return span.status_message
    for event in reversed(span.events):
        if event.name == _EXCEPTION:
            told = (name_in(event.attributes, "exception.type"), name_in(event.attributes, "exception.message"))
            return ": ".join(_told(told)) or None
    return None


def _told(texts: Iterable[str | None]) -> list[str]:
    return [text for text in texts if text]
