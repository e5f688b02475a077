"""Laminar, the packages `lmnr` and `@lmnr-ai/lmnr`, whose integrations of providers write GenAI attributes beside."""

from collections.abc import Sequence

from trilha_server.domain.message import Message, Role
from trilha_server.domain.span import AttributeValue, Cost
from trilha_server.normalise.attributes import first_text, name_in, parsed
from trilha_server.normalise.convention import Convention, Told
from trilha_server.normalise.cost import cost_of
from trilha_server.normalise.messages.chat import chat_of
from trilha_server.normalise.trace_tags import labels, noted_under

_TYPE = "lmnr.span.type"
_PATH = "lmnr.span.path"
_ABOUT = "lmnr.association.properties."
_SESSION_KEY = "lmnr.association.properties.session_id"
_USER_KEY = "lmnr.association.properties.user_id"
_PRICES = ("gen_ai.usage.input_cost", "gen_ai.usage.output_cost", "gen_ai.usage.cost")

_SPAN_TYPES = {
    "CACHED": "LLM",
    "DEFAULT": "CHAIN",
    "EVALUATION": "EVALUATOR",
    "EVALUATOR": "EVALUATOR",
    "EXECUTOR": "AGENT",
    "HUMAN_EVALUATOR": "EVALUATOR",
    "LLM": "LLM",
    "PIPELINE": "CHAIN",
    "TOOL": "TOOL",
}


def _span_type(told: Told) -> str | None:
    kind = _SPAN_TYPES.get((first_text(told.attributes, _TYPE) or "").upper())
    if kind is not None or _PATH not in told.attributes:
        return kind
    # Laminar's integrations of providers name no type; a model or its maker marks them.
    if first_text(told.attributes, "gen_ai.operation.name") is not None:
        return None
    return "LLM" if first_text(told.attributes, "gen_ai.request.model", "gen_ai.system") is not None else None


def _cost(told: Told) -> Cost | None:
    input_usd, output_usd, total_usd = map(told.attributes.get, _PRICES)
    return cost_of(input_usd, output_usd, total_usd)


def _session(told: Told) -> str | None:
    return name_in(told.attributes, _SESSION_KEY)


def _user(told: Told) -> str | None:
    return name_in(told.attributes, _USER_KEY)


def _trace_tags(told: Told) -> dict[str, str] | None:
    tags = labels(told.attributes.get(_ABOUT + "tags")) | noted_under(told.attributes, _ABOUT + "metadata.")
    return tags or None


def _inputs(told: Told) -> AttributeValue:
    return parsed(told.attributes.get("lmnr.span.input"))


def _outputs(told: Told) -> AttributeValue:
    return parsed(told.attributes.get("lmnr.span.output"))


def _input_messages(told: Told) -> Sequence[Message] | None:
    inputs = _inputs(told)
    return None if inputs is None else chat_of(inputs, Role.USER) or None


def _output_messages(told: Told) -> Sequence[Message] | None:
    answer = parsed(told.attributes.get("gen_ai.output.messages"))
    if isinstance(answer, list) and any(isinstance(item, dict) and "message" in item for item in answer):
        return chat_of({"choices": answer}, Role.ASSISTANT) or None  # OpenAI's choices, where GenAI has messages
    outputs = _outputs(told)
    return None if outputs is None else chat_of(outputs, Role.ASSISTANT) or None


CONVENTION = Convention(
    name="laminar",
    fact_keys=frozenset({_TYPE, _PATH, _SESSION_KEY, _USER_KEY, *_PRICES}),
    words=frozenset({"lmnr"}),
    span_type=_span_type,
    cost=_cost,
    session=_session,
    user=_user,
    trace_tags=_trace_tags,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
)
