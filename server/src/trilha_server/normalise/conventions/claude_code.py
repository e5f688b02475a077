"""Claude Code and the Claude Agent SDK, whose attributes mostly have no prefix; their `span.type` tells them apart."""

from collections.abc import Sequence

from trilha_server.domain.message import Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.messages.tools import tools_of
from trilha_server.normalise.messages.turns import answered, said
from trilha_server.normalise.usage import usage_of

_STEP = "span.type"
_SCOPE = "com.anthropic.claude_code"
_COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
_REDACTED = "<REDACTED>"
_TOOL_EVENT = "tool.output"

_SPAN_TYPES = {
    "interaction": "AGENT",
    "llm_request": "LLM",
    "tool": "TOOL",
    "tool.execution": "TASK",
}
_SYSTEM_KEYS = ("user_system_prompt", "system_prompt", "system_prompt_preview")
_TOOL_INPUT_KEYS = ("tool_input", "full_command", "file_path", "skill_name", "subagent_type")


def _is_claude_code(told: Told) -> bool:
    return told.scope_name.startswith(_SCOPE) or told.name.startswith("claude_code.")


def _span_type(told: Told) -> str | None:
    return _SPAN_TYPES.get(first_text(told.attributes, _STEP) or "") if _is_claude_code(told) else None


def _usage(told: Told) -> TokenUsage | None:
    if not _is_claude_code(told):
        return None
    asked, answer, read, written = map(told.attributes.get, _COUNTS)
    # As Anthropic counts: what was read from and written to the cache comes on top.
    return usage_of(asked, answer, cache_read=read, cache_write=written, input_has_cache=False)


def _model(told: Told) -> str | None:
    return first_text(told.attributes, "model", "gen_ai.request.model") if _is_claude_code(told) else None


def _inputs(told: Told) -> AttributeValue:
    if not _is_claude_code(told):
        return None
    asked = _shown(told, "user_prompt", "new_context")
    return _of_tool(told, "input", _TOOL_INPUT_KEYS) if asked is None else asked


def _outputs(told: Told) -> AttributeValue:
    if not _is_claude_code(told):
        return None
    answer = first_text(told.attributes, "response.model_output")
    return _of_tool(told, "output", ()) if answer is None else answer


def _of_tool(told: Told, name: str, keys: tuple[str, ...]) -> AttributeValue:
    """Read what a tool was given or gave: from an attribute, else from the event that has both."""
    value = first_value(told.attributes, *keys)
    if value is None:
        bodies = (event.attributes.get(name) for event in told.events if event.name == _TOOL_EVENT)
        value = next((body for body in bodies if body is not None), None)
    return parsed(value)


def _shown(told: Told, *keys: str) -> str | None:
    text = first_text(told.attributes, *keys)
    return None if text == _REDACTED else text


def _input_messages(told: Told) -> Sequence[Message] | None:
    if not _is_claude_code(told):
        return None
    asked = _shown(told, "new_context", "user_prompt")
    if asked is None or told.attributes.get(_STEP) == "tool":
        return None
    return (*said(first_text(told.attributes, *_SYSTEM_KEYS), Role.SYSTEM), *said(asked, Role.USER))


def _output_messages(told: Told) -> Sequence[Message] | None:
    if not _is_claude_code(told):
        return None
    answer = told.attributes.get("response.model_output")
    return answered(text=answer, finish_reason=told.attributes.get("stop_reason")) or None


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    tools = parsed(told.attributes.get("tools")) if _is_claude_code(told) else None
    return None if tools is None else tools_of(tools) or None


CONVENTION = Convention(
    name="claude_code",
    fact_keys=frozenset({_STEP, "model", *_COUNTS}),
    words=frozenset({"span"}),
    span_type=_span_type,
    usage=_usage,
    model=_model,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
)
