"""Identifiers of traces, spans and experiments."""

import re
from typing import NewType

from trilha_server.domain.errors import InvalidInput

TraceId = NewType("TraceId", str)
"""`tr-` and the 32 lower-case hex digits of the OpenTelemetry trace id."""

SpanId = NewType("SpanId", bytes)
"""The 8 bytes of the OpenTelemetry span id."""

ExperimentId = NewType("ExperimentId", int)
"""0 is the default experiment. Clients see it as a decimal string."""

DEFAULT_EXPERIMENT_ID = ExperimentId(0)

_TRACE_ID = re.compile(r"tr-[0-9a-f]{32}")


def parse_trace_id(text: str) -> TraceId:
    """Read a trace id as clients write it. Raises `InvalidInput`."""
    if _TRACE_ID.fullmatch(text) is None:
        raise InvalidInput("a trace id is 'tr-' and 32 lower-case hex digits", trace_id=text[:80])
    return TraceId(text)


def trace_id_of(otel_trace_id: bytes) -> TraceId:
    """Write the 16 bytes of an OpenTelemetry trace id as clients know it."""
    return TraceId("tr-" + otel_trace_id.hex())


def otel_trace_id(trace_id: TraceId) -> bytes:
    """Read the 16 bytes of the OpenTelemetry trace id back."""
    return bytes.fromhex(trace_id[3:])


def parse_experiment_id(text: str) -> ExperimentId:
    """Read an experiment id as clients write it. Raises `InvalidInput`."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput("an experiment id is a whole number", experiment_id=text[:80])
    return ExperimentId(int(text))
