"""What traces, versions and feedback are, as applications read and write them."""

from trilha._noop import NoOpSpan
from trilha._span import Span as LiveSpan
from trilha._span_parts import Link, SpanEvent, SpanLogLevel, SpanStatus, SpanStatusCode, SpanType
from trilha.entities._assessments import (
    Assessment,
    AssessmentError,
    AssessmentSource,
    AssessmentSourceType,
    Expectation,
    ExpectationValue,
    Feedback,
    FeedbackValue,
)
from trilha.entities._catalog import (
    Document,
    Experiment,
    ExperimentTag,
    LoggedModel,
    LoggedModelStatus,
    Session,
    ViewType,
)
from trilha.entities._prompts import Prompt, PromptModelConfig, PromptVersion
from trilha.entities._spans import Span
from trilha.entities._traces import (
    MlflowExperimentLocation,
    Trace,
    TraceData,
    TraceInfo,
    TraceLocation,
    TraceLocationType,
    TraceState,
)

__all__ = [
    "Assessment",
    "AssessmentError",
    "AssessmentSource",
    "AssessmentSourceType",
    "Document",
    "Expectation",
    "ExpectationValue",
    "Experiment",
    "ExperimentTag",
    "Feedback",
    "FeedbackValue",
    "Link",
    "LiveSpan",
    "LoggedModel",
    "LoggedModelStatus",
    "MlflowExperimentLocation",
    "NoOpSpan",
    "Prompt",
    "PromptModelConfig",
    "PromptVersion",
    "Session",
    "Span",
    "SpanEvent",
    "SpanLogLevel",
    "SpanStatus",
    "SpanStatusCode",
    "SpanType",
    "Trace",
    "TraceData",
    "TraceInfo",
    "TraceLocation",
    "TraceLocationType",
    "TraceState",
    "ViewType",
]
