"""Spring AI: GenAI attributes on models, its own on clients, advisors, tools and vector stores."""

from collections.abc import Sequence

from trilha_server.domain.message import Document, Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, name_in, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.tool_names import tools_named
from trilha_server.normalise.messages.turns import said
from trilha_server.normalise.usage import usage_of

_KIND = "spring.ai.kind"
_SESSION = "spring.ai.chat.client.conversation.id"
_OPERATION = "gen_ai.operation.name"

_SPAN_TYPES = {
    "advisor": "CHAIN",
    "chat_client": "CHAIN",
    "tool_call": "TOOL",
    "vector_store": "RETRIEVER",
}

# Prompts and answers were span attributes in some releases and span events in others; the newest only logs them.
_PROMPT = ("gen_ai.prompt", "gen_ai.content.prompt")
_COMPLETION = ("gen_ai.completion", "gen_ai.content.completion")
_FOUND = ("db.vector.query.response.documents", "db.vector.content.query.response")
_TOOL_NAME_KEYS = ("spring.ai.model.request.tool.names", "spring.ai.chat.client.tool.names")
_TOOL_RESULT = "spring.ai.tool.call.result"
_INPUT_KEYS = ("spring.ai.tool.call.arguments", "db.vector.query.content", "spring.ai.chat.client.user.text")

_COUNTS = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.total_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
)
_MAX_DIGITS = 15


def _span_type(told: Told) -> str | None:
    if told.attributes.get(_OPERATION) == "embedding":  # GenAI says `embeddings`
        return "EMBEDDING"
    return _SPAN_TYPES.get(first_text(told.attributes, _KIND) or "")


def _usage(told: Told) -> TokenUsage | None:
    """Read tokens that are written as text, as Micrometer writes everything; numbers are GenAI's."""
    counts = [_number(told.attributes.get(key)) for key in _COUNTS]
    return usage_of(*counts[:3], cache_read=counts[3], cache_write=counts[4])


def _number(value: AttributeValue) -> int | None:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > _MAX_DIGITS:
        return None
    return int(value)


def _session(told: Told) -> str | None:
    return name_in(told.attributes, _SESSION)


def _inputs(told: Told) -> AttributeValue:
    value = parsed(first_value(told.attributes, *_INPUT_KEYS))
    return _values(_content(told, _PROMPT)) if value is None else value


def _outputs(told: Told) -> AttributeValue:
    result = parsed(told.attributes.get(_TOOL_RESULT))
    return _values(_content(told, _FOUND) or _content(told, _COMPLETION)) if result is None else result


def _values(texts: list[str] | None) -> AttributeValue:
    return None if texts is None else [*texts]


def _input_messages(told: Told) -> Sequence[Message] | None:
    return _turns(_content(told, _PROMPT), Role.USER)


def _output_messages(told: Told) -> Sequence[Message] | None:
    return _turns(_content(told, _COMPLETION), Role.ASSISTANT)


def _turns(texts: list[str] | None, role: Role) -> Sequence[Message] | None:
    """Make a message of each text; who spoke, Spring AI leaves out."""
    return tuple(message for text in texts or () for message in said(text, role)) or None


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    return tools_named(first_value(told.attributes, *_TOOL_NAME_KEYS)) or None


def _documents(told: Told) -> Sequence[Document] | None:
    return documents_of(_values(_content(told, _FOUND))) or None


def _content(told: Told, where: tuple[str, str]) -> list[str] | None:
    """Read the texts that an attribute or an event lists, as nobody but Spring AI writes them."""
    key, event_name = where
    value = told.attributes.get(key)
    if value is None:
        value = next((event.attributes.get(key) for event in told.events if event.name == event_name), None)
    texts = parsed(value)
    if not isinstance(texts, list):
        return None
    return [text for text in texts if isinstance(text, str)] if all(isinstance(text, str) for text in texts) else None


CONVENTION = Convention(
    name="spring_ai",
    fact_keys=frozenset({_KIND, _SESSION, _OPERATION, *_COUNTS}),
    words=frozenset({"spring", "db", "gen_ai"}),
    span_type=_span_type,
    usage=_usage,
    session=_session,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
    documents=_documents,
)
