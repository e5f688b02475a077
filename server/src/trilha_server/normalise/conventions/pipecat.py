"""Pipecat, whose spans are GenAI's with what is said in attributes that have no prefix."""

from collections.abc import Sequence

from trilha_server.domain.message import Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import first_value, name_in, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.messages.chat import chat_of, messages_of
from trilha_server.normalise.messages.tools import tools_of
from trilha_server.normalise.messages.turns import said

_SCOPE = "pipecat"
_SESSION = "conversation.id"
_TURN = "turn.number"
_KIND = "conversation.type"


def _is_pipecat(told: Told) -> bool:
    return told.scope_name.partition(".")[0] == _SCOPE


def _span_type(told: Told) -> str | None:
    is_step = _is_pipecat(told) and (_TURN in told.attributes or _KIND in told.attributes)
    return "CHAIN" if is_step else None


def _session(told: Told) -> str | None:
    return name_in(told.attributes, _SESSION) if _is_pipecat(told) else None


def _inputs(told: Told) -> AttributeValue:
    return parsed(first_value(told.attributes, "input", "text")) if _is_pipecat(told) else None


def _outputs(told: Told) -> AttributeValue:
    return parsed(first_value(told.attributes, "output", "transcript")) if _is_pipecat(told) else None


def _input_messages(told: Told) -> Sequence[Message] | None:
    messages = chat_of(told.attributes.get("input"), Role.USER) if _is_pipecat(told) else ()
    if not messages or messages[0].role is Role.SYSTEM:
        return messages or None
    instructions = parsed(told.attributes.get("gen_ai.system_instructions"))
    first = said(instructions, Role.SYSTEM) or messages_of(instructions, Role.SYSTEM)
    return (*first, *messages)


def _output_messages(told: Told) -> Sequence[Message] | None:
    return said(told.attributes.get("output"), Role.ASSISTANT) or None if _is_pipecat(told) else None


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    return tools_of(told.attributes.get("tools")) or None if _is_pipecat(told) else None


CONVENTION = Convention(
    name="pipecat",
    fact_keys=frozenset({_SESSION, _TURN, _KIND}),
    words=frozenset({"gen_ai", "conversation"}),
    span_type=_span_type,
    session=_session,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
)
