"""An assessment: feedback on a trace, or what was expected of it."""

from enum import StrEnum
from typing import Any

import msgspec

from trilha_server.domain.ids import TraceId


class AssessmentKind(StrEnum):
    """What an assessment says."""

    FEEDBACK = "feedback"
    EXPECTATION = "expectation"
    ISSUE = "issue"


class SourceType(StrEnum):
    """Who assessed."""

    HUMAN = "HUMAN"
    LLM_JUDGE = "LLM_JUDGE"
    CODE = "CODE"
    UNSPECIFIED = "SOURCE_TYPE_UNSPECIFIED"


class AssessmentError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an assessment has no value."""

    error_code: str
    error_message: str | None = None
    stack_trace: str | None = None


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """One judgement about one trace or one of its spans."""

    assessment_id: str
    """`a-` and 32 hex digits."""
    trace_id: TraceId
    name: str
    kind: AssessmentKind
    value: Any
    """Any JSON value; of an issue, its name."""  # Any: the application decides
    error: AssessmentError | None = None
    source_type: SourceType = SourceType.CODE
    source_id: str | None = None
    rationale: str | None = None
    metadata: dict[str, str] = {}
    span_id: str | None = None
    """16 hex digits; `None` for the whole trace."""
    create_time_ms: int
    """Unix time."""
    update_time_ms: int
    """Unix time."""
    overrides: str | None = None
    """The assessment that this one replaces."""
    valid: bool = True
    """False once another assessment overrides this one."""
