"""VoltAgent, the npm package `@voltagent/core`."""

from collections.abc import Sequence

from trilha_server.domain.message import Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, Cost, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, name_in, parsed
from trilha_server.normalise.convention import Attributes, Convention, Told
from trilha_server.normalise.cost import cost_of
from trilha_server.normalise.messages.chat import chat_of, messages_of
from trilha_server.normalise.messages.tool_names import tools_named
from trilha_server.normalise.messages.turns import said
from trilha_server.normalise.providers import provider_of
from trilha_server.normalise.usage import usage_of

_ENTITY = "entity.type"
_ENTITY_ID = "entity.id"
_STEP = "span.type"
_MODEL_KEYS = ("llm.model", "ai.model.name")
_PROVIDER_KEYS = ("llm.provider", "ai.model.provider")
_SESSION_KEYS = ("conversation.id",)
_COST_KEYS = (
    "usage.cost_details.upstream_inference_input_cost",
    "usage.cost_details.upstream_inference_output_cost",
    "usage.cost",
)
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens")
_USAGE_KEYS = tuple(f"{prefix}{name}" for prefix in ("llm.usage.", "usage.") for name in _COUNTS)

_ENTITY_TYPES = {"agent": "AGENT", "workflow": "WORKFLOW"}
_STEP_TYPES = {
    "agent": "AGENT",
    "embedding": "EMBEDDING",
    "guardrail": "GUARDRAIL",
    "llm": "LLM",
    "memory": "MEMORY",
    "middleware": "TASK",
    "retriever": "RETRIEVER",
    "scorer": "EVALUATOR",
    "summary": "TASK",
    "tool": "TOOL",
    "vector": "RETRIEVER",
    "workflow-step": "TASK",
}


def _is_voltagent(attributes: Attributes) -> bool:
    return _ENTITY in attributes or _ENTITY_ID in attributes


def _span_type(told: Told) -> str | None:
    attributes = told.attributes
    if not _is_voltagent(attributes):
        return None
    step = first_text(attributes, _STEP)
    if step is not None:  # a step bears the marks of the agent that it is part of
        return _STEP_TYPES.get(step)
    return _ENTITY_TYPES.get(first_text(attributes, _ENTITY) or "")


def _usage(told: Told) -> TokenUsage | None:
    attributes = told.attributes
    if not _is_voltagent(attributes):
        return None
    asked, answered, total, cached, reasoning = (
        first_value(attributes, f"llm.usage.{name}", f"usage.{name}") for name in _COUNTS
    )
    return usage_of(asked, answered, total, cache_read=cached, reasoning=reasoning)


def _cost(told: Told) -> Cost | None:
    attributes = told.attributes
    if not _is_voltagent(attributes):
        return None
    input_usd, output_usd, total_usd = map(attributes.get, _COST_KEYS)
    return cost_of(input_usd, output_usd, total_usd)


def _model(told: Told) -> str | None:
    model = _named_model(told)
    return None if model is None else model.partition("/")[2] or model


def _provider(told: Told) -> str | None:
    if not _is_voltagent(told.attributes):
        return None
    provider = first_text(told.attributes, *_PROVIDER_KEYS)
    if provider is None:
        maker, slash, _ = (_named_model(told) or "").partition("/")
        provider = maker if slash else None
    return None if provider is None else provider_of(provider)


def _named_model(told: Told) -> str | None:
    """Read the model, before which its provider may stand: `openai/gpt-5`."""
    return first_text(told.attributes, *_MODEL_KEYS) if _is_voltagent(told.attributes) else None


def _session(told: Told) -> str | None:
    return name_in(told.attributes, *_SESSION_KEYS) if _is_voltagent(told.attributes) else None


def _inputs(told: Told) -> AttributeValue:
    if not _is_voltagent(told.attributes):
        return None
    return parsed(first_value(told.attributes, "input", "llm.messages", "agent.messages"))


def _outputs(told: Told) -> AttributeValue:
    return parsed(told.attributes.get("output")) if _is_voltagent(told.attributes) else None


def _input_messages(told: Told) -> Sequence[Message] | None:
    attributes = told.attributes
    if not _is_voltagent(attributes):
        return None
    sent = attributes.get("llm.messages")
    if sent is not None:
        return messages_of(sent, Role.USER) or None
    if not _is_agent(attributes):
        return None
    messages = messages_of(first_value(attributes, "agent.messages", "input"), Role.USER)
    if messages and messages[0].role is Role.SYSTEM:
        return messages
    return (*said(attributes.get("agent.instructions"), Role.SYSTEM), *messages) or None


def _output_messages(told: Told) -> Sequence[Message] | None:
    output = told.attributes.get("output")
    if output is None or not _is_voltagent(told.attributes):
        return None
    is_answer = _is_agent(told.attributes) or told.attributes.get(_STEP) == "llm"
    return (messages_of(output, Role.ASSISTANT) if is_answer else chat_of(output, Role.ASSISTANT)) or None


def _is_agent(attributes: Attributes) -> bool:
    return attributes.get(_ENTITY) == "agent" and attributes.get(_STEP, "agent") == "agent"


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    return tools_named(told.attributes.get("llm.tools")) or None if _is_voltagent(told.attributes) else None


CONVENTION = Convention(
    name="voltagent",
    fact_keys=frozenset(
        {_ENTITY, _ENTITY_ID, _STEP, *_MODEL_KEYS, *_PROVIDER_KEYS, *_SESSION_KEYS, *_COST_KEYS, *_USAGE_KEYS}
    ),
    words=frozenset({"entity"}),
    span_type=_span_type,
    usage=_usage,
    cost=_cost,
    model=_model,
    provider=_provider,
    session=_session,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
)
