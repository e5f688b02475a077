"""LiveKit Agents. Its newest versions write GenAI attributes on calls; what is said stands in attributes of its own."""

from collections.abc import Sequence

from trilha_server.domain.message import Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, name_in, parsed
from trilha_server.normalise.convention import Attributes, Convention, Told
from trilha_server.normalise.messages.chat import messages_of
from trilha_server.normalise.messages.tool_names import tools_named
from trilha_server.normalise.messages.turns import answered, joined, said
from trilha_server.normalise.providers import provider_of
from trilha_server.normalise.usage import usage_of

_METRICS = ("lk.llm_metrics", "lk.realtime_model_metrics")
_TOOL_NAME = "lk.function_tool.name"
_LABEL = "lk.agent_label"
_SPEECH = "lk.speech_id"
_TOOLS = "lk.function_tools"
_SESSION_KEYS = ("lk.room_sid",)
_PRIVATE_USER = "lk.pii.participant_identity"
_USER = "lk.participant_identity"

_SPAN_TYPES = {
    "agent_session": "WORKFLOW",
    "agent_turn": "AGENT",
    "function_tool": "TOOL",
    "llm_node": "CHAIN",
}

_TURNS = ("message", "function_call", "function_call_output")


def _content(attributes: Attributes, *names: str) -> AttributeValue:
    """Read what was said; since version 1.6 such names have `pii` in them."""
    return first_value(attributes, *(f"lk.{prefix}{name}" for name in names for prefix in ("pii.", "")))


def _span_type(told: Told) -> str | None:
    attributes = told.attributes
    if _TOOL_NAME in attributes:
        return "TOOL"
    is_step = _SPEECH in attributes or _LABEL in attributes or _TOOLS in attributes
    return _SPAN_TYPES.get(told.name) if is_step else None


def _metrics(told: Told) -> dict[str, AttributeValue]:
    metrics = parsed(first_value(told.attributes, *_METRICS))
    return metrics if isinstance(metrics, dict) else {}


def _usage(told: Told) -> TokenUsage | None:
    metrics = _metrics(told)
    inputs, outputs = (_part(metrics, name) for name in ("input_token_details", "output_token_details"))
    return usage_of(
        first_value(metrics, "prompt_tokens", "input_tokens"),
        first_value(metrics, "completion_tokens", "output_tokens"),
        metrics.get("total_tokens"),
        # LiveKit writes 0 where nobody counted.
        cache_read=first_value(metrics, "prompt_cached_tokens") or inputs.get("cached_tokens") or None,
        cache_write=metrics.get("cache_creation_tokens") or None,
        reasoning=metrics.get("reasoning_tokens") or None,
        input_audio=inputs.get("audio_tokens"),
        output_audio=outputs.get("audio_tokens"),
    )


def _model(told: Told) -> str | None:
    return first_text(_part(_metrics(told), "metadata"), "model_name")


def _provider(told: Told) -> str | None:
    provider = first_text(_part(_metrics(told), "metadata"), "model_provider")
    # A host, such as api.openai.com, where the plugin knows no better; GenAI's attribute then has the name.
    return None if provider is None or "." in provider else provider_of(provider.lower())


def _part(metrics: Attributes, name: str) -> dict[str, AttributeValue]:
    part = metrics.get(name)
    return part if isinstance(part, dict) else {}


def _session(told: Told) -> str | None:
    return name_in(told.attributes, *_SESSION_KEYS)


def _user(told: Told) -> str | None:
    return name_in(told.attributes, _PRIVATE_USER, _USER)


def _inputs(told: Told) -> AttributeValue:
    return parsed(_content(told.attributes, "function_tool.arguments", "chat_ctx", "user_input", "input_text"))


def _outputs(told: Told) -> AttributeValue:
    attributes = told.attributes
    output = _content(attributes, "function_tool.output")
    if output is not None:
        return parsed(output)
    text, calls = _content(attributes, "response.text"), parsed(_content(attributes, "response.function_calls"))
    if calls:
        return {"text": text, "function_calls": calls} if text else calls
    return text if text is not None else _content(attributes, "user_transcript")


def _input_messages(told: Told) -> Sequence[Message] | None:
    context = parsed(_content(told.attributes, "chat_ctx"))
    if isinstance(context, dict):
        return joined(messages_of(_turns(context.get("items")), Role.USER)) or None
    asked = said(_content(told.attributes, "user_input"), Role.USER)
    return (*said(_content(told.attributes, "instructions"), Role.SYSTEM), *asked) or None


def _turns(items: AttributeValue) -> list[AttributeValue]:
    """Leave out what LiveKit notes between the turns: changes of the agent, and where the cache begins."""
    turns: list[AttributeValue] = []
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict) or item.get("type") not in _TURNS:
            continue
        content = item.get("content")
        if isinstance(content, list):
            parts = [part for part in content if not isinstance(part, dict) or part.get("type") != "cache_breakpoint"]
            turns.append({**item, "content": parts})
        else:
            turns.append(item)
    return turns


def _output_messages(told: Told) -> Sequence[Message] | None:
    attributes = told.attributes
    return (
        answered(text=_content(attributes, "response.text"), calls=_content(attributes, "response.function_calls"))
        or None
    )


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    return tools_named(told.attributes.get(_TOOLS)) or None


CONVENTION = Convention(
    name="livekit",
    fact_keys=frozenset({_TOOL_NAME, _LABEL, _SPEECH, _TOOLS, *_METRICS, *_SESSION_KEYS, _PRIVATE_USER, _USER}),
    words=frozenset({"lk"}),
    span_type=_span_type,
    usage=_usage,
    model=_model,
    provider=_provider,
    session=_session,
    user=_user,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
)
