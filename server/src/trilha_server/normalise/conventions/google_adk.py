"""Google's Agent Development Kit, whose spans are GenAI's with the content in attributes of their own."""

from collections.abc import Sequence

from trilha_server.domain.message import Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import first_text, name_in, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.messages.chat import chat_of, messages_of
from trilha_server.normalise.messages.tools import tools_offered
from trilha_server.normalise.providers import provider_of

_SYSTEM = "gen_ai.system"
_OPERATION = "gen_ai.operation.name"
_MODEL = "gen_ai.request.model"
_SESSION = "gcp.vertex.agent.session_id"
_FRAMEWORK = "gcp.vertex.agent"
_REQUEST = "gcp.vertex.agent.llm_request"
_RESPONSE = "gcp.vertex.agent.llm_response"

_NOTHING: tuple[AttributeValue, ...] = (
    {},
    "N/A",
    "<not specified>",
)  # written where a span has no such thing, or where content is turned off


def _span_type(told: Told) -> str | None:
    # The span around a model call, `call_llm`, names no operation.
    is_call = told.attributes.get(_SYSTEM) == _FRAMEWORK and _OPERATION not in told.attributes
    return "LLM" if is_call else None


def _provider(told: Told) -> str | None:
    system = first_text(told.attributes, _SYSTEM)
    if system is None or told.scope_name != _FRAMEWORK:
        return None
    if system != _FRAMEWORK:
        return provider_of(system)
    # Around a model call stands the framework's own name. The model tells, as the framework reads it elsewhere.
    model = first_text(told.attributes, _MODEL) or ""
    maker, slash, _ = model.partition("/")  # as LiteLLM names models of others
    if slash and maker not in ("models", "projects"):
        return provider_of(maker)
    return "gcp.gemini" if "gemini" in model else None


def _session(told: Told) -> str | None:
    return name_in(told.attributes, _SESSION)


def _inputs(told: Told) -> AttributeValue:
    return _content(told, "tool_call_args", "llm_request", "data")


def _outputs(told: Told) -> AttributeValue:
    return _content(told, "tool_response", "llm_response")


def _content(told: Told, *names: str) -> AttributeValue:
    for name in names:
        value = parsed(told.attributes.get(f"gcp.vertex.agent.{name}"))
        if value is not None and value not in _NOTHING:
            return value
    return None


def _input_messages(told: Told) -> Sequence[Message] | None:
    return chat_of(told.attributes.get(_REQUEST), Role.USER) or None


def _output_messages(told: Told) -> Sequence[Message] | None:
    response = parsed(told.attributes.get(_RESPONSE))
    content = response.get("content") if isinstance(response, dict) else None
    return None if content is None else messages_of([content], Role.ASSISTANT) or None


def _tools(told: Told) -> Sequence[ToolDefinition] | None:
    return tools_offered(told.attributes.get(_REQUEST)) or None


CONVENTION = Convention(
    name="google_adk",
    fact_keys=frozenset({_SYSTEM, _SESSION}),
    words=frozenset({"gcp"}),
    span_type=_span_type,
    provider=_provider,
    session=_session,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
)
