"""Assessments of traces."""

from typing import Any

import msgspec

from trilha_server.api.lookups import known_trace_id
from trilha_server.api.mlflow.assessment_json import (
    AssessmentJson,
    assessment_json,
    new_assessment_id,
    read_assessment_json,
    read_expectation,
    read_source_type,
)
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.errors import InvalidInput

_Json = dict[str, Any]  # Any: JSON


class Create(msgspec.Struct):
    """Assess a trace."""

    trace_id: str
    assessment: AssessmentJson


class ByIds(msgspec.Struct):
    """Name an assessment."""

    trace_id: str
    assessment_id: str


class Update(msgspec.Struct):
    """Change the named fields of an assessment."""

    trace_id: str
    assessment_id: str
    assessment: AssessmentJson
    update_mask: str = ""


def create(services: Services, request: Create) -> _Json:
    """Keep a new assessment."""
    trace_id = known_trace_id(request.trace_id)
    item = read_assessment_json(request.assessment, trace_id, services.clock.now_ms())
    if request.assessment.create_time is None:  # nothing tells a second like it from the first sent again
        item = msgspec.structs.replace(item, assessment_id=new_assessment_id())
    services.store.assessments.put_assessment(item)
    return {"assessment": assessment_json(item)}


def get(services: Services, request: ByIds) -> _Json:
    """Read an assessment."""
    found = services.store.assessments.get_assessment(known_trace_id(request.trace_id), request.assessment_id)
    return {"assessment": assessment_json(found)}


def update(services: Services, request: Update) -> _Json:
    """Change an assessment."""
    kept = services.store.assessments.get_assessment(known_trace_id(request.trace_id), request.assessment_id)
    fields = {_snake(field) for field in request.update_mask.split(",") if field.strip()}
    changed = _changed(kept, request.assessment, fields)
    changed = msgspec.structs.replace(changed, update_time_ms=services.clock.now_ms(), overrides=kept.overrides)
    services.store.assessments.put_assessment(changed)
    return {"assessment": assessment_json(changed)}


def delete(services: Services, request: ByIds) -> Empty:
    """Forget an assessment."""
    services.store.assessments.delete_assessment(known_trace_id(request.trace_id), request.assessment_id)
    return Empty()


def _changed(kept: Assessment, item: AssessmentJson, fields: set[str]) -> Assessment:
    if "feedback" in fields and item.feedback is not None:
        if kept.kind is not AssessmentKind.FEEDBACK:
            raise InvalidInput("cannot update the feedback value of an expectation")
        kept = msgspec.structs.replace(kept, value=item.feedback.value, error=item.feedback.error)
    if "expectation" in fields and item.expectation is not None:
        if kept.kind is not AssessmentKind.EXPECTATION:
            raise InvalidInput("cannot update the expectation value of feedback")
        kept = msgspec.structs.replace(kept, value=read_expectation(item.expectation))
    if "assessment_name" in fields and item.assessment_name:
        kept = msgspec.structs.replace(kept, name=item.assessment_name)
    if "rationale" in fields:
        kept = msgspec.structs.replace(kept, rationale=item.rationale)
    if "metadata" in fields:
        added = {key: text for key, text in item.metadata.items() if text is not None}
        kept = msgspec.structs.replace(kept, metadata=kept.metadata | added)
    if "source" in fields and item.source is not None:
        source_type = read_source_type(item.source.source_type)
        kept = msgspec.structs.replace(kept, source_type=source_type, source_id=item.source.source_id)
    if "valid" in fields and item.valid is not None:
        kept = msgspec.structs.replace(kept, valid=item.valid)
    return kept


def _snake(field: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field.strip())


_BASE = "/api/3.0/mlflow/traces/{trace_id}/assessments"
_ONE = f"{_BASE}/{{assessment_id}}"

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="POST", path=_BASE, permission=Permission.WRITE, request=Create, handle=create),
    MlflowRoute(method="GET", path=_ONE, permission=Permission.READ, request=ByIds, handle=get),
    MlflowRoute(method="PATCH", path=_ONE, permission=Permission.WRITE, request=Update, handle=update),
    MlflowRoute(method="DELETE", path=_ONE, permission=Permission.WRITE, request=ByIds, handle=delete),
]
