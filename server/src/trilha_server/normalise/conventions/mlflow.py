"""MLflow's own attributes, which its clients and ours write."""

from collections.abc import Sequence

from trilha import names

from trilha_server.domain.message import Document, Message, Role, ToolDefinition
from trilha_server.domain.span import UNKNOWN_TYPE, AttributeValue, Cost, TokenUsage
from trilha_server.normalise.attributes import first_text, name_in, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.cost import cost_of
from trilha_server.normalise.messages.chat import chat_of
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.tools import tools_of, tools_offered
from trilha_server.normalise.providers import provider_of
from trilha_server.normalise.usage import usage_of
from trilha_server.normalise.values import json_text

_TRACE_TAG_PREFIX = "mlflow.traceTag."
# What the application said of a whole trace, on its root: it wins over what a framework writes on any span.
_SAID_SESSION = names.TRACE_METADATA_PREFIX + names.TRACE_SESSION
_SAID_USER = names.TRACE_METADATA_PREFIX + names.TRACE_USER


def _span_type(told: Told) -> str | None:
    value = told.attributes.get(names.SPAN_TYPE)
    if not value:
        return None
    value = parsed(value)
    return value if isinstance(value, str) else UNKNOWN_TYPE


def _usage(told: Told) -> TokenUsage | None:
    usage = parsed(told.attributes.get(names.CHAT_TOKEN_USAGE))
    if not isinstance(usage, dict):
        return None
    return usage_of(
        usage.get("input_tokens"),
        usage.get("output_tokens"),
        usage.get("total_tokens"),
        cache_read=usage.get("cache_read_input_tokens"),
        cache_write=usage.get("cache_creation_input_tokens"),
    )


def _cost(told: Told) -> Cost | None:
    value = parsed(told.attributes.get(names.LLM_COST))
    if not isinstance(value, dict):
        return None
    return cost_of(value.get("input_cost"), value.get("output_cost"), value.get("total_cost")) or Cost()


def _model(told: Told) -> str | None:
    return name_in(told.attributes, names.LLM_MODEL)


def _provider(told: Told) -> str | None:
    name = name_in(told.attributes, names.LLM_PROVIDER)
    return None if name is None else provider_of(name)


def _session(told: Told) -> str | None:
    return first_text(told.attributes, _SAID_SESSION) or name_in(told.attributes, names.OTEL_SESSION_ID)


def _user(told: Told) -> str | None:
    return first_text(told.attributes, _SAID_USER) or name_in(told.attributes, names.OTEL_USER_ID)


def _trace_tags(told: Told) -> dict[str, str] | None:
    tags = {
        key.removeprefix(_TRACE_TAG_PREFIX): _text(value)
        for key, value in told.attributes.items()
        if key.startswith(_TRACE_TAG_PREFIX) and value is not None
    }
    return tags or None


def _inputs(told: Told) -> AttributeValue:
    return parsed(told.attributes.get(names.SPAN_INPUTS))


def _outputs(told: Told) -> AttributeValue:
    return parsed(told.attributes.get(names.SPAN_OUTPUTS))


def _input_messages(told: Told) -> Sequence[Message]:
    return chat_of(told.attributes.get(names.SPAN_INPUTS), Role.USER)


def _output_messages(told: Told) -> Sequence[Message]:
    return chat_of(told.attributes.get(names.SPAN_OUTPUTS), Role.ASSISTANT)


def _tools(told: Told) -> Sequence[ToolDefinition]:
    return tools_of(told.attributes.get(names.CHAT_TOOLS)) or tools_offered(told.attributes.get(names.SPAN_INPUTS))


def _documents(told: Told) -> Sequence[Document]:
    is_retriever = _span_type(told) in ("RETRIEVER", "RERANKER")
    return documents_of(told.attributes.get(names.SPAN_OUTPUTS)) if is_retriever else ()


def _text(value: AttributeValue) -> str:
    known = parsed(value)
    return known if isinstance(known, str) else json_text(known)


CONVENTION = Convention(
    name="mlflow",
    fact_keys=frozenset(
        {
            names.SPAN_TYPE,
            names.CHAT_TOKEN_USAGE,
            names.LLM_COST,
            names.LLM_MODEL,
            names.LLM_PROVIDER,
            names.OTEL_SESSION_ID,
            names.OTEL_USER_ID,
            _SAID_SESSION,
            _SAID_USER,
        }
    ),
    words=frozenset({"mlflow"}),
    span_type=_span_type,
    usage=_usage,
    cost=_cost,
    model=_model,
    provider=_provider,
    session=_session,
    user=_user,
    trace_tags=_trace_tags,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
    documents=_documents,
)
