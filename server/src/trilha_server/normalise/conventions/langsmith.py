"""LangSmith's own way of writing OpenTelemetry spans (`LANGSMITH_OTEL_ENABLED`), and its voice integrations."""

from collections.abc import Sequence

from trilha_server.domain.message import Document, Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, name_in, parsed
from trilha_server.normalise.convention import Attributes, Convention, Told
from trilha_server.normalise.messages.chat import chat_of, messages_of
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.tools import tools_offered
from trilha_server.normalise.providers import provider_of
from trilha_server.normalise.trace_tags import labels, noted_under
from trilha_server.normalise.usage import usage_of

_KIND = "langsmith.span.kind"
_METADATA = "langsmith.metadata."
_USAGE_KEYS = ("langsmith.usage_metadata", "langsmith.metadata.usage_metadata")
_INPUT_DETAILS = "gen_ai.usage.input_token_details"
_OUTPUT_DETAILS = "gen_ai.usage.output_token_details"
_PROVIDER = "langsmith.metadata.ls_provider"
_MODEL_KEYS = ("gen_ai.response.model", "gen_ai.request.model", "langsmith.metadata.ls_model_name")

# Any of the three makes a thread; langsmith.trace.session_id is something else, the id of a project.
_SESSION_NAMES = ("session_id", "thread_id", "conversation_id")
_USER_NAMES = ("user_id",)
_SESSION_KEYS = tuple(_METADATA + name for name in _SESSION_NAMES)
_USER_KEYS = tuple(_METADATA + name for name in _USER_NAMES)

_SPAN_TYPES = {
    "chain": "CHAIN",
    "embedding": "EMBEDDING",
    "llm": "LLM",
    "parser": "PARSER",
    "prompt": "CHAIN",
    "retriever": "RETRIEVER",
    "tool": "TOOL",
}


def _is_langsmith(attributes: Attributes) -> bool:
    return _KIND in attributes or "langsmith.trace.name" in attributes


def _span_type(told: Told) -> str | None:
    kind = first_text(told.attributes, _KIND)
    if kind == "llm" and told.attributes.get("langsmith.metadata.ls_model_type") == "chat":
        return "CHAT_MODEL"
    return _SPAN_TYPES.get(kind or "")


def _usage(told: Told) -> TokenUsage | None:
    attributes = told.attributes
    if not _is_langsmith(attributes):
        return None
    usage = parsed(first_value(attributes, *_USAGE_KEYS))
    if isinstance(usage, dict):
        said, inputs, outputs = usage, usage.get("input_token_details"), usage.get("output_token_details")
    else:
        said = {name: attributes.get(f"gen_ai.usage.{name}") for name in _TOTALS}
        inputs, outputs = (_python(attributes.get(key)) for key in (_INPUT_DETAILS, _OUTPUT_DETAILS))
    inputs = inputs if isinstance(inputs, dict) else {}
    outputs = outputs if isinstance(outputs, dict) else {}
    return usage_of(
        *(said.get(name) for name in _TOTALS),
        cache_read=inputs.get("cache_read"),
        cache_write=inputs.get("cache_creation"),
        reasoning=outputs.get("reasoning"),
        input_audio=inputs.get("audio"),
        output_audio=outputs.get("audio"),
    )


_TOTALS = ("input_tokens", "output_tokens", "total_tokens")


def _python(value: AttributeValue) -> AttributeValue:
    """Read a dictionary of numbers as Python prints it, which is how details are written."""
    return parsed(value.replace("'", '"')) if isinstance(value, str) else value


def _model(told: Told) -> str | None:
    return first_text(told.attributes, *_MODEL_KEYS) if _is_langsmith(told.attributes) else None


def _provider(told: Told) -> str | None:
    attributes = told.attributes
    provider = first_text(attributes, _PROVIDER)
    if provider is None and _is_langsmith(attributes):
        provider = first_text(attributes, "gen_ai.provider.name", "gen_ai.system")
    return None if provider in (None, "langchain") else provider_of(provider)


def _session(told: Told) -> str | None:
    return name_in(told.attributes, *_SESSION_KEYS)


def _user(told: Told) -> str | None:
    return name_in(told.attributes, *_USER_KEYS)


def _trace_name(told: Told) -> str | None:
    return first_text(told.attributes, "langsmith.trace.name")


def _trace_tags(told: Told) -> dict[str, str] | None:
    without = (*_SESSION_NAMES, *_USER_NAMES, "usage_metadata")
    noted = noted_under(told.attributes, _METADATA, without=without)
    # Names that begin so are LangChain's own notes on the model and its environment.
    own = {name: value for name, value in noted.items() if not name.startswith(("ls_", "LANGSMITH_", "LANGCHAIN_"))}
    return labels(told.attributes.get("langsmith.span.tags")) | own or None


def _inputs(told: Told) -> AttributeValue:
    return parsed(told.attributes.get("gen_ai.prompt")) if _is_langsmith(told.attributes) else None


def _outputs(told: Told) -> AttributeValue:
    outputs = parsed(told.attributes.get("gen_ai.completion")) if _is_langsmith(told.attributes) else None
    # What is no dictionary, LangSmith puts into one.
    return outputs["output"] if isinstance(outputs, dict) and list(outputs) == ["output"] else outputs


def _input_messages(told: Told) -> Sequence[Message] | None:
    return _messages(told, _inputs(told), Role.USER)


def _output_messages(told: Told) -> Sequence[Message] | None:
    return _messages(told, _outputs(told), Role.ASSISTANT)


def _messages(told: Told, value: AttributeValue, role: Role) -> Sequence[Message] | None:
    if value is None or told.attributes.get(_KIND) == "tool":
        return None
    is_words = isinstance(value, str) and told.attributes.get(_KIND) == "llm"
    return (messages_of(value, role) if is_words else chat_of(value, role)) or None


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    return tools_offered(_inputs(told)) or None if told.attributes.get(_KIND) == "llm" else None


def _documents(told: Told) -> Sequence[Document] | None:
    if told.attributes.get(_KIND) != "retriever":
        return None
    return documents_of(_outputs(told)) or None


CONVENTION = Convention(
    name="langsmith",
    fact_keys=frozenset(
        {
            _KIND,
            *_USAGE_KEYS,
            _INPUT_DETAILS,
            _OUTPUT_DETAILS,
            _PROVIDER,
            "langsmith.trace.name",
            "langsmith.metadata.ls_model_name",
            "langsmith.metadata.ls_model_type",
            *_SESSION_KEYS,
            *_USER_KEYS,
        }
    ),
    words=frozenset({"langsmith"}),
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
