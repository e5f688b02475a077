"""OpenTelemetry's semantic conventions for GenAI, in their newest and older spellings.

OpenLLMetry, Pydantic AI and others write these too, with words of their own beside them.
"""

from collections.abc import Iterator, Sequence

from trilha import names

from trilha_server.domain.message import Document, Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, Cost, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, name_in, parsed
from trilha_server.normalise.convention import Attributes, Convention, Told
from trilha_server.normalise.conventions.genai_events import events_in, events_out
from trilha_server.normalise.cost import cost_of
from trilha_server.normalise.messages.chat import chat_of, messages_of
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.tools import tools_of
from trilha_server.normalise.providers import provider_of
from trilha_server.normalise.usage import usage_of

_OPERATION_TYPES = {
    "chat": "CHAT_MODEL",
    "create_agent": "AGENT",
    "invoke_agent": "AGENT",
    "embeddings": "EMBEDDING",
    "execute_tool": "TOOL",
    "execute_task": "TASK",
    "generate_content": "LLM",
    "invoke_workflow": "WORKFLOW",
    "rerank": "RERANKER",
    "response": "LLM",
    "retrieval": "RETRIEVER",
    "text_completion": "LLM",
}

_TOOL_NAME = "gen_ai.tool.name"
_MODELS = ("gen_ai.response.model", "gen_ai.request.model")
_PROVIDERS = ("gen_ai.provider.name", "gen_ai.system")
_SESSION = "gen_ai.conversation.id"
_USERS = ("enduser.id", "gen_ai.user")

_INPUT_TOKENS = (names.GEN_AI_INPUT_TOKENS, "gen_ai.usage.prompt_tokens")
_OUTPUT_TOKENS = (names.GEN_AI_OUTPUT_TOKENS, "gen_ai.usage.completion_tokens")
_TOTAL_TOKENS = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens")
_CACHE_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",  # Sentry
    "gen_ai.usage.details.cache_read_tokens",  # Pydantic AI, these and what follows
    "gen_ai.usage.details.cache_read_input_tokens",
    "gen_ai.usage.details.cached_tokens",
)
_CACHE_WRITE = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "gen_ai.usage.details.cache_write_tokens",
    "gen_ai.usage.details.cache_creation_input_tokens",
)
_REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.details.reasoning_tokens",
    "gen_ai.usage.details.thoughts_tokens",
    "llm.usage.reasoning_tokens",
)
_INPUT_AUDIO = ("gen_ai.usage.audio.input_tokens", "gen_ai.usage.details.input_audio_tokens")
_OUTPUT_AUDIO = ("gen_ai.usage.audio.output_tokens", "gen_ai.usage.details.output_audio_tokens")
_COSTS = ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "operation.cost")

_INSTRUCTIONS = "gen_ai.system_instructions"
_TOOLS = "gen_ai.tool.definitions"
_DOCUMENTS = "gen_ai.retrieval.documents"
_INPUTS = (
    names.GEN_AI_INPUT_MESSAGES,
    "gen_ai.tool.call.arguments",
    "gen_ai.retrieval.query.text",
    "gen_ai.prompt",
)
_OUTPUTS = (names.GEN_AI_OUTPUT_MESSAGES, "gen_ai.tool.call.result", _DOCUMENTS, "gen_ai.completion")

_DETAILS_EVENT = "gen_ai.client.inference.operation.details"


def _span_type(told: Told) -> str | None:
    operation = first_text(told.attributes, names.GEN_AI_OPERATION_NAME)
    if operation is None:
        return "TOOL" if _TOOL_NAME in told.attributes else None
    return _OPERATION_TYPES.get(operation)


