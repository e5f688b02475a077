"""What a trace has of the fields that a filter names."""

from collections.abc import Callable, Mapping, Sequence

from trilha_server.domain.filter import Attribute, LabelField, LabelScope
from trilha_server.domain.trace import TWO_SPELLINGS, TraceInfo

SEVERAL_VALUES = frozenset({Attribute.RUN_ID, Attribute.PROMPT})
"""Of these a trace may have several values."""


def label_value(field: LabelField, info: TraceInfo) -> str | None:
    """Read a tag or a key of the metadata; a key of two spellings is one field, whichever way it is asked for."""
    if field.key in TWO_SPELLINGS:
        return info.field(field.key)
    return (info.tags if field.scope is LabelScope.TAG else info.metadata).get(field.key)


def attribute_texts(attribute: Attribute, info: TraceInfo) -> Sequence[str]:
    """List what a trace has of an attribute that is text; a few have several values."""
    if attribute in _TEXTS:
        return _TEXTS[attribute](info)
    reader = _TEXT.get(attribute)
    value = None if reader is None else reader(info)
    return () if value is None else (value,)


def attribute_number(attribute: Attribute, info: TraceInfo) -> float | None:
    """Read an attribute that is a number."""
    reader = _NUMBER.get(attribute)
    return None if reader is None else reader(info)


_TEXT: Mapping[Attribute, Callable[[TraceInfo], str | None]] = {
    Attribute.REQUEST_ID: lambda info: info.trace_id,
    Attribute.CLIENT_REQUEST_ID: lambda info: info.client_request_id,
    Attribute.STATUS: lambda info: info.state.value,
    Attribute.NAME: lambda info: info.name,
    Attribute.EXPERIMENT_ID: lambda info: str(info.experiment_id),
    Attribute.USER: lambda info: info.user,
    Attribute.SESSION: lambda info: info.session,
    Attribute.MODEL_ID: lambda info: info.model_id,
    Attribute.VERSION: lambda info: info.version,
}
_TEXTS: Mapping[Attribute, Callable[[TraceInfo], Sequence[str]]] = {
    Attribute.RUN_ID: lambda info: info.all_run_ids,
    Attribute.PROMPT: lambda info: info.prompts,
}
_NUMBER: Mapping[Attribute, Callable[[TraceInfo], float | None]] = {
    Attribute.TIMESTAMP_MS: lambda info: info.request_time_ms,
    Attribute.EXECUTION_TIME_MS: lambda info: info.duration_ms,
    Attribute.END_TIME_MS: lambda info: info.end_time_ms,
    Attribute.TOKENS_TOTAL: lambda info: None if info.usage is None else info.usage.total_tokens,
    Attribute.COST_TOTAL: lambda info: None if info.cost is None else info.cost.total_usd,
}
