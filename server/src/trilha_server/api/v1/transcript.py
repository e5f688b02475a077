"""The conversation of a trace, of the native API."""

import threading
from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from trilha_server.analysis.steps import read_steps
from trilha_server.analysis.transcript import transcript
from trilha_server.api.lookups import existing_trace
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.large_answers import large_answer
from trilha_server.api.v1.traces import TracePath
from trilha_server.api.v1.transcript_models import TranscriptModel, WrittenTranscript

MAX_ITEMS = 1000
"""So many items in one answer."""

MAX_KEPT_BYTES = 32 << 20


class _Kept:
    """The long conversations that were read last, so that pages do not put theirs together again each time."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], WrittenTranscript] = {}
        self._lock = threading.Lock()

    def find(self, trace_id: str, change: int) -> WrittenTranscript | None:
        with self._lock:
            return self._kept.get((trace_id, change))

    def keep(self, trace_id: str, change: int, written: WrittenTranscript) -> None:
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if key[0] != trace_id}
            self._kept[trace_id, change] = written
            while len(self._kept) > 1 and sum(kept.size_bytes for kept in self._kept.values()) > MAX_KEPT_BYTES:
                del self._kept[next(iter(self._kept))]


def transcript_routes(services: Services) -> list[ModelRoute]:
    """List the route of transcripts."""
    reader = services.store.reader
    kept = _Kept()

    def read(
        request: Request,
        trace_id: TracePath,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_ITEMS)] = 200,
    ) -> Response:
        info = existing_trace(services, trace_id)
        written = kept.find(info.trace_id, info.change)
        if written is None:
            structure = reader.structure(info.trace_id)
            written = WrittenTranscript.of(transcript(structure, read_steps(reader, info.trace_id, structure)))
            if len(written.items) > limit:  # there will be more pages
                kept.keep(info.trace_id, info.change, written)
        return large_answer(request, written.part(offset, limit))

    return [
        ModelRoute(
            method="GET",
            path="/api/v1/traces/{trace_id}/transcript",
            permission=Permission.READ,
            handle=read,
            summary="The whole conversation of a trace",
            errors=(404,),
            answer=TranscriptModel,
        )
    ]
