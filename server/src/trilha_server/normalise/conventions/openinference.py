"""OpenInference, the convention of the `openinference-instrumentation-*` packages and of Phoenix."""

from collections.abc import Sequence

import msgspec
from trilha import names

from trilha_server.domain.message import Document, Message, Role, ToolDefinition
from trilha_server.domain.span import AttributeValue, Cost, TokenUsage
from trilha_server.normalise.attributes import first_text, first_value, indexed, name_in, parsed
from trilha_server.normalise.convention import Attributes, Convention, Told
from trilha_server.normalise.cost import cost_of
from trilha_server.normalise.messages.chat import answer_of, chat_of, messages_of
from trilha_server.normalise.messages.documents import documents_of
from trilha_server.normalise.messages.tools import tools_of
from trilha_server.normalise.providers import provider_of
from trilha_server.normalise.trace_tags import labels
from trilha_server.normalise.usage import usage_of
from trilha_server.normalise.values import json_text

_CACHE_READ = "llm.token_count.prompt_details.cache_read"
_CACHE_INPUT = "llm.token_count.prompt_details.cache_input"
_CACHE_WRITE = "llm.token_count.prompt_details.cache_write"
_INPUT_AUDIO = "llm.token_count.prompt_details.audio"
_REASONING = "llm.token_count.completion_details.reasoning"
_OUTPUT_AUDIO = "llm.token_count.completion_details.audio"
_COST_INPUT = "llm.cost.prompt"
_COST_OUTPUT = "llm.cost.completion"
_COST_TOTAL = "llm.cost.total"
_MODELS = (
    "llm.response.model_name",
    "llm.model_name",
    "llm.request.model_name",
    "embedding.model_name",
    "reranker.model_name",
)
_PROVIDERS = ("llm.provider", "llm.system")

_KINDS = {"PROMPT": "CHAIN"}
"""What MLflow's types have no word for."""

_METADATA = "metadata"
_TAGS = "tag.tags"
_FRAMEWORKS_OWN = ("ls_", "lc_", "langgraph_", "__", "mlflow.")
"""How notes begin that a framework makes for itself."""


def _span_type(told: Told) -> str | None:
    value = first_text(told.attributes, names.OPENINFERENCE_SPAN_KIND)
    return None if value is None else _KINDS.get(value.upper(), value.upper())


def _usage(told: Told) -> TokenUsage | None:
    get = told.attributes.get
    return usage_of(
        get(names.OPENINFERENCE_PROMPT_TOKENS),
        get(names.OPENINFERENCE_COMPLETION_TOKENS),
        get(names.OPENINFERENCE_TOTAL_TOKENS),
        cache_read=first_value(told.attributes, _CACHE_READ, _CACHE_INPUT),
        cache_write=get(_CACHE_WRITE),
        reasoning=get(_REASONING),
        input_audio=get(_INPUT_AUDIO),
        output_audio=get(_OUTPUT_AUDIO),
    )


def _cost(told: Told) -> Cost | None:
    get = told.attributes.get
    return cost_of(get(_COST_INPUT), get(_COST_OUTPUT), get(_COST_TOTAL))


def _model(told: Told) -> str | None:
    return name_in(told.attributes, *_MODELS)


def _provider(told: Told) -> str | None:
    name = name_in(told.attributes, *_PROVIDERS)
    return None if name is None else provider_of(name)


def _trace_tags(told: Told) -> dict[str, str] | None:
    tags = labels(told.attributes.get(_TAGS))
    metadata = parsed(told.attributes.get(_METADATA))
    for key, value in metadata.items() if isinstance(metadata, dict) else ():
        if isinstance(value, str | int | float) and key and not key.startswith(_FRAMEWORKS_OWN):
            tags[key] = value if isinstance(value, str) else json_text(value)
    return tags or None


def _inputs(told: Told) -> AttributeValue:
    return parsed(first_value(told.attributes, names.OPENINFERENCE_INPUT))


def _outputs(told: Told) -> AttributeValue:
    return answer_of(parsed(first_value(told.attributes, names.OPENINFERENCE_OUTPUT)))


