"""Gemini CLI: GenAI's attributes with operations of its own, and Gemini's contents for messages."""

from collections.abc import Sequence

from trilha_server.domain.message import Message, Role
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import first_text, name_in, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.messages.chat import messages_of
from trilha_server.normalise.messages.parts import result_of
from trilha_server.normalise.messages.turns import joined

_OPERATION = "gen_ai.operation.name"
_INPUT = "gen_ai.input.messages"
_OUTPUT = "gen_ai.output.messages"
_SESSION = "gen_ai.conversation.id"

_SPAN_TYPES = {
    "agent_call": "AGENT",
    "llm_call": "LLM",
    "schedule_tool_calls": "CHAIN",
    "system_prompt": "AGENT",  # a turn that goes on after tools
    "tool_call": "TOOL",
    "user_prompt": "AGENT",
}


def _operation(told: Told) -> str | None:
    """Tell the operation where Gemini CLI is who speaks: nobody else has these."""
    operation = first_text(told.attributes, _OPERATION)
    return operation if operation in _SPAN_TYPES else None


def _span_type(told: Told) -> str | None:
    return _SPAN_TYPES.get(_operation(told) or "")


def _provider(told: Told) -> str | None:
    return "gcp.gen_ai" if _operation(told) == "llm_call" else None  # Gemini's own service or Vertex, it does not say


def _session(told: Told) -> str | None:
    return name_in(told.attributes, _SESSION) if _operation(told) is not None else None


def _inputs(told: Told) -> AttributeValue:
    operation = _operation(told)
    if operation is None:
        return None
    value = parsed(told.attributes.get(_INPUT))
    if operation == "tool_call" and isinstance(value, dict):
        return value.get("args", value)
    return value


def _outputs(told: Told) -> AttributeValue:
    operation = _operation(told)
    if operation is None:
        return None
    value = parsed(told.attributes.get(_OUTPUT))
    return _tool_response(value) if operation == "tool_call" else value


def _tool_response(value: AttributeValue) -> AttributeValue:
    """Take what the tool answered out of the record of its call."""
    response = value.get("response") if isinstance(value, dict) else None
    parts = response.get("responseParts") if isinstance(response, dict) else None
    for part in parts if isinstance(parts, list) else ():
        found = part.get("functionResponse") if isinstance(part, dict) else None
        if isinstance(found, dict) and found.get("response") is not None:
            return result_of(found["response"])
    return value


def _input_messages(told: Told) -> Sequence[Message] | None:
    if _operation(told) != "llm_call":
        return None
    system = parsed(told.attributes.get("gen_ai.system_instructions"))
    asked = told.attributes.get(_INPUT)
    first = messages_of(system, Role.SYSTEM) if system else ()
    return (*first, *(() if asked is None else messages_of(asked, Role.USER))) or None


def _output_messages(told: Told) -> Sequence[Message] | None:
    if _operation(told) != "llm_call":
        return None
    answer = parsed(told.attributes.get(_OUTPUT))
    if answer is None:
        return None
    # A streamed answer comes as one content a piece.
    pieces: list[AttributeValue] = answer if isinstance(answer, list) else [answer]
    return joined(messages_of(pieces, Role.ASSISTANT)) or None


CONVENTION = Convention(
    name="gemini_cli",
    fact_keys=frozenset({_OPERATION, _SESSION}),
    words=frozenset({"gen_ai"}),
    span_type=_span_type,
    provider=_provider,
    session=_session,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
)
