"""All traces that a filter finds, as one download."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from fastapi import Query
from starlette.responses import Response

from trilha_server.analysis.profiles import within
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.figure_models import TimeMs
from trilha_server.api.v1.large_answers import Download
from trilha_server.api.v1.models import AssessmentModel, ExperimentIdText, Model, TraceModel
from trilha_server.api.v1.named_traces import trace_models
from trilha_server.api.v1.span_models import SpanModel
from trilha_server.domain.assessment import Assessment
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.figures import FiguresQuery
from trilha_server.domain.ids import TraceId, parse_experiment_id
from trilha_server.ports import Store, TracePage, TraceQuery
from trilha_server.search.parse import parse_filter

PAGE_TRACES = 200
PIECE_BYTES = 64 * 1024
"""Spans are sent in pieces of about this size: no trace needs to fit into memory."""

JSONL = "application/x-ndjson"
CSV = "text/csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run a cell that begins so, whatever it is quoted with (OWASP, CSV injection)."""


def export_routes(services: Services) -> list[ModelRoute]:
    """List the routes of exports."""
    store = services.store

    def export(
        *,
        experiment_id: Annotated[list[ExperimentIdText], Query(min_length=1, max_length=100)],
        filter: Annotated[str, Query(max_length=16_384)] = "",  # noqa: A002  # the query's name
        start_ms: Annotated[TimeMs | None, Query(description="From this time on.")] = None,
        end_ms: Annotated[TimeMs | None, Query(description="To before this time.")] = None,
        format: Annotated[Literal["jsonl", "csv"], Query()] = "jsonl",  # noqa: A002  # the query's name
        spans: Annotated[bool, Query(description="With whole spans; only in JSON lines.")] = False,
    ) -> Response:
        if spans and format == "csv":
            raise InvalidInput("a table of traces has no place for spans: ask for format=jsonl, or for spans=false")
        asked = FiguresQuery(
            experiment_ids=tuple(parse_experiment_id(text) for text in experiment_id),
            filter=parse_filter(filter),
            start_ms=start_ms,
            end_ms=end_ms,
        )
        query = TraceQuery(experiment_ids=asked.experiment_ids, filter=within(asked), limit=PAGE_TRACES)
        pages = _pages(store, query, store.reader.search(query))  # the first here, where its failure has an answer
        name = f"traces-{experiment_id[0]}-{_day(services.clock.now_ms())}.{format}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        if format == "csv":
            return Download(_rows(store, pages), headers=headers, media_type=CSV)
        return Download(_in_pieces(_lines(store, pages, with_spans=spans)), headers=headers, media_type=JSONL)

    return [
        ModelRoute(
            method="GET",
            path="/api/v1/traces/export",
            permission=Permission.READ,
            handle=export,
            summary="All traces that a filter finds, as a file",
            media_types=(JSONL, CSV),
        )
    ]


def _pages(store: Store, query: TraceQuery, page: TracePage) -> Iterator[list[TraceModel]]:
    while True:
        yield trace_models(store.versions, page.traces)
        if page.next_page_token is None:
            return
        page = store.reader.search(msgspec.structs.replace(query, page_token=page.next_page_token))


def _lines(store: Store, pages: Iterator[list[TraceModel]], *, with_spans: bool) -> Iterator[bytes]:
    """Write a JSON object a line: a trace, its assessments, and its spans."""
    for traces in pages:
        assessments = store.assessments.of_traces([TraceId(trace.trace_id) for trace in traces])
        for trace in traces:
            said = (AssessmentModel.of(item) for item in assessments.get(TraceId(trace.trace_id), []))
            yield b'%s,"assessments":[%s]' % (_json(trace)[:-1], b",".join(map(_json, said)))
            if with_spans:
                yield b',"spans":['
                for number, span in enumerate(store.reader.spans(TraceId(trace.trace_id))):
                    yield (b"," if number else b"") + _json(SpanModel.of(trace.trace_id, span))
                yield b"]"
            yield b"}\n"


def _in_pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Put what is small together: each piece that is sent has a price of its own."""
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _json(model: Model) -> bytes:
    return model.model_dump_json().encode()


_Cell = str | int | float | None

_COLUMNS: Mapping[str, Callable[[TraceModel], _Cell]] = {
    "trace_id": lambda trace: trace.trace_id,
    "experiment_id": lambda trace: trace.experiment_id,
    "time": lambda trace: datetime.fromtimestamp(trace.request_time_ms / 1000, UTC).isoformat(timespec="milliseconds"),
    "request_time_ms": lambda trace: trace.request_time_ms,
    "duration_ms": lambda trace: trace.duration_ms,
    "state": lambda trace: trace.state,
    "name": lambda trace: trace.name,
    "session": lambda trace: trace.session,
    "user": lambda trace: trace.user,
    "version": lambda trace: trace.version,
    "version_name": lambda trace: trace.version_name,
    "request_preview": lambda trace: trace.request_preview,
    "response_preview": lambda trace: trace.response_preview,
    "span_count": lambda trace: trace.span_count,
    "input_tokens": lambda trace: None if trace.usage is None else trace.usage.input_tokens,
    "output_tokens": lambda trace: None if trace.usage is None else trace.usage.output_tokens,
    "total_tokens": lambda trace: None if trace.usage is None else trace.usage.total_tokens,
    "cost_usd": lambda trace: None if trace.cost is None else trace.cost.total_usd,
    "client_request_id": lambda trace: trace.client_request_id,
    "tags": lambda trace: msgspec.json.encode(trace.tags).decode(),
    "metadata": lambda trace: msgspec.json.encode(trace.metadata).decode(),
}


def _rows(store: Store, pages: Iterator[list[TraceModel]]) -> Iterator[bytes]:
    """Write a table with a row a trace; what was said of it is one cell of JSON, since names differ by trace."""
    yield _written([[*_COLUMNS, "assessments"]])
    for traces in pages:
        assessments = store.assessments.of_traces([TraceId(trace.trace_id) for trace in traces])
        yield _written(
            [*(read(trace) for read in _COLUMNS.values()), _values(assessments.get(TraceId(trace.trace_id), []))]
            for trace in traces
        )


def _values(assessments: Sequence[Assessment]) -> str:
    """Write what stands, by name; the newest where several of one name do."""
    return msgspec.json.encode({item.name: item.value for item in assessments if item.valid}).decode()


def _written(rows: Iterable[Sequence[_Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _harmless(cell: _Cell) -> _Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _day(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d}"
