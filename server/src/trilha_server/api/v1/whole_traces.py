"""What goes through all spans of a trace, of the native API: finding a text, and the spans as they were sent."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from fastapi import Query

from trilha_server.api.lookups import existing_trace
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.large_answers import Download
from trilha_server.api.v1.span_models import FoundSpan, FoundSpans
from trilha_server.api.v1.traces import TracePath
from trilha_server.domain.ids import TraceId
from trilha_server.normalise.otlp_writing import resource_spans
from trilha_server.ports import TraceReader
from trilha_server.search.finding import find_text

MAX_FOUND = 1000
"""A text is found in so many spans at once."""


def whole_trace_routes(services: Services) -> list[ModelRoute]:
    """List the routes."""
    reader = services.store.reader

    def find(
        trace_id: TracePath,
        text: Annotated[str, Query(min_length=1, max_length=1000)],
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_FOUND)] = MAX_FOUND,
    ) -> FoundSpans:
        info = existing_trace(services, trace_id)
        found = find_text(reader, info.trace_id, text, offset, limit)
        return FoundSpans(
            spans=[FoundSpan(span_id=span_id.hex(), where=where) for span_id, where in found.spans],
            searched_spans=found.searched,
            is_complete=found.next_offset is None,
            next_offset=found.next_offset,
        )

    def raw(trace_id: TracePath) -> Download:
        info = existing_trace(services, trace_id)
        return Download(_otlp_json(reader, info.trace_id), media_type="application/json")

    one = "/api/v1/traces/{trace_id}"
    return [
        ModelRoute(
            method="GET",
            path=f"{one}/find",
            permission=Permission.READ,
            handle=find,
            summary="Find a text in the spans of a trace",
            errors=(404,),
        ),
        ModelRoute(
            method="GET",
            path=f"{one}/raw",
            permission=Permission.READ,
            handle=raw,
            summary="All spans of a trace as OTLP in JSON",
            errors=(404,),
        ),
    ]


def _otlp_json(reader: TraceReader, trace_id: TraceId) -> Iterator[bytes]:
    """Write an `ExportTraceServiceRequest`, some spans at a time."""
    yield b'{"resourceSpans":['
    separator = b""
    for facts, encoded in reader.encoded_spans(trace_id):
        for one in resource_spans(trace_id, facts, encoded):
            yield separator + msgspec.json.encode(one)
            separator = b","
    yield b"]}"
