"""Turns whose parts are told apart from each other: a text here, tool calls there."""

from collections.abc import Iterable

import msgspec

from trilha_server.domain.message import Message, Part, Reasoning, Role, Text, ToolCall
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import parsed
from trilha_server.normalise.messages.parts import tool_call


def said(text: AttributeValue, role: Role) -> tuple[Message, ...]:
    """Make a message of a text; none where there is no text."""
    return (Message(role, (Text(text),)),) if isinstance(text, str) and text else ()


def answered(
    *,
    text: AttributeValue = None,
    reasoning: AttributeValue = None,
    calls: AttributeValue = None,
    finish_reason: AttributeValue = None,
) -> tuple[Message, ...]:
    """Make one message of what a model answered; none where it told nothing."""
    parts: list[Part] = []
    if isinstance(reasoning, str) and reasoning:
        parts.append(Reasoning(reasoning))
    if isinstance(text, str) and text:
        parts.append(Text(text))
    parts.extend(calls_of(calls))
    if not parts:
        return ()
    reason = finish_reason if isinstance(finish_reason, str) and finish_reason else None
    return (Message(Role.ASSISTANT, tuple(parts), finish_reason=reason),)


def calls_of(value: AttributeValue) -> tuple[ToolCall, ...]:
    """Read a list of tool calls; as JSON too."""
    items = parsed(value)
    if not isinstance(items, list):
        return ()
    found = (tool_call(item) for item in map(parsed, items) if isinstance(item, dict))
    return tuple(call for call in found if call is not None)


def joined(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Put the pieces of streamed answers together: neighbours of one role become one message."""
    whole: list[Message] = []
    for message in messages:
        if whole and whole[-1].role is message.role and message.role is Role.ASSISTANT:
            before = whole[-1]
            whole[-1] = msgspec.structs.replace(
                before,
                parts=_run_together((*before.parts, *message.parts)),
                finish_reason=message.finish_reason or before.finish_reason,
            )
        else:
            whole.append(message)
    return tuple(whole)


def _run_together(parts: Iterable[Part]) -> tuple[Part, ...]:
    whole: list[Part] = []
    for part in parts:
        last = whole[-1] if whole else None
        if isinstance(part, Text) and isinstance(last, Text):
            whole[-1] = Text(last.text + part.text)
        elif isinstance(part, Reasoning) and isinstance(last, Reasoning):
            whole[-1] = Reasoning(last.text + part.text)
        else:
            whole.append(part)
    return tuple(whole)
