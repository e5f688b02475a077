"""What people, judges and code say of traces, told to the server."""

import time
from collections.abc import Mapping
from typing import Any

from trilha._client import later
from trilha._client.flushing import send_first
from trilha._client.http import V3, Json, connection
from trilha._current import is_kept
from trilha._settings import settings
from trilha.entities._assessments import (
    Assessment,
    AssessmentError,
    AssessmentSource,
    Expectation,
    Feedback,
    Value,
)
from trilha.exceptions import InvalidInput, NotFound

_UPDATABLE = {"name": "assessmentName", "rationale": "rationale", "metadata": "metadata"}


def log_feedback(  # noqa: PLR0913  # as MLflow has them
    *,
    trace_id: str | None,
    name: str = "feedback",
    value: Value = None,
    source: AssessmentSource | None = None,
    error: AssessmentError | BaseException | str | None = None,
    rationale: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    span_id: str | None = None,
) -> Feedback:
    """Say how good a trace, or one of its steps, was. Raises `NotFound` without the trace."""
    said = Feedback(
        name, value, error, source, rationale=rationale, metadata=_texts(metadata), trace_id=trace_id, span_id=span_id
    )
    return _put(trace_id, said)


def log_expectation(
    *,
    trace_id: str | None,
    name: str,
    value: Value,
    source: AssessmentSource | None = None,
    metadata: Mapping[str, Any] | None = None,
    span_id: str | None = None,
) -> Expectation:
    """Say what should have come out. Raises `NotFound` without the trace."""
    return _put(
        trace_id, Expectation(name, value, source, metadata=_texts(metadata), trace_id=trace_id, span_id=span_id)
    )


def log_assessment(trace_id: str | None, assessment: Assessment) -> Assessment:
    """Keep an assessment. Raises `NotFound` without the trace."""
    return _put(trace_id, assessment)


def get_assessment(trace_id: str, assessment_id: str) -> Assessment:
    """Read an assessment. Raises `NotFound`."""
    return Assessment.from_dictionary(connection().call("GET", _one(trace_id, assessment_id))["assessment"])


def update_assessment(trace_id: str | None, assessment_id: str, assessment: Assessment) -> Assessment:
    """Change what an assessment says. Raises `NotFound`."""
    if not is_kept(trace_id):
        return assessment
    written = assessment.to_dictionary()
    fields = [field for name, field in _UPDATABLE.items() if getattr(assessment, name) is not None]
    fields += [kind for kind in ("feedback", "expectation") if kind in written]
    ids = {"trace_id": trace_id, "assessment_id": assessment_id}
    body = {**ids, "assessment": written, "update_mask": ",".join(fields)}
    answer = connection().call("PATCH", _one(trace_id, assessment_id), body=body, is_safe=True)
    return Assessment.from_dictionary(answer["assessment"])


def delete_assessment(trace_id: str | None, assessment_id: str) -> None:
    """Forget an assessment."""
    if not is_kept(trace_id):
        return
    body = {"trace_id": trace_id, "assessment_id": assessment_id}
    connection().call("DELETE", _one(trace_id, assessment_id), body=body)


def override_feedback(
    *,
    trace_id: str | None,
    assessment_id: str,
    value: Value,
    rationale: str | None = None,
    source: AssessmentSource | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Feedback:
    """Put other feedback in the place of one, which stays as no longer valid. Raises `NotFound`."""
    said = Feedback(
        value=value,
        source=source,
        rationale=rationale,
        metadata=_texts(metadata),
        trace_id=trace_id,
        overrides=assessment_id,
    )
    if not is_kept(trace_id):
        return said
    former = get_assessment(trace_id, assessment_id)
    if not isinstance(former, Feedback):
        raise InvalidInput("only feedback can be overridden")
    said.name, said.span_id = former.name, former.span_id
    return _put(trace_id, said)


def _put(trace_id: str | None, said: Any) -> Any:  # Any: any kind of assessment, returned as the same kind
    """Send an assessment, or keep it until its trace has ended where that is going on here."""
    if not is_kept(trace_id) or not settings().is_enabled:
        return said
    # The time makes the server give the same id to the same words sent again, so that trying again adds nothing.
    now_ms = time.time_ns() // 1_000_000
    dated = _dated(said, said.create_time_ms or now_ms, now_ms)
    if later.when_ended(trace_id, lambda: _send(trace_id, dated)):
        return dated
    try:
        return _send(trace_id, dated)
    except NotFound:  # it may have ended here a moment ago
        send_first(wanted=True)
        return _send(trace_id, dated)


def _send(trace_id: str, dated: Assessment) -> Assessment:
    body: Json = {"trace_id": trace_id, "assessment": {**dated.to_dictionary(), "trace_id": trace_id}}
    answer = connection().call("POST", f"{V3}/traces/{trace_id}/assessments", body=body, is_safe=True)
    return Assessment.from_dictionary(answer["assessment"])


def _dated(said: Assessment, create_time_ms: int, update_time_ms: int) -> Assessment:
    """Return the same words with other times."""
    known = {key: value for key, value in vars(said).items() if key not in ("create_time_ms", "last_update_time_ms")}
    return type(said)(**known, create_time_ms=create_time_ms, last_update_time_ms=update_time_ms)


def _one(trace_id: str, assessment_id: str) -> str:
    return f"{V3}/traces/{trace_id}/assessments/{assessment_id}"


def _texts(metadata: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if not metadata else {str(key): str(value) for key, value in metadata.items()}
