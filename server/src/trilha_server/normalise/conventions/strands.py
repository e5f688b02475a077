"""Strands Agents: GenAI's attributes, with what is said on events of the span and parts in Bedrock's words."""

from collections.abc import Sequence

from trilha_server.domain.message import Message, Role
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import first_value, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.messages.chat import messages_of
from trilha_server.normalise.messages.parts import result_of

_SCOPE = "strands.telemetry.tracer"
_OPERATION = "gen_ai.operation.name"
_CYCLE = "event_loop.cycle_id"
_DETAILS = "gen_ai.client.inference.operation.details"
_INSTRUCTIONS = "gen_ai.system_instructions"
_INPUT, _OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"


def _span_type(told: Told) -> str | None:
    return "CHAIN" if _CYCLE in told.attributes and _OPERATION not in told.attributes else None


def _inputs(told: Told) -> AttributeValue:
    return parsed(_of_event(told, "gen_ai.tool.message", "content")) if _is_tool(told) else None


def _outputs(told: Told) -> AttributeValue:
    if not _is_tool(told):
        return None
    given = _of_event(told, "gen_ai.choice", "message")
    return result_of(told.attributes.get("gen_ai.tool.call.result") if given is None else given)


def _is_tool(told: Told) -> bool:
    return told.scope_name == _SCOPE and told.attributes.get(_OPERATION) == "execute_tool"


def _input_messages(told: Told) -> Sequence[Message] | None:
    asked = _messages(told, _INPUT, Role.USER)
    instructions = first_value(told.attributes, _INSTRUCTIONS) or _of_event(told, _DETAILS, _INSTRUCTIONS)
    return (*messages_of(instructions, Role.SYSTEM), *asked) if asked else None


def _output_messages(told: Told) -> Sequence[Message] | None:
    return _messages(told, _OUTPUT, Role.ASSISTANT) or None


def _messages(told: Told, key: str, role: Role) -> tuple[Message, ...]:
    """Read messages of the event that has them in the newest form; GenAI reads all others."""
    if told.scope_name != _SCOPE or _is_tool(told):
        return ()
    said = parsed(_of_event(told, _DETAILS, key))
    return messages_of([_in_genai_words(message) for message in said], role) if isinstance(said, list) else ()


def _in_genai_words(message: AttributeValue) -> AttributeValue:
    parts = message.get("parts") if isinstance(message, dict) else None
    return (
        {**message, "parts": [*map(_part, parts)]} if isinstance(message, dict) and isinstance(parts, list) else message
    )


def _part(part: AttributeValue) -> AttributeValue:
    """Take Bedrock's reasoning out of the part that GenAI would not know: its content is the block itself."""
    if not isinstance(part, dict) or part.get("type") != "reasoningContent":
        return part
    return {"reasoningContent": part.get("content")}


def _of_event(told: Told, name: str, key: str) -> AttributeValue:
    found = (event.attributes.get(key) for event in told.events if event.name == name)
    return next((value for value in found if value is not None), None)


CONVENTION = Convention(
    name="strands",
    fact_keys=frozenset({_CYCLE, _OPERATION}),
    words=frozenset({"gen_ai"}),
    span_type=_span_type,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
)