def _usage(told: Told) -> TokenUsage | None:
    attributes = told.attributes
    return usage_of(
        first_value(attributes, *_INPUT_TOKENS),
        first_value(attributes, *_OUTPUT_TOKENS),
        first_value(attributes, *_TOTAL_TOKENS),
        cache_read=first_value(attributes, *_CACHE_READ),
        cache_write=first_value(attributes, *_CACHE_WRITE),
        reasoning=first_value(attributes, *_REASONING),
        input_audio=first_value(attributes, *_INPUT_AUDIO),
        output_audio=first_value(attributes, *_OUTPUT_AUDIO),
    )


def _cost(told: Told) -> Cost | None:
    return cost_of(total_usd=first_value(told.attributes, *_COSTS))


def _model(told: Told) -> str | None:
    return name_in(told.attributes, *_MODELS)


def _provider(told: Told) -> str | None:
    name = name_in(told.attributes, *_PROVIDERS)
    return None if name is None else provider_of(name)


def _session(told: Told) -> str | None:
    return name_in(told.attributes, _SESSION)


def _user(told: Told) -> str | None:
    return name_in(told.attributes, *_USERS)


def _owners(told: Told) -> Iterator[Attributes]:
    """Give the attributes, then those of the event that may hold the content instead."""
    yield told.attributes
    for event in told.events:
        if event.name == _DETAILS_EVENT:
            yield event.attributes


def _inputs(told: Told) -> AttributeValue:
    for owner in _owners(told):
        value = parsed(first_value(owner, *_INPUTS))
        if value is not None:
            return value
    return events_in(told.events) or None


def _outputs(told: Told) -> AttributeValue:
    for owner in _owners(told):
        value = parsed(first_value(owner, *_OUTPUTS))
        if value is not None:
            return value
    return events_out(told.events) or None


def _input_messages(told: Told) -> Sequence[Message]:
    for owner in _owners(told):
        messages = with_instructions(owner, _messages(owner, names.GEN_AI_INPUT_MESSAGES, "gen_ai.prompt", Role.USER))
        if messages:
            return messages
    return messages_of(events_in(told.events), Role.USER)


def _messages(owner: Attributes, newest: str, older: str, role: Role) -> tuple[Message, ...]:
    told = messages_of(owner.get(newest), role)
    if told:
        return told
    value = parsed(owner.get(older))  # which some write for steps of any kind
    return messages_of(value, role) if isinstance(value, str) else chat_of(value, role)


def with_instructions(attributes: Attributes, messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Put the instructions that stand apart before the messages, unless they are among them."""
    if any(message.role is Role.SYSTEM for message in messages):
        return messages
    return (*messages_of(attributes.get(_INSTRUCTIONS), Role.SYSTEM), *messages)


def _output_messages(told: Told) -> Sequence[Message]:
    for owner in _owners(told):
        messages = _messages(owner, names.GEN_AI_OUTPUT_MESSAGES, "gen_ai.completion", Role.ASSISTANT)
        if messages:
            return messages
    return messages_of(events_out(told.events), Role.ASSISTANT)


def _tools(told: Told) -> Sequence[ToolDefinition]:
    for owner in _owners(told):
        tools = tools_of(owner.get(_TOOLS))
        if tools:
            return tools
    return ()


def _documents(told: Told) -> Sequence[Document]:
    return documents_of(told.attributes.get(_DOCUMENTS))


CONVENTION = Convention(
    name="genai",
    fact_keys=frozenset(
        {
            names.GEN_AI_OPERATION_NAME,
            _TOOL_NAME,
            *_MODELS,
            *_PROVIDERS,
            _SESSION,
            *_USERS,
            *_INPUT_TOKENS,
            *_OUTPUT_TOKENS,
            *_TOTAL_TOKENS,
            *_CACHE_READ,
            *_CACHE_WRITE,
            *_REASONING,
            *_INPUT_AUDIO,
            *_OUTPUT_AUDIO,
            *_COSTS,
        }
    ),
    words=frozenset({"gen_ai"}),
    span_type=_span_type,
    usage=_usage,
    cost=_cost,
    model=_model,
    provider=_provider,
    session=_session,
    user=_user,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
    documents=_documents,
)
