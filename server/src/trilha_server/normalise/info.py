"""The layers of a trace laid over each other: what it is as everybody reads it."""

from collections.abc import Mapping

import msgspec
from trilha import names

from trilha_server.domain.batch import InfoDeclared, RunLinked, TagsEdited
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.span import MAX_TOKENS, Cost, TokenUsage
from trilha_server.domain.trace import Declaration, SpanSummary, TraceInfo, TraceRecord, TraceState
from trilha_server.normalise.previews import shown
from trilha_server.normalise.values import json_text

_NS_PER_MS = 1_000_000
_NO_SUMMARY = SpanSummary(span_count=0, start_ns=0)
_FINAL = (TraceState.OK, TraceState.ERROR)


def read_info(trace_id: TraceId, experiment_id: ExperimentId, record: TraceRecord, change: int) -> TraceInfo:
    """Lay what the application declared over what the spans tell, and later edits over both."""
    declared, summary = record.declared, record.summary or _NO_SUMMARY
    metadata = dict(summary.metadata)
    tags = dict(summary.tags)
    if summary.name is not None:
        tags.setdefault(names.TRACE_NAME, summary.name)
    request_time_ms = summary.start_ns // _NS_PER_MS
    duration_ms = _duration_ms(summary)
    state = summary.state
    usage, cost = summary.usage, summary.cost
    request_preview, response_preview = shown(summary)
    client_request_id = summary.client_request_id
    if declared is not None:
        metadata |= declared.metadata
        tags |= declared.tags
        request_time_ms = declared.request_time_ms
        duration_ms = duration_ms if declared.duration_ms is None else declared.duration_ms
        state = _state(declared.state, summary.state)
        request_preview = declared.request_preview or request_preview
        response_preview = declared.response_preview or response_preview
        client_request_id = declared.client_request_id or client_request_id
        usage = declared_usage(metadata) or usage
        cost = declared_cost(metadata) or cost
    for key, value in record.tag_edits.items():
        if value is None:
            tags.pop(key, None)
        else:
            tags[key] = value
    return TraceInfo(
        trace_id=trace_id,
        experiment_id=experiment_id,
        request_time_ms=request_time_ms,
        duration_ms=duration_ms,
        state=state,
        client_request_id=client_request_id,
        request_preview=request_preview,
        response_preview=response_preview,
        metadata=metadata,
        tags=tags,
        run_ids=record.run_ids,
        span_count=summary.span_count,
        usage=usage,
        cost=cost,
        change=change,
    )


def apply_update(record: TraceRecord, update: InfoDeclared | TagsEdited | RunLinked) -> TraceRecord:
    """Put one change that is not about spans into the record. Doing it twice is doing it once."""
    match update:
        case InfoDeclared(declared=declared):
            return msgspec.structs.replace(record, declared=_merge_declared(record.declared, declared))
        case TagsEdited(tags=tags):
            return msgspec.structs.replace(record, tag_edits=record.tag_edits | tags)
        case RunLinked(run_id=run_id):
            return msgspec.structs.replace(record, run_ids=tuple(dict.fromkeys((*record.run_ids, run_id))))


def usage_parts(usage: TokenUsage) -> dict[str, int]:
    """Take tokens apart as MLflow names them."""
    parts = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
    }
    return {key: value for key, value in parts.items() if value is not None}


def cost_parts(cost: Cost) -> dict[str, float]:
    """Take a cost apart as MLflow names it."""
    return {"input_cost": cost.input_usd, "output_cost": cost.output_usd, "total_cost": cost.total_usd}


def usage_json(usage: TokenUsage) -> str:
    """Write tokens as MLflow's metadata has them."""
    return json_text(dict(usage_parts(usage)))


def cost_json(cost: Cost) -> str:
    """Write a cost as MLflow's metadata has it."""
    return json_text(dict(cost_parts(cost)))


def _duration_ms(summary: SpanSummary) -> int | None:
    if summary.end_ns is None:
        return None
    return max(0, summary.end_ns // _NS_PER_MS - summary.start_ns // _NS_PER_MS)


def _state(declared: TraceState, told_by_spans: TraceState) -> TraceState:
    """A declared end is final; a trace declared while it ran ends with its root."""
    return declared if declared in _FINAL or told_by_spans is TraceState.IN_PROGRESS else told_by_spans


def _merge_declared(kept: Declaration | None, arrived: Declaration) -> Declaration:
    """The later declaration wins, but one from before the end never undoes the end."""
    if kept is None:
        return arrived
    first, last = (arrived, kept) if kept.state in _FINAL and arrived.state not in _FINAL else (kept, arrived)
    return Declaration(
        request_time_ms=last.request_time_ms,
        duration_ms=first.duration_ms if last.duration_ms is None else last.duration_ms,
        state=last.state,
        client_request_id=last.client_request_id or first.client_request_id,
        request_preview=last.request_preview or first.request_preview,
        response_preview=last.response_preview or first.response_preview,
        metadata=first.metadata | last.metadata,
        tags=first.tags | last.tags,
    )


class _UsageJson(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _CostJson(msgspec.Struct):
    input_cost: float = 0.0
    output_cost: float = 0.0
    total_cost: float = 0.0


def declared_usage(metadata: Mapping[str, str]) -> TokenUsage | None:
    """Read the tokens that an application declared of a whole trace."""
    text = metadata.get(names.TRACE_TOKEN_USAGE)
    if not text:
        return None
    try:
        usage = msgspec.json.decode(text, type=_UsageJson)
    except msgspec.MsgspecError:
        return None
    total = usage.input_tokens + usage.output_tokens if usage.total_tokens is None else usage.total_tokens
    return TokenUsage(
        _tokens(usage.input_tokens),
        _tokens(usage.output_tokens),
        _tokens(total),
        None if usage.cache_read_input_tokens is None else _tokens(usage.cache_read_input_tokens),
        None if usage.cache_creation_input_tokens is None else _tokens(usage.cache_creation_input_tokens),
    )


def _tokens(count: int) -> int:
    return max(0, min(count, MAX_TOKENS))


def declared_cost(metadata: Mapping[str, str]) -> Cost | None:
    """Read the cost that an application declared of a whole trace."""
    text = metadata.get(names.TRACE_COST)
    if not text:
        return None
    try:
        cost = msgspec.json.decode(text, type=_CostJson)
    except msgspec.MsgspecError:
        return None
    return Cost(cost.input_cost, cost.output_cost, cost.total_cost)
