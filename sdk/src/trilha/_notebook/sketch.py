"""What is shown of a trace in a notebook: bounded, and nothing but text and numbers."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import msgspec

from trilha import names
from trilha._capture import Captured, json_text, readable
from trilha._span import Span as LiveSpan
from trilha.entities._spans import Span
from trilha.entities._traces import Trace

MOST_STEPS: Final = 50
_LONGEST: Final = 500
_USAGES: Final = (
    (names.OPENINFERENCE_TOTAL_TOKENS,),
    (names.OPENINFERENCE_PROMPT_TOKENS, names.OPENINFERENCE_COMPLETION_TOKENS),
    (names.GEN_AI_INPUT_TOKENS, names.GEN_AI_OUTPUT_TOKENS),
)
"""Where calls of models count their tokens, but for MLflow's way; what stands together is added."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a trace."""

    span_id: str
    parent_id: str | None
    name: str
    span_type: str
    start_ns: int
    end_ns: int | None
    is_error: bool
    message: str
    inputs: str | None
    outputs: str | None
    """The beginning of what the step gave."""
    tokens: int | None = None
    cost_usd: float | None = None


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """A trace, as it is shown."""

    trace_id: str
    name: str
    state: str
    duration_ms: float | None
    tokens: int | None
    cost_usd: float | None
    steps: Sequence[Step]
    more_steps: int = 0


def sketch_of(trace: Trace) -> Sketch:
    """Sketch a trace that was read."""
    info, spans = trace.info, trace.data.spans
    root = trace.data.root
    return Sketch(
        trace_id=info.trace_id,
        name=info.tags.get(names.TRACE_NAME) or (root.name if root else "trace"),
        state=info.state.value,
        duration_ms=info.execution_duration,
        tokens=_number(info.token_usage, "total_tokens"),
        cost_usd=_number(info.cost, "total_cost"),
        steps=[_step_of_read(span) for span in spans[:MOST_STEPS]],
        more_steps=max(0, len(spans) - MOST_STEPS),
    )


def sketch_of_live(root: LiveSpan, steps: Sequence[Step], count: int) -> Sketch:
    """Sketch a trace that has ended here; `count` is how many steps it has, the first of which are at hand."""
    more_steps = count - len(steps)
    return Sketch(
        trace_id=root.trace_id,
        name=root.name,
        state=root.trace.state or ("ERROR" if root.status_code == 2 else "OK"),
        duration_ms=None if root.end_ns is None else (root.end_ns - root.start_ns) / 1e6,
        tokens=None if more_steps else _total(steps, lambda step: step.tokens),
        cost_usd=None if more_steps else _total(steps, lambda step: step.cost_usd),
        steps=steps,
        more_steps=more_steps,
    )


def step_of_live(span: LiveSpan) -> Step:
    """Sketch a step that has ended here."""
    return Step(
        span_id=span.span_id,
        parent_id=span.parent_id,
        name=span.name,
        span_type=span.span_type,
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        is_error=span.status_code == 2,
        message=_short(span.status_message),
        inputs=_captured(span.inputs_kept),
        outputs=_captured(span.outputs_kept),
        tokens=_tokens(span.attributes_kept or {}),
        cost_usd=_number(readable((span.attributes_kept or {}).get(names.LLM_COST)), "total_cost"),
    )


def _step_of_read(span: Span) -> Step:
    return Step(
        span_id=span.span_id,
        parent_id=span.parent_id,
        name=span.name,
        span_type=span.span_type,
        start_ns=span.start_time_ns,
        end_ns=span.end_time_ns,
        is_error=span.status.status_code == "ERROR",
        message=_short(span.status.description or ""),
        inputs=_read(span.inputs),
        outputs=_read(span.outputs),
    )


def _tokens(attributes: dict[str, Captured]) -> int | None:
    if names.CHAT_TOKEN_USAGE in attributes:
        return _number(readable(attributes[names.CHAT_TOKEN_USAGE]), "total_tokens")
    for usage in _USAGES:
        counts = [count for count in map(attributes.get, usage) if isinstance(count, int)]
        if counts:
            return sum(counts)
    return None


def _total(steps: Sequence[Step], count: Callable[[Step], Any]) -> Any:  # Any: numbers of a kind
    """Add what steps count where no step above them counts: an agent's sum is not added to its calls."""
    known = {step.span_id: step for step in steps}
    counted = {step.span_id for step in steps if count(step) is not None}

    def is_below_one(step: Step) -> bool:
        seen: set[str] = {step.span_id}
        while step.parent_id in known and step.parent_id not in seen:
            if step.parent_id in counted:
                return True
            seen.add(step.parent_id)
            step = known[step.parent_id]
        return False

    counts = [count(known[span_id]) for span_id in counted if not is_below_one(known[span_id])]
    return sum(counts) if counts else None


def _captured(value: Captured) -> str | None:
    if value is None:
        return None
    return _short(value if isinstance(value, str) else json_text(value))


def _read(value: Any) -> str | None:  # Any: JSON
    if value is None:
        return None
    return _short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _number(counts: Any, key: str) -> Any:  # Any: JSON
    number = cast("dict[str, Any]", counts).get(key) if isinstance(counts, dict) else None
    return number if isinstance(number, int | float) else None
