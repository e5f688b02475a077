"""Langfuse, whose SDKs write OpenTelemetry spans since version 3 (Python) and 4 (TypeScript)."""

from collections.abc import Iterable, Mapping, Sequence

from trilha_server.domain.message import Document, Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, Cost, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, name_in, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.cost import cost_of
from trilha_server.normalise.messages.chat import chat_of, messages_of
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.tools import tools_offered
from trilha_server.normalise.trace_tags import labels, noted_under
from trilha_server.normalise.usage import count_of, usage_of

_TYPE = "langfuse.observation.type"
_INPUT_KEYS = ("langfuse.observation.input", "langfuse.trace.input")
_OUTPUT_KEYS = ("langfuse.observation.output", "langfuse.trace.output")
_MODEL = "langfuse.observation.model.name"
_USAGE = "langfuse.observation.usage_details"
_COST = "langfuse.observation.cost_details"
_METADATA = "langfuse.trace.metadata."
_SESSION_KEYS = ("langfuse.session.id",)  # the SDKs write session.id and user.id, which need no reader here
_USER_KEYS = ("langfuse.user.id",)

_SPAN_TYPES = {
    "agent": "AGENT",
    "chain": "CHAIN",
    "embedding": "EMBEDDING",
    "evaluator": "EVALUATOR",
    "generation": "LLM",
    "guardrail": "GUARDRAIL",
    "retriever": "RETRIEVER",
    "tool": "TOOL",
}


def _span_type(told: Told) -> str | None:
    return _SPAN_TYPES.get((first_text(told.attributes, _TYPE) or "").lower())


def _usage(told: Told) -> TokenUsage | None:
    details = parsed(told.attributes.get(_USAGE))
    if not isinstance(details, dict):
        return None
    return _usage_in_buckets(details) if "input" in details or "output" in details else _usage_of_provider(details)


def _usage_of_provider(details: Mapping[str, AttributeValue]) -> TokenUsage | None:
    """Read what OpenAI or Anthropic answered, passed on as it is."""
    inputs = first_value(details, "prompt_tokens_details", "input_tokens_details")
    outputs = first_value(details, "completion_tokens_details", "output_tokens_details")
    inputs = inputs if isinstance(inputs, dict) else {}
    outputs = outputs if isinstance(outputs, dict) else {}
    anthropic = "cache_read_input_tokens" in details or "cache_creation_input_tokens" in details
    return usage_of(
        first_value(details, "prompt_tokens", "input_tokens"),
        first_value(details, "completion_tokens", "output_tokens"),
        first_value(details, "total_tokens", "total"),
        cache_read=details.get("cache_read_input_tokens") if anthropic else inputs.get("cached_tokens"),
        cache_write=details.get("cache_creation_input_tokens") if anthropic else inputs.get("cache_write_tokens"),
        reasoning=outputs.get("reasoning_tokens"),
        input_audio=inputs.get("audio_tokens"),
        output_audio=outputs.get("audio_tokens"),
        input_has_cache=not anthropic,
    )


def _usage_in_buckets(details: Mapping[str, AttributeValue]) -> TokenUsage | None:
    """Read Langfuse's own counts, of which none holds another: `input` is without `input_cache_read` and its like."""
    inputs = {name: count for name, count in _buckets(details) if _is_input(name)}
    outputs = {name: count for name, count in _buckets(details) if _is_output(name)}
    return usage_of(
        sum(inputs.values()) if inputs else None,
        sum(outputs.values()) if outputs else None,
        details.get("total"),
        cache_read=_sum(inputs, "cache_read", "cached"),
        cache_write=_sum(inputs, "cache_creation", "cache_write", "ephemeral"),
        reasoning=_sum(outputs, "reasoning"),
        input_audio=_sum(inputs, "audio"),
        output_audio=_sum(outputs, "audio"),
    )


def _buckets(details: Mapping[str, AttributeValue]) -> list[tuple[str, int]]:
    found = ((name, count_of(value)) for name, value in details.items() if "priority" not in name)
    return [(name, count) for name, count in found if count is not None]


def _is_input(name: str) -> bool:
    return name == "input" or name.startswith(("input_", "cache_", "cached_"))


def _is_output(name: str) -> bool:
    return name == "output" or name.startswith(("output_", "reasoning"))


def _sum(buckets: Mapping[str, int], *words: str) -> int | None:
    found = [count for name, count in buckets.items() if any(word in name for word in words)]
    return sum(found) if found else None


def _cost(told: Told) -> Cost | None:
    details = parsed(told.attributes.get(_COST))
    if not isinstance(details, dict):
        return None
    paid_in = _paid(value for name, value in details.items() if _is_input(name))
    paid_out = _paid(value for name, value in details.items() if _is_output(name))
    return cost_of(paid_in, paid_out, details.get("total"))


def _paid(amounts: Iterable[AttributeValue]) -> float | None:
    found = [amount for amount in amounts if isinstance(amount, int | float) and not isinstance(amount, bool)]
    return sum(found) if found else None


def _model(told: Told) -> str | None:
    return first_text(told.attributes, _MODEL)


def _session(told: Told) -> str | None:
    return name_in(told.attributes, *_SESSION_KEYS)


def _user(told: Told) -> str | None:
    return name_in(told.attributes, *_USER_KEYS)


def _trace_name(told: Told) -> str | None:
    return first_text(told.attributes, "langfuse.trace.name")


def _trace_tags(told: Told) -> dict[str, str] | None:
    attributes = told.attributes
    tags = labels(attributes.get("langfuse.trace.tags")) | noted_under(attributes, _METADATA)
    for name in ("environment", "release", "version"):
        value = first_text(attributes, f"langfuse.{name}")
        if value is not None:
            tags[name] = value
    return tags or None


def _inputs(told: Told) -> AttributeValue:
    return parsed(first_value(told.attributes, *_INPUT_KEYS))


def _outputs(told: Told) -> AttributeValue:
    return parsed(first_value(told.attributes, *_OUTPUT_KEYS))


def _input_messages(told: Told) -> Sequence[Message] | None:
    return _messages(told, _inputs(told), Role.USER)


def _output_messages(told: Told) -> Sequence[Message] | None:
    return _messages(told, _outputs(told), Role.ASSISTANT)


def _messages(told: Told, value: AttributeValue, role: Role) -> Sequence[Message] | None:
    if value is None:
        return None
    is_chat = first_text(told.attributes, _TYPE) == "generation"
    return (messages_of(value, role) if is_chat else chat_of(value, role)) or None


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    return tools_offered(_inputs(told)) or None


def _documents(told: Told) -> Sequence[Document] | None:
    if first_text(told.attributes, _TYPE) != "retriever":
        return None
    return documents_of(_outputs(told)) or None


CONVENTION = Convention(
    name="langfuse",
    fact_keys=frozenset({_TYPE, _MODEL, _USAGE, _COST, *_SESSION_KEYS, *_USER_KEYS}),
    words=frozenset({"langfuse"}),
    span_type=_span_type,
    usage=_usage,
    cost=_cost,
    model=_model,
    session=_session,
    user=_user,
    trace_name=_trace_name,
    trace_tags=_trace_tags,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
    documents=_documents,
)
