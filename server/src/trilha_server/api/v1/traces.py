"""Traces of the native API."""

from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.lookups import existing_trace, search_page
from trilha_server.api.mlflow.assessment_json import new_assessment_id
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.trace_deletion import delete_traces
from trilha_server.api.v1.large_answers import large_answer
from trilha_server.api.v1.models import (
    AssessmentModel,
    ChangesModel,
    DeletionModel,
    ExperimentIdText,
    NewAssessment,
    SpanIdText,
    TagEdit,
    TraceIdText,
    TraceModel,
    TracePageModel,
    TraceSearch,
)
from trilha_server.api.v1.named_traces import trace_models
from trilha_server.api.v1.span_models import SpanColumns, SpanModel, TraceStructure
from trilha_server.domain.assessment import Assessment, AssessmentKind, SourceType
from trilha_server.domain.batch import TagsEdited
from trilha_server.domain.ids import SpanId, TraceId, parse_experiment_id

WINDOW_SPANS = 10_000
"""A trace with more spans is read in windows."""

MAX_SPANS = 100
"""Payloads of so many spans in one request."""

TracePath = Annotated[TraceIdText, Path()]


def trace_routes(services: Services) -> list[ModelRoute]:  # a list of small handlers
    """List the routes of traces."""
    store = services.store

    def search(request: TraceSearch) -> TracePageModel:
        page = search_page(services, request.experiment_ids, request)
        return TracePageModel.model_construct(
            traces=trace_models(store.versions, page.traces), next_page_token=page.next_page_token
        )

    def structure(
        request: Request,
        trace_id: TracePath,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=WINDOW_SPANS)] = WINDOW_SPANS,
    ) -> Response:
        info = existing_trace(services, trace_id)
        window = store.reader.window(info.trace_id, offset, limit)
        end = offset + limit
        answer = TraceStructure.model_construct(
            trace=trace_models(store.versions, [info])[0],
            assessments=[
                AssessmentModel.of(item) for item in store.assessments.of_traces([info.trace_id]).get(info.trace_id, [])
            ],
            start_ns=window.start_ns,
            total_spans=window.total,
            offset=offset,
            spans=SpanColumns.of(window.spans, window.start_ns),
            next_offset=end if end < window.total else None,
        )
        return large_answer(request, answer.model_dump_json().encode())

    def spans(
        trace_id: TracePath,
        id: Annotated[list[SpanIdText], Query(min_length=1, max_length=MAX_SPANS)],  # noqa: A002  # the query's name
    ) -> list[SpanModel]:
        info = existing_trace(services, trace_id)
        wanted = [SpanId(bytes.fromhex(text)) for text in id]
        return [SpanModel.of(info.trace_id, span) for span in store.reader.spans(info.trace_id, wanted)]

    def edit_tags(trace_id: TracePath, edit: TagEdit) -> TraceModel:
        info = existing_trace(services, trace_id)
        if edit.tags:
            store.writer.write([TagsEdited(trace_id=info.trace_id, tags=edit.tags)])
        return trace_models(store.versions, [existing_trace(services, trace_id)])[0]

    def delete(trace_id: TracePath) -> None:
        info = existing_trace(services, trace_id)
        delete_traces(services, info.experiment_id, [info.trace_id])

    def assess(trace_id: TracePath, new: NewAssessment) -> AssessmentModel:
        info = existing_trace(services, trace_id)
        item = _assessment(new, info.trace_id, services.clock.now_ms())
        store.assessments.put_assessment(item)
        return AssessmentModel.of(item)

    def forget_assessment(trace_id: TracePath, assessment_id: Annotated[str, Path(max_length=100)]) -> None:
        info = existing_trace(services, trace_id)
        store.assessments.get_assessment(info.trace_id, assessment_id)
        store.assessments.delete_assessment(info.trace_id, assessment_id)

    def changes(
        since: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        experiment_id: Annotated[list[ExperimentIdText] | None, Query()] = None,
    ) -> ChangesModel:
        ids = None if experiment_id is None else [parse_experiment_id(text) for text in experiment_id]
        found = store.reader.changes_since(since, limit, ids)
        return ChangesModel(
            traces=trace_models(store.versions, found.traces),
            deletions=[
                DeletionModel(trace_id=item.trace_id, experiment_id=str(item.experiment_id), change=item.change)
                for item in found.deletions
            ],
            last_change=found.last_change,
        )

    one = "/api/v1/traces/{trace_id}"
    read, write, manage = Permission.READ, Permission.WRITE, Permission.MANAGE
    return [
        ModelRoute(
            method="POST",
            path="/api/v1/traces/search",
            permission=read,
            handle=search,
            summary="Find traces",
            errors=(400,),
        ),
        ModelRoute(
            method="GET", path="/api/v1/traces/changes", permission=read, handle=changes, summary="What changed since"
        ),
        ModelRoute(
            method="GET",
            path=one,
            permission=read,
            handle=structure,
            summary="A trace and the outline of its spans",
            errors=(404,),
            answer=TraceStructure,
        ),
        ModelRoute(
            method="GET", path=f"{one}/spans", permission=read, handle=spans, summary="Whole spans", errors=(404,)
        ),
        ModelRoute(
            method="PATCH", path=f"{one}/tags", permission=write, handle=edit_tags, summary="Set tags", errors=(404,)
        ),
        ModelRoute(
            method="DELETE", path=one, permission=manage, handle=delete, summary="Delete a trace", errors=(404,)
        ),
        ModelRoute(
            method="POST",
            path=f"{one}/assessments",
            permission=write,
            handle=assess,
            summary="Assess a trace",
            errors=(404,),
        ),
        ModelRoute(
            method="DELETE",
            path=f"{one}/assessments/{{assessment_id}}",
            permission=write,
            handle=forget_assessment,
            summary="Delete an assessment",
            errors=(404,),
        ),
    ]


def _assessment(new: NewAssessment, trace_id: TraceId, now_ms: int) -> Assessment:
    return Assessment(
        assessment_id=new_assessment_id(),
        trace_id=trace_id,
        name=new.name,
        kind=AssessmentKind(new.kind),
        value=new.value,
        source_type=SourceType(new.source_type),
        source_id=new.source_id,
        rationale=new.rationale,
        metadata=new.metadata,
        span_id=new.span_id,
        create_time_ms=now_ms,
        update_time_ms=now_ms,
        overrides=new.overrides,
    )
