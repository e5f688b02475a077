"""Vercel's AI SDK, the npm package `ai` from version 3.3, and `@ai-sdk/otel` in its older form.

The newer form of `@ai-sdk/otel` writes GenAI attributes and none of these.
"""

from collections.abc import Sequence

from trilha_server.domain.message import Document, Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, name_in, parsed
from trilha_server.normalise.convention import Attributes, Convention, Told
from trilha_server.normalise.messages.chat import messages_of
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.tools import tools_of
from trilha_server.normalise.messages.turns import answered, said
from trilha_server.normalise.providers import provider_of
from trilha_server.normalise.trace_tags import noted_under
from trilha_server.normalise.usage import usage_of

_OPERATION = "ai.operationId"
_METADATA = "ai.telemetry.metadata."

# What applications call them; the SDK takes any name.
_SESSION_NAMES = ("sessionId", "session_id", "session.id", "threadId", "thread_id", "conversationId", "chatId")
_USER_NAMES = ("userId", "user_id", "user.id")
_SESSION_KEYS = tuple(_METADATA + name for name in _SESSION_NAMES)
_USER_KEYS = tuple(_METADATA + name for name in _USER_NAMES)

_INPUT_KEYS = (
    "ai.toolCall.args",
    "ai.prompt.messages",
    "ai.prompt",
    "ai.values",
    "ai.value",
    "ai.documents",
)
_OUTPUT_KEYS = ("ai.toolCall.result", "ai.ranking", "ai.embeddings", "ai.embedding")
_ANSWER_KEYS = ("text", "object", "reasoning", "toolCalls")

_USAGE_KEYS = (
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "ai.usage.totalTokens",
    "ai.usage.tokens",
    "ai.usage.inputTokenDetails.noCacheTokens",
    "ai.usage.inputTokenDetails.cacheReadTokens",
    "ai.usage.inputTokenDetails.cacheWriteTokens",
    "ai.usage.cachedInputTokens",
    "ai.usage.outputTokenDetails.reasoningTokens",
    "ai.usage.reasoningTokens",
)


def _span_type(told: Told) -> str | None:
    operation = first_text(told.attributes, _OPERATION)
    if operation is None:
        return None
    if operation == "ai.toolCall":
        return "TOOL"
    if operation.startswith("ai.embed"):
        return "EMBEDDING"
    return "RERANKER" if operation.startswith("ai.rerank") else "LLM"


def _usage(told: Told) -> TokenUsage | None:
    attributes = told.attributes
    return usage_of(
        first_value(attributes, "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
        first_value(attributes, "ai.usage.outputTokens", "ai.usage.completionTokens"),
        attributes.get("ai.usage.totalTokens"),
        cache_read=first_value(attributes, "ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"),
        cache_write=attributes.get("ai.usage.inputTokenDetails.cacheWriteTokens"),
        reasoning=first_value(attributes, "ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
        input_has_cache=_input_has_cache(attributes),
    )


def _input_has_cache(attributes: Attributes) -> bool:
    """Until version 6, which tells details, the SDK passed on what Anthropic counts: without the cache."""
    provider = first_text(attributes, "ai.model.provider") or ""
    return "ai.usage.inputTokenDetails.noCacheTokens" in attributes or not provider.startswith("anthropic")


def _model(told: Told) -> str | None:
    return first_text(told.attributes, "ai.response.model", "ai.model.id")


def _provider(told: Told) -> str | None:
    provider = first_text(told.attributes, "ai.model.provider")
    return None if provider is None else provider_of(provider)


def _session(told: Told) -> str | None:
    return name_in(told.attributes, *_SESSION_KEYS)


def _user(told: Told) -> str | None:
    return name_in(told.attributes, *_USER_KEYS)


def _trace_name(told: Told) -> str | None:
    return first_text(told.attributes, "ai.telemetry.functionId")


def _trace_tags(told: Told) -> dict[str, str] | None:
    return noted_under(told.attributes, _METADATA, without=(*_SESSION_NAMES, *_USER_NAMES)) or None


def _inputs(told: Told) -> AttributeValue:
    return _opened(first_value(told.attributes, *_INPUT_KEYS))


def _outputs(told: Told) -> AttributeValue:
    value = first_value(told.attributes, *_OUTPUT_KEYS)
    if value is not None:
        return _opened(value)
    answers = {name: parsed(first_value(told.attributes, f"ai.response.{name}")) for name in _ANSWER_KEYS}
    known: dict[str, AttributeValue] = {name: answer for name, answer in answers.items() if answer is not None}
    if len(known) == 1:
        return next(iter(known.values()))
    return known or None


def _input_messages(told: Told) -> Sequence[Message] | None:
    messages = told.attributes.get("ai.prompt.messages")
    if messages is not None:
        return messages_of(messages, Role.USER)
    prompt = parsed(told.attributes.get("ai.prompt"))
    if not isinstance(prompt, dict):
        return messages_of(prompt, Role.USER) if prompt else None
    asked = first_value(prompt, "messages", "prompt")
    system = prompt.get("system")
    first = said(system, Role.SYSTEM) if isinstance(system, str) else messages_of(system, Role.SYSTEM)
    return (*first, *messages_of(asked, Role.USER)) or None


def _output_messages(told: Told) -> Sequence[Message] | None:
    return (
        answered(
            text=first_value(told.attributes, "ai.response.text", "ai.response.object"),
            reasoning=told.attributes.get("ai.response.reasoning"),
            calls=told.attributes.get("ai.response.toolCalls"),
            finish_reason=told.attributes.get("ai.response.finishReason"),
        )
        or None
    )


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    tools = _opened(told.attributes.get("ai.prompt.tools"))
    return None if tools is None else tools_of(tools) or None


def _documents(told: Told) -> Sequence[Document] | None:
    documents = _opened(told.attributes.get("ai.documents"))
    return None if documents is None else documents_of(documents) or None


def _opened(value: AttributeValue) -> AttributeValue:
    """Read JSON, also where each item of a list is a text of its own."""
    known = parsed(value)
    return [parsed(item) for item in known] if isinstance(known, list) else known


CONVENTION = Convention(
    name="vercel",
    fact_keys=frozenset(
        {_OPERATION, "ai.response.model", "ai.model.id", "ai.model.provider", *_USAGE_KEYS, *_SESSION_KEYS, *_USER_KEYS}
    ),
    words=frozenset({"ai"}),
    span_type=_span_type,
    usage=_usage,
    model=_model,
    provider=_provider,
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
