"""What spans are made of, as applications name it."""

import time
import traceback
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

_OPEN_TELEMETRY_NAMES = {"STATUS_CODE_OK": "OK", "STATUS_CODE_ERROR": "ERROR", "STATUS_CODE_UNSET": "UNSET"}


class SpanType:
    """The usual types of spans; any other text is one, too."""

    LLM = "LLM"
    CHAIN = "CHAIN"
    AGENT = "AGENT"
    TOOL = "TOOL"
    CHAT_MODEL = "CHAT_MODEL"
    RETRIEVER = "RETRIEVER"
    PARSER = "PARSER"
    EMBEDDING = "EMBEDDING"
    RERANKER = "RERANKER"
    MEMORY = "MEMORY"
    UNKNOWN = "UNKNOWN"
    WORKFLOW = "WORKFLOW"
    TASK = "TASK"
    GUARDRAIL = "GUARDRAIL"
    EVALUATOR = "EVALUATOR"


class SpanStatusCode(str, Enum):  # `StrEnum` came with Python 3.11
    """How a span ended."""

    UNSET = "UNSET"
    OK = "OK"
    ERROR = "ERROR"

    @classmethod
    def _missing_(cls, value: object) -> "SpanStatusCode | None":
        known = _OPEN_TELEMETRY_NAMES.get(str(value))
        return None if known is None else cls(known)


class SpanLogLevel(IntEnum):
    """How much a span matters to who looks at a trace."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    CRITICAL = 50


@dataclass(frozen=True)
class SpanStatus:
    """How a span ended, and why."""

    status_code: SpanStatusCode
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "status_code", SpanStatusCode(self.status_code))


@dataclass(frozen=True)
class SpanEvent:
    """Something that happened at one moment of a span."""

    name: str
    timestamp: int = field(default_factory=time.time_ns)
    """Unix time, nanoseconds."""
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def from_exception(cls, exception: BaseException) -> "SpanEvent":
        """Make the event that tells of an error."""
        return cls("exception", attributes=error_told(exception))


@dataclass(frozen=True)
class Link:
    """A span of another trace that has to do with this one."""

    trace_id: str
    span_id: str
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])


def error_told(error: BaseException) -> dict[str, Any]:
    """Tell an error as OpenTelemetry's conventions do."""
    return {
        "exception.message": str(error),
        "exception.type": type(error).__name__,
        "exception.stacktrace": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    }
