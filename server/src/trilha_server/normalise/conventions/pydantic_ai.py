"""Pydantic AI, beside the GenAI attributes that it writes; and Logfire's instrumentations of model clients."""

from collections.abc import Mapping, Sequence

from trilha_server.domain.message import Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import first_text, first_value, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.conventions.genai import with_instructions
from trilha_server.normalise.conventions.genai_events import messages_in, messages_out
from trilha_server.normalise.messages.chat import chat_of, messages_of
from trilha_server.normalise.messages.tools import tools_of, tools_offered

_AGENT_NAME = "agent_name"
_ALL_MESSAGES = "pydantic_ai.all_messages"
_EVENTS = ("events", "all_messages_events")
"""All messages of a call, and of an agent's run, before version 2 of its attributes."""
_RESULT = "final_result"
_TOOL_ARGUMENTS, _TOOL_RESULT = "tool_arguments", "tool_response"
_PARAMETERS = "model_request_parameters"
_REQUEST, _RESPONSE = "request_data", "response_data"  # of Logfire


def _span_type(told: Told) -> str | None:
    return "AGENT" if told.scope_name.startswith("pydantic") and first_text(told.attributes, _AGENT_NAME) else None


def _inputs(told: Told) -> AttributeValue:
    value = parsed(first_value(told.attributes, _ALL_MESSAGES, _TOOL_ARGUMENTS, _REQUEST))
    return value if value is not None else messages_in(_events(told)) or None


def _outputs(told: Told) -> AttributeValue:
    value = parsed(first_value(told.attributes, _RESULT, _TOOL_RESULT, _RESPONSE))
    return value if value is not None else messages_out(_events(told)) or None


def _input_messages(told: Told) -> Sequence[Message]:
    before, _ = _run(told)
    return before or chat_of(told.attributes.get(_REQUEST), Role.USER)


def _output_messages(told: Told) -> Sequence[Message]:
    _, answer = _run(told)
    return answer or chat_of(told.attributes.get(_RESPONSE), Role.ASSISTANT)


def _run(told: Told) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Read a run's messages, and its answer apart from them: the last, if the model said it."""
    messages = messages_of(told.attributes.get(_ALL_MESSAGES), Role.USER)
    if messages:
        messages = with_instructions(told.attributes, messages)
    else:
        events = _events(told)
        messages = messages_of([*messages_in(events), *messages_out(events)], Role.USER)
    if not messages or messages[-1].role is not Role.ASSISTANT:
        return messages, ()
    return messages[:-1], messages[-1:]


def _events(told: Told) -> list[tuple[str, Mapping[str, AttributeValue]]]:
    value = parsed(first_value(told.attributes, *_EVENTS))
    return [
        (name, item)
        for item in (value if isinstance(value, list) else ())
        if isinstance(item, dict) and isinstance(name := item.get("event.name"), str)
    ]


def _tools(told: Told) -> Sequence[ToolDefinition]:
    parameters = parsed(told.attributes.get(_PARAMETERS))
    if not isinstance(parameters, dict):
        return tools_offered(told.attributes.get(_REQUEST))
    return (*tools_of(parameters.get("function_tools")), *tools_of(parameters.get("output_tools")))


CONVENTION = Convention(
    name="pydantic_ai",
    fact_keys=frozenset({_AGENT_NAME}),
    words=frozenset(
        {
            "pydantic_ai",
            "events",
            "all_messages_events",
            "final_result",
            "tool_arguments",
            "tool_response",
            "model_request_parameters",
            "request_data",
            "response_data",
        }
    ),
    span_type=_span_type,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
)
