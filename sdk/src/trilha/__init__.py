"""Trilha: production tracing for GenAI applications."""

from trilha import _finish, tracing
from trilha._current import (
    delete_trace_tag,
    get_active_trace_id,
    get_current_active_span,
    get_last_active_trace_id,
    set_trace_tag,
    update_current_trace,
)
from trilha._export import ending
from trilha._start import start_span, start_span_no_context
from trilha._trace import trace

__all__ = [
    "delete_trace_tag",
    "get_active_trace_id",
    "get_current_active_span",
    "get_last_active_trace_id",
    "set_trace_tag",
    "start_span",
    "start_span_no_context",
    "trace",
    "tracing",
    "update_current_trace",
]

ending.install()
_finish.install()
