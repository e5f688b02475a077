"""Names of attributes, tags and metadata, as MLflow's programs write them: `SpanAttributeKey.INPUTS`."""

from typing import Final

from trilha import names


class SpanAttributeKey:
    """Attributes of spans."""

    REQUEST_ID: Final = names.TRACE_REQUEST_ID
    INPUTS: Final = names.SPAN_INPUTS
    OUTPUTS: Final = names.SPAN_OUTPUTS
    SPAN_TYPE: Final = names.SPAN_TYPE
    LOG_LEVEL: Final = names.SPAN_LOG_LEVEL
    FUNCTION_NAME: Final = names.SPAN_FUNCTION_NAME
    DESCRIPTION: Final = names.SPAN_DESCRIPTION
    CHAT_TOOLS: Final = names.CHAT_TOOLS
    CHAT_USAGE: Final = names.CHAT_TOKEN_USAGE
    LLM_COST: Final = names.LLM_COST
    MODEL: Final = names.LLM_MODEL
    MODEL_PROVIDER: Final = names.LLM_PROVIDER
    LINKED_PROMPTS: Final = names.LINKED_PROMPTS


class TraceMetadataKey:
    """Metadata of traces."""

    INPUTS: Final = names.TRACE_INPUTS
    OUTPUTS: Final = names.TRACE_OUTPUTS
    SOURCE_RUN: Final = names.SOURCE_RUN
    MODEL_ID: Final = names.MODEL_ID
    SIZE_STATS: Final = names.TRACE_SIZE_STATS
    SIZE_BYTES: Final = names.TRACE_SIZE_BYTES
    TOKEN_USAGE: Final = names.TRACE_TOKEN_USAGE
    TRACE_INFO_FINALIZED: Final = names.INFO_FINALIZED
    COST: Final = names.TRACE_COST
    TRACE_USER: Final = names.TRACE_USER
    TRACE_SESSION: Final = names.TRACE_SESSION


class TraceTagKey:
    """Tags of traces."""

    TRACE_NAME: Final = names.TRACE_NAME
    SPANS_LOCATION: Final = names.SPANS_LOCATION
    LINKED_PROMPTS: Final = names.LINKED_PROMPTS


class TokenUsageKey:
    """What is counted of tokens."""

    INPUT_TOKENS: Final = "input_tokens"
    OUTPUT_TOKENS: Final = "output_tokens"
    TOTAL_TOKENS: Final = "total_tokens"
    CACHE_READ_INPUT_TOKENS: Final = "cache_read_input_tokens"
    CACHE_CREATION_INPUT_TOKENS: Final = "cache_creation_input_tokens"


class CostKey:
    """What is known of costs, in US dollars."""

    INPUT_COST: Final = "input_cost"
    OUTPUT_COST: Final = "output_cost"
    TOTAL_COST: Final = "total_cost"
