"""Assessments in MLflow's JSON, both ways."""

import hashlib
import uuid
from typing import Any

import msgspec

from trilha_server.api.mlflow.times import parse_time_ms, time_text
from trilha_server.domain.assessment import Assessment, AssessmentError, AssessmentKind, SourceType
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import TraceId
from trilha_server.normalise.values import json_text

_JSON_FORMAT = "JSON_FORMAT"


class SourceJson(msgspec.Struct):
    """Who assessed."""

    source_type: str
    source_id: str | None = None


class FeedbackJson(msgspec.Struct):
    """The value of feedback, or why there is none."""

    value: Any = None  # Any: JSON
    error: AssessmentError | None = None


class SerializedValueJson(msgspec.Struct):
    """A value as text."""

    value: str
    serialization_format: str = _JSON_FORMAT


class ExpectationJson(msgspec.Struct):
    """What was expected."""

    value: Any = None  # Any: JSON
    serialized_value: SerializedValueJson | None = None


class IssueJson(msgspec.Struct):
    """An issue that the trace shows."""

    issue_name: str | None = None


class AssessmentJson(msgspec.Struct):
    """What a client sends."""

    assessment_name: str | None = None
    assessment_id: str | None = None
    span_id: str | None = None
    source: SourceJson | None = None
    create_time: str | int | None = None
    last_update_time: str | int | None = None
    feedback: FeedbackJson | None = None
    expectation: ExpectationJson | None = None
    issue: IssueJson | None = None
    rationale: str | None = None
    metadata: dict[str, str | None] = {}
    overrides: str | None = None
    valid: bool | None = None


def read_assessment_json(item: AssessmentJson, trace_id: TraceId, now_ms: int) -> Assessment:
    """Read a new assessment. Raises `InvalidInput`.

    The id follows from the content where the client names none, so that a request which is sent again changes nothing.
    """
    if not item.assessment_name:
        raise InvalidInput("missing value for required parameter 'assessment.assessment_name'")
    kind, value, error = _value(item)
    source = item.source or SourceJson("CODE", "default")
    return Assessment(
        assessment_id=item.assessment_id or _content_id(item, trace_id),
        trace_id=trace_id,
        name=item.assessment_name,
        kind=kind,
        value=value,
        error=error,
        source_type=read_source_type(source.source_type),
        source_id=source.source_id,
        rationale=item.rationale,
        metadata={key: text for key, text in item.metadata.items() if text is not None},
        span_id=item.span_id,
        create_time_ms=_time_ms(item.create_time, now_ms),
        update_time_ms=_time_ms(item.last_update_time, now_ms),
        overrides=item.overrides,
        valid=item.valid is not False,
    )


def new_assessment_id() -> str:
    """Make an id that nobody has."""
    return f"a-{uuid.uuid4().hex}"


def assessment_json(item: Assessment) -> dict[str, Any]:  # Any: JSON
    """Write an assessment as clients read it."""
    source = {"source_type": item.source_type.value, "source_id": item.source_id}
    written: dict[str, Any] = {
        "assessment_id": item.assessment_id,
        "assessment_name": item.name,
        "trace_id": item.trace_id,
        "source": {key: value for key, value in source.items() if value is not None},
        "create_time": time_text(item.create_time_ms),
        "last_update_time": time_text(item.update_time_ms),
        "valid": item.valid,
    }
    match item.kind:
        case AssessmentKind.FEEDBACK:
            feedback: dict[str, Any] = {"value": item.value}
            if item.error is not None:
                feedback["error"] = msgspec.to_builtins(item.error)
            written["feedback"] = feedback
        case AssessmentKind.EXPECTATION:
            written["expectation"] = _expectation(item.value)
        case AssessmentKind.ISSUE:
            written["issue"] = {"issue_name": item.value}
    optional = {
        "span_id": item.span_id,
        "rationale": item.rationale,
        "metadata": item.metadata or None,
        "overrides": item.overrides,
    }
    return written | {key: value for key, value in optional.items() if value is not None}


def read_source_type(text: str) -> SourceType:
    """Read who assessed, in any case of letters. Raises `InvalidInput`."""
    upper = text.upper()
    if upper == "AI_JUDGE":  # the former name
        return SourceType.LLM_JUDGE
    try:
        return SourceType(upper)
    except ValueError as error:
        raise InvalidInput("a source is HUMAN, LLM_JUDGE or CODE", source_type=text[:80]) from error


def read_expectation(expectation: ExpectationJson) -> Any:  # Any: JSON
    """Read what was expected, plain or as text. Raises `InvalidInput`."""
    serialized = expectation.serialized_value
    if serialized is None:
        return expectation.value
    try:
        return msgspec.json.decode(serialized.value)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput("the expectation's serialized value is not JSON") from error


def _value(item: AssessmentJson) -> tuple[AssessmentKind, Any, AssessmentError | None]:
    if item.feedback is not None:
        return AssessmentKind.FEEDBACK, item.feedback.value, item.feedback.error
    if item.expectation is not None:
        return AssessmentKind.EXPECTATION, read_expectation(item.expectation), None
    if item.issue is not None:
        return AssessmentKind.ISSUE, item.issue.issue_name, None
    raise InvalidInput("an assessment needs 'feedback' or 'expectation'")


def _expectation(value: Any) -> dict[str, Any]:  # Any: JSON
    if isinstance(value, dict | list):
        return {"serialized_value": {"serialization_format": _JSON_FORMAT, "value": json_text(value)}}  # pyright: ignore[reportUnknownArgumentType]
    return {"value": value}


def _content_id(item: AssessmentJson, trace_id: TraceId) -> str:
    content = msgspec.json.encode([trace_id, item], order="sorted")
    return f"a-{hashlib.blake2b(content, digest_size=16).hexdigest()}"


def _time_ms(value: str | int | None, now_ms: int) -> int:
    return now_ms if value is None else parse_time_ms(value)
