"""What people, judges and code say of traces."""

import traceback
from dataclasses import dataclass, field
from typing import Any

from trilha.entities._times import time_ms, time_text
from trilha.exceptions import InvalidInput

_Json = dict[str, Any]  # Any: JSON
Value = Any  # what JSON can hold


class AssessmentSourceType:
    """Who may say something of a trace."""

    HUMAN = "HUMAN"
    LLM_JUDGE = "LLM_JUDGE"
    AI_JUDGE = "LLM_JUDGE"
    """The former name."""
    CODE = "CODE"
    SOURCE_TYPE_UNSPECIFIED = "SOURCE_TYPE_UNSPECIFIED"

    @staticmethod
    def known(text: str) -> str:
        """Return the type that a text means, whatever the case of its letters. Raises `InvalidInput`."""
        known = _SOURCE_TYPES.get(str(text).upper())
        if known is None:
            raise InvalidInput(f"a source is HUMAN, LLM_JUDGE or CODE, not {str(text)[:80]!r}")
        return known


_SOURCE_TYPES = {
    "HUMAN": "HUMAN",
    "LLM_JUDGE": "LLM_JUDGE",
    "AI_JUDGE": "LLM_JUDGE",
    "CODE": "CODE",
    "SOURCE_TYPE_UNSPECIFIED": "SOURCE_TYPE_UNSPECIFIED",
}


@dataclass
class AssessmentSource:
    """Who says it."""

    source_type: str
    source_id: str | None = "default"

    def __post_init__(self) -> None:
        self.source_type = AssessmentSourceType.known(self.source_type)

    def to_dictionary(self) -> _Json:
        """Write it as JSON."""
        written = {"source_type": self.source_type, "source_id": self.source_id}
        return {key: text for key, text in written.items() if text is not None}


@dataclass
class AssessmentError:
    """Why a judge has nothing to say."""

    error_code: str
    error_message: str | None = None
    stack_trace: str | None = None

    @classmethod
    def of(cls, error: "AssessmentError | BaseException | str") -> "AssessmentError":
        """Make it of whatever went wrong."""
        if isinstance(error, AssessmentError):
            return error
        if isinstance(error, BaseException):
            stack = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            return cls(type(error).__name__, str(error), stack)
        return cls("ASSESSMENT_ERROR", error)


@dataclass
class FeedbackValue:
    """What feedback says, or why it says nothing."""

    value: Value
    error: AssessmentError | None = None


@dataclass
class ExpectationValue:
    """What should have come out."""

    value: Value


@dataclass
class Assessment:
    """Something said of a trace."""

    name: str
    source: AssessmentSource = field(default_factory=lambda: AssessmentSource(AssessmentSourceType.CODE))
    trace_id: str | None = None
    value: Value = None
    error: AssessmentError | None = None
    rationale: str | None = None
    metadata: dict[str, str] | None = None
    span_id: str | None = None
    create_time_ms: int | None = None
    last_update_time_ms: int | None = None
    assessment_id: str | None = None
    overrides: str | None = None
    """The id of the assessment that this one stands for."""
    valid: bool = True
    """Whether no other one stands for it."""

    @property
    def feedback(self) -> FeedbackValue | None:
        """What it says, if it is feedback."""
        return None

    @property
    def expectation(self) -> ExpectationValue | None:
        """What it expects, if it is an expectation."""
        return None

    def to_dictionary(self) -> _Json:
        """Write it as JSON."""
        written: _Json = {
            "assessment_id": self.assessment_id,
            "assessment_name": self.name,
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "source": self.source.to_dictionary(),
            "create_time": None if self.create_time_ms is None else time_text(self.create_time_ms),
            "last_update_time": None if self.last_update_time_ms is None else time_text(self.last_update_time_ms),
            "rationale": self.rationale,
            "metadata": self.metadata or None,
            "overrides": self.overrides,
        }
        return {key: value for key, value in written.items() if value is not None}

    @staticmethod
    def from_dictionary(written: _Json) -> "Assessment":
        """Read what a server, or `to_dictionary`, has written."""
        source: _Json = written.get("source") or {}
        known: _Json = {
            "name": written.get("assessment_name", ""),
            "source": AssessmentSource(source.get("source_type", "SOURCE_TYPE_UNSPECIFIED"), source.get("source_id")),
            "trace_id": written.get("trace_id"),
            "span_id": written.get("span_id"),
            "assessment_id": written.get("assessment_id"),
            "create_time_ms": time_ms(written.get("create_time")),
            "last_update_time_ms": time_ms(written.get("last_update_time")),
            "rationale": written.get("rationale"),
            "metadata": written.get("metadata"),
            "overrides": written.get("overrides"),
            "valid": written.get("valid", True),
        }
        if "feedback" in written:
            feedback = written["feedback"]
            error = feedback.get("error")
            told = None if error is None else AssessmentError(**error)
            return Feedback(**known, value=feedback.get("value"), error=told)
        if "expectation" in written:
            return Expectation(**known, value=_expected(written["expectation"]))
        issue: _Json = written.get("issue") or {}
        return Assessment(**known, value=issue.get("issue_name"))


@dataclass(init=False)
class Feedback(Assessment):
    """How good a trace, or one of its steps, was."""

    def __init__(
        self,
        name: str = "feedback",
        value: Value = None,
        error: AssessmentError | BaseException | str | None = None,
        source: AssessmentSource | None = None,
        **rest: Any,  # Any: the other fields
    ) -> None:
        super().__init__(name, source or AssessmentSource(AssessmentSourceType.CODE), **rest)
        if value is None and error is None:
            raise InvalidInput("feedback needs a value or an error")
        self.value = value
        self.error = None if error is None else AssessmentError.of(error)

    @property
    def error_code(self) -> str | None:
        """What kind of error kept a judge from saying anything."""
        return None if self.error is None else self.error.error_code

    @property
    def error_message(self) -> str | None:
        """What that error said."""
        return None if self.error is None else self.error.error_message

    @property
    def feedback(self) -> FeedbackValue:
        """What it says."""
        return FeedbackValue(self.value, self.error)

    def to_dictionary(self) -> _Json:
        """Write it as JSON."""
        told: _Json = {"value": self.value}
        if self.error is not None:
            told["error"] = {key: text for key, text in vars(self.error).items() if text is not None}
        return {**super().to_dictionary(), "feedback": told, "valid": self.valid}


@dataclass(init=False)
class Expectation(Assessment):
    """What should have come out."""

    def __init__(self, name: str, value: Value, source: AssessmentSource | None = None, **rest: Any) -> None:
        super().__init__(name, source or AssessmentSource(AssessmentSourceType.HUMAN), **rest)
        if value is None:
            raise InvalidInput("an expectation needs a value")
        self.value = value

    @property
    def expectation(self) -> ExpectationValue:
        """What it expects."""
        return ExpectationValue(self.value)

    def to_dictionary(self) -> _Json:
        """Write it as JSON."""
        return {**super().to_dictionary(), "expectation": {"value": self.value}}


def _expected(written: _Json) -> Value:
    serialized = written.get("serialized_value")
    if serialized is None:
        return written.get("value")
    import json  # noqa: PLC0415  # needed for structures alone

    return json.loads(serialized["value"])