def _input_messages(told: Told) -> Sequence[Message]:
    found = [_message(item) for item in indexed(told.attributes, "llm.input_messages.")]
    prompts = [item.get("prompt.text") for item in indexed(told.attributes, "llm.prompts.")]
    return messages_of([*found], Role.USER) or messages_of(prompts, Role.USER) or chat_of(_inputs(told), Role.USER)


def _output_messages(told: Told) -> Sequence[Message]:
    found = [_message(item) for item in indexed(told.attributes, "llm.output_messages.")]
    choices = [item.get("completion.text") for item in indexed(told.attributes, "llm.choices.")]
    messages = (
        messages_of([*found], Role.ASSISTANT)
        or messages_of(choices, Role.ASSISTANT)
        or chat_of(_outputs(told), Role.ASSISTANT)
    )
    reason = first_text(told.attributes, "llm.finish_reason")
    if not messages or reason is None:
        return messages
    return (*messages[:-1], msgspec.structs.replace(messages[-1], finish_reason=reason))


def _message(item: Attributes) -> dict[str, AttributeValue]:
    """Put a message together whose parts are attributes each."""
    contents = [_content(part) for part in indexed(item, "message.contents.")]
    message: dict[str, AttributeValue] = {
        "role": item.get("message.role") or "",
        "content": [*contents] if contents else item.get("message.content"),
        "tool_calls": [_tool_call(call) for call in indexed(item, "message.tool_calls.")],
        "tool_call_id": item.get("message.tool_call_id"),
        "name": item.get("message.name"),
    }
    function = item.get("message.function_call_name")
    if function:
        arguments = item.get("message.function_call_arguments_json")
        message["function_call"] = {"name": function, "arguments": arguments}
    return message


def _content(part: Attributes) -> AttributeValue:
    if "tool_call.function.name" in part:
        return {"type": "tool_call", **_tool_call(part)}
    kind = part.get("message_content.type")
    if not kind and "message_content.image.image.url" in part:
        kind = "image"
    content: dict[str, AttributeValue] = {"type": kind, "text": part.get("message_content.text")}
    for medium in ("image", "audio", "video", "document"):
        start = f"message_content.{medium}.{medium}."
        place: dict[str, AttributeValue] = {
            key.removeprefix(start): value for key, value in part.items() if key.startswith(start)
        }
        if place:
            content[medium] = place
    return content


def _tool_call(call: Attributes) -> dict[str, AttributeValue]:
    return {
        "id": call.get("tool_call.id"),
        "name": call.get("tool_call.function.name"),
        "arguments": call.get("tool_call.function.arguments"),
    }


def _tools(told: Told) -> Sequence[ToolDefinition]:
    return tools_of([parsed(item.get("tool.json_schema")) for item in indexed(told.attributes, "llm.tools.")])


def _documents(told: Told) -> Sequence[Document]:
    for prefix in ("retrieval.documents.", "reranker.output_documents.", "output.documents."):
        found: list[AttributeValue] = [
            {key.removeprefix("document."): value for key, value in item.items()}
            for item in indexed(told.attributes, prefix)
        ]
        if found:
            return documents_of(found)
    return ()


CONVENTION = Convention(
    name="openinference",
    fact_keys=frozenset(
        {
            names.OPENINFERENCE_SPAN_KIND,
            names.OPENINFERENCE_PROMPT_TOKENS,
            names.OPENINFERENCE_COMPLETION_TOKENS,
            names.OPENINFERENCE_TOTAL_TOKENS,
            *(_CACHE_READ, _CACHE_INPUT, _CACHE_WRITE, _INPUT_AUDIO, _REASONING, _OUTPUT_AUDIO),
            *(_COST_INPUT, _COST_OUTPUT, _COST_TOTAL),
            *_MODELS,
            *_PROVIDERS,
        }
    ),
    words=frozenset({"openinference", "input", "output", "llm", "retrieval", "reranker", "metadata", "tag"}),
    span_type=_span_type,
    usage=_usage,
    cost=_cost,
    model=_model,
    provider=_provider,
    trace_tags=_trace_tags,
    inputs=_inputs,
    outputs=_outputs,
    input_messages=_input_messages,
    output_messages=_output_messages,
    tools=_tools,
    documents=_documents,
)
