"""OpenLLMetry, the convention of the `opentelemetry-instrumentation-*` packages of Traceloop.

Its newer versions write GenAI attributes for calls of models; its own words remain for workflows, tasks and tools.
"""

from collections.abc import Sequence

from trilha_server.domain.message import Document, Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.attributes import first_text, first_value, indexed, name_in, parsed
from trilha_server.normalise.convention import Attributes, Convention, Told
from trilha_server.normalise.messages.chat import answer_of, chat_of, messages_of
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.tools import tools_of
from trilha_server.normalise.trace_tags import noted_under

_KIND = "traceloop.span.kind"
_REQUEST_TYPE = "llm.request.type"
_WORKFLOW = "traceloop.workflow.name"
_INPUT, _OUTPUT = "traceloop.entity.input", "traceloop.entity.output"
_PROPERTIES = "traceloop.association.properties."
_SESSION_NAMES = ("session_id", "session.id", "sessionId", "thread_id", "conversation_id", "chat_id")
_USER_NAMES = ("user_id", "user.id", "userId")
_SESSIONS = tuple(_PROPERTIES + name for name in _SESSION_NAMES)
_USERS = (*(_PROPERTIES + name for name in _USER_NAMES), "llm.user")
_FRAMEWORKS_OWN = ("ls_provider", "ls_model_name", "ls_model_type", "ls_integration", "ls_temperature", "lc_versions")

_KINDS = {"workflow": "WORKFLOW", "task": "TASK", "agent": "AGENT", "tool": "TOOL"}
_REQUEST_TYPES = {"chat": "CHAT_MODEL", "completion": "LLM", "embedding": "EMBEDDING", "rerank": "RERANKER"}


def _span_type(told: Told) -> str | None:
    kind = first_text(told.attributes, _KIND)
    if kind is not None:
        return _KINDS.get(kind.lower())
    return _REQUEST_TYPES.get(first_text(told.attributes, _REQUEST_TYPE) or "")


def _session(told: Told) -> str | None:
    return name_in(told.attributes, *_SESSIONS)


def _user(told: Told) -> str | None:
    return name_in(told.attributes, *_USERS)


def _trace_name(told: Told) -> str | None:
    return first_text(told.attributes, _WORKFLOW)


def _trace_tags(told: Told) -> dict[str, str] | None:
    without = (*_SESSION_NAMES, *_USER_NAMES, *_FRAMEWORKS_OWN)
    return noted_under(told.attributes, _PROPERTIES, without=without) or None


def _inputs(told: Told) -> AttributeValue:
    entity = _unwrapped(told.attributes.get(_INPUT), "inputs", "input_str", "input")
    return entity if entity is not None else _prompts(told) or None


def _outputs(told: Told) -> AttributeValue:
    entity = _unwrapped(told.attributes.get(_OUTPUT), "outputs", "output")
    return answer_of(entity) if entity is not None else _completions(told) or None


def _unwrapped(value: AttributeValue, *keys: str) -> AttributeValue:
    """Take the value out of what the LangChain instrumentation lays around it."""
    value = parsed(value)
    if isinstance(value, dict) and "kwargs" in value:
        return next((parsed(value[key]) for key in keys if key in value), value)
    return value


def _input_messages(told: Told) -> Sequence[Message]:
    return messages_of(_prompts(told), Role.USER) or chat_of(_inputs(told), Role.USER)


def _output_messages(told: Told) -> Sequence[Message]:
    return messages_of(_completions(told), Role.ASSISTANT) or chat_of(_outputs(told), Role.ASSISTANT)


def _prompts(told: Told) -> list[AttributeValue]:
    older = (item for item in indexed(told.attributes, "llm.prompts.") if "prompt.text" not in item)  # OpenInference's
    return [_message(item, "user") for item in indexed(told.attributes, "gen_ai.prompt.") or older]


def _completions(told: Told) -> list[AttributeValue]:
    found = indexed(told.attributes, "gen_ai.completion.") or indexed(told.attributes, "llm.completions.")
    return [_message(item, "assistant") for item in found]


def _message(item: Attributes, role: str) -> AttributeValue:
    if item.get("role") == "thinking":
        return {"role": "assistant", "content": [{"type": "thinking", "thinking": item.get("content")}]}
    return {
        "role": item.get("role") or role,
        "content": first_value(item, "content", "user"),  # completions of one prompt say `user`
        "reasoning": item.get("reasoning"),
        "refusal": item.get("refusal"),
        "tool_calls": [*indexed(item, "tool_calls.")],
        "tool_call_id": item.get("tool_call_id"),
        "finish_reason": item.get("finish_reason"),
    }


def _tools(told: Told) -> Sequence[ToolDefinition]:
    return tools_of([*indexed(told.attributes, "llm.request.functions.")])


def _documents(told: Told) -> Sequence[Document]:
    """Read what the instrumentations of vector databases found."""
    prefix = "db.query.result."
    return documents_of(
        [
            {key.removeprefix(prefix): value for key, value in event.attributes.items() if key.startswith(prefix)}
            for event in told.events
            if event.name == "db.query.result"
        ]
    )


CONVENTION = Convention(
    name="traceloop",
    fact_keys=frozenset({_KIND, _REQUEST_TYPE, *_SESSIONS, *_USERS}),
    words=frozenset({"traceloop", "gen_ai", "llm", "db"}),
    span_type=_span_type,
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
