"""What the attributes of a span mean, in the conventions that are read: MLflow, OpenTelemetry GenAI, OpenInference."""

import json
import math
from collections.abc import Mapping

from trilha import names

from trilha_server.domain.span import MAX_TOKENS, UNKNOWN_TYPE, AttributeValue, Cost, TokenUsage
from trilha_server.normalise.values import json_text, unwrap_json

_USAGE_KEYS = frozenset(
    {
        names.CHAT_TOKEN_USAGE,
        names.GEN_AI_INPUT_TOKENS,
        names.GEN_AI_OUTPUT_TOKENS,
        names.OPENINFERENCE_PROMPT_TOKENS,
        names.OPENINFERENCE_COMPLETION_TOKENS,
    }
)

SPAN_KEYS = _USAGE_KEYS | {
    names.SPAN_TYPE,
    names.OPENINFERENCE_SPAN_KIND,
    names.OPENINFERENCE_TOTAL_TOKENS,
    names.GEN_AI_OPERATION_NAME,
    names.LLM_COST,
}
"""Attributes that every span is asked for."""

PREVIEW_CHARS = 1000  # MLflow cuts previews there on its own servers

_MAX_USD = 1e15

TRACE_TAG_PREFIX = "mlflow.traceTag."

# OpenTelemetry GenAI semantic conventions, gen_ai.operation.name
_OPERATION_TYPES = {
    "chat": "CHAT_MODEL",
    "create_agent": "AGENT",
    "invoke_agent": "AGENT",
    "embeddings": "EMBEDDING",
    "execute_tool": "TOOL",
    "generate_content": "LLM",
    "text_completion": "LLM",
}

_INPUT_KEYS = (names.SPAN_INPUTS, names.OPENINFERENCE_INPUT, names.GEN_AI_INPUT_MESSAGES)
_OUTPUT_KEYS = (names.SPAN_OUTPUTS, names.OPENINFERENCE_OUTPUT, names.GEN_AI_OUTPUT_MESSAGES)

ROOT_KEYS = frozenset({*_INPUT_KEYS, *_OUTPUT_KEYS, names.OTEL_SESSION_ID, names.OTEL_USER_ID})
"""Attributes that roots are asked for, beside those that begin with `TRACE_TAG_PREFIX`."""


def span_type(attributes: Mapping[str, AttributeValue]) -> str:
    """Read what kind of step a span is; `UNKNOWN` where no convention says."""
    value = attributes.get(names.SPAN_TYPE)
    if value:
        value = unwrap_json(value)
        return value if isinstance(value, str) else UNKNOWN_TYPE
    value = attributes.get(names.OPENINFERENCE_SPAN_KIND)
    if isinstance(value, str) and value:
        return value.upper()
    return _OPERATION_TYPES.get(str(attributes.get(names.GEN_AI_OPERATION_NAME)), UNKNOWN_TYPE)


def token_usage(attributes: Mapping[str, AttributeValue]) -> TokenUsage | None:
    """Read the tokens of one span; `None` where no convention counts them."""
    if _USAGE_KEYS.isdisjoint(attributes):
        return None
    usage = unwrap_json(attributes.get(names.CHAT_TOKEN_USAGE))
    if isinstance(usage, dict):
        tokens_in, tokens_out = _count(usage.get("input_tokens")) or 0, _count(usage.get("output_tokens")) or 0
        total = _count(usage.get("total_tokens"))
        return TokenUsage(
            tokens_in,
            tokens_out,
            tokens_in + tokens_out if total is None else total,
            _count(usage.get("cache_read_input_tokens")),
            _count(usage.get("cache_creation_input_tokens")),
        )
    for input_key, output_key in (
        (names.GEN_AI_INPUT_TOKENS, names.GEN_AI_OUTPUT_TOKENS),
        (names.OPENINFERENCE_PROMPT_TOKENS, names.OPENINFERENCE_COMPLETION_TOKENS),
    ):
        tokens_in, tokens_out = _count(attributes.get(input_key)), _count(attributes.get(output_key))
        if tokens_in is not None or tokens_out is not None:
            tokens_in, tokens_out = tokens_in or 0, tokens_out or 0
            total = _count(attributes.get(names.OPENINFERENCE_TOTAL_TOKENS))
            return TokenUsage(tokens_in, tokens_out, tokens_in + tokens_out if total is None else total)
    return None


def cost(attributes: Mapping[str, AttributeValue]) -> Cost | None:
    """Read the cost that the application or its client computed."""
    value = attributes.get(names.LLM_COST)
    if value is None:
        return None
    value = unwrap_json(value)
    if not isinstance(value, dict):
        return None
    amounts = [_amount(value.get(key)) for key in ("input_cost", "output_cost", "total_cost")]
    return Cost(amounts[0], amounts[1], amounts[2] or amounts[0] + amounts[1])


def preview(text: str, limit_chars: int = PREVIEW_CHARS) -> str:
    """Cut a text for display."""
    return text if len(text) <= limit_chars else text[: limit_chars - 3] + "..."


def root_previews(attributes: Mapping[str, AttributeValue]) -> tuple[str | None, str | None]:
    """Write the request and the response of a trace for display; `None` where the root has none."""
    return _preview_of(attributes, _INPUT_KEYS), _preview_of(attributes, _OUTPUT_KEYS)


def root_metadata(attributes: Mapping[str, AttributeValue]) -> dict[str, str]:
    """Read the session and the user that the root names."""
    found = {
        names.TRACE_SESSION: attributes.get(names.OTEL_SESSION_ID),
        names.TRACE_USER: attributes.get(names.OTEL_USER_ID),
    }
    return {key: _text(value) for key, value in found.items() if value not in (None, "")}


def service_name(resource: Mapping[str, AttributeValue]) -> str | None:
    """Read the name of the service that sent a span; `None` for the placeholder of OpenTelemetry's SDKs."""
    name = resource.get(names.OTEL_SERVICE_NAME)
    return name if isinstance(name, str) and name.strip() and not name.startswith("unknown_service") else None


def root_tags(
    name: str, attributes: Mapping[str, AttributeValue], resource: Mapping[str, AttributeValue]
) -> dict[str, str]:
    """Read the tags that the root and its service give to the trace."""
    tags = {names.TRACE_NAME: name} if name else {}
    service = service_name(resource)
    if service is not None:
        tags[names.OTEL_SERVICE_NAME] = service
    version = resource.get(names.OTEL_SERVICE_VERSION)
    if isinstance(version, str) and version:
        tags[names.OTEL_SERVICE_VERSION] = version
    for key, value in attributes.items():
        if key.startswith(TRACE_TAG_PREFIX) and value is not None:
            tags[key.removeprefix(TRACE_TAG_PREFIX)] = _text(value)
    return tags


def _preview_of(attributes: Mapping[str, AttributeValue], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = attributes.get(key)
        if value is not None and value != "":
            # With the spaces that Python writes: MLflow's clients make the same previews themselves.
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            return preview(text)
    return None


def _text(value: AttributeValue) -> str:
    unwrapped = unwrap_json(value)
    return unwrapped if isinstance(unwrapped, str) else json_text(unwrapped)


def _count(value: AttributeValue) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if math.isnan(value) else max(0, int(min(value, MAX_TOKENS)))


def _amount(value: AttributeValue) -> float:
    """Read US dollars; what is no amount counts as nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if abs(value) < _MAX_USD else 0.0
