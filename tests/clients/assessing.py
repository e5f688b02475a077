"""Judge traces in every way: log, read, change, override, delete."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from mlflow.entities import AssessmentError, AssessmentSource, Expectation, Feedback
from report import assessment_document, attempt, info_document, write_report

VALUES = {
    "boolean": True,
    "whole": 2,
    "real": 0.25,
    "text": "wörld",
    "empty text": "",
    "list": ["a", 1.5, True],
    "object": {"a": {"b": ["c"]}},
}
NOBODY = "tr-" + "0" * 32


@mlflow.trace
def call():
    with mlflow.start_span("inner") as span:
        pass
    return span.span_id


def seen(assessment):
    return assessment_document(assessment)


def log_each(trace_id):
    """Log a value of every kind as feedback and as expectation, and read each back."""
    logged = {}
    for name, value in VALUES.items():
        feedback = mlflow.log_feedback(trace_id=trace_id, name=name, value=value)
        expectation = mlflow.log_expectation(trace_id=trace_id, name=name, value=value)
        logged[name] = {
            "feedback": mlflow.get_assessment(trace_id, feedback.assessment_id).feedback.value,
            "expectation": mlflow.get_assessment(trace_id, expectation.assessment_id).expectation.value,
        }
    return logged


def describe(trace_id, span_id):
    """Log feedback with all that can be said of it, and feedback that has an error for a value."""
    judge = AssessmentSource(source_type="LLM_JUDGE", source_id="judge/gpt")
    described = mlflow.log_feedback(
        trace_id=trace_id,
        name="described",
        value="good",
        source=judge,
        rationale="porque sim",
        metadata={"m": "0"},
        span_id=span_id,
    )
    failed = mlflow.log_feedback(
        trace_id=trace_id,
        name="failed",
        error=AssessmentError(error_code="JUDGE_FAILED", error_message="böom", stack_trace="line 1"),
    )
    raised = mlflow.log_feedback(trace_id=trace_id, name="raised", error=ValueError("bad judge"))
    human = mlflow.log_expectation(trace_id=trace_id, name="expected", value="great")
    return {
        name: seen(mlflow.get_assessment(trace_id, assessment.assessment_id))
        for name, assessment in [("described", described), ("failed", failed), ("raised", raised), ("expected", human)]
    }


def change(trace_id):
    """Change feedback and an expectation."""
    feedback = mlflow.log_feedback(trace_id=trace_id, name="before", value=1, metadata={"a": "1"})
    mlflow.update_assessment(
        trace_id=trace_id,
        assessment_id=feedback.assessment_id,
        assessment=Feedback(name="after", value=2, rationale="thought again", metadata={"b": "2"}),
    )
    expectation = mlflow.log_expectation(trace_id=trace_id, name="wanted", value=["a"])
    mlflow.update_assessment(
        trace_id=trace_id,
        assessment_id=expectation.assessment_id,
        assessment=Expectation(name="wanted", value={"facts": ["b"]}),
    )
    return {
        "feedback": seen(mlflow.get_assessment(trace_id, feedback.assessment_id)),
        "expectation": seen(mlflow.get_assessment(trace_id, expectation.assessment_id)),
        "wrong kind": attempt(
            lambda: mlflow.update_assessment(
                trace_id=trace_id,
                assessment_id=expectation.assessment_id,
                assessment=Feedback(name="wanted", value=1),
            )
        ),
    }


def override(trace_id):
    """Override feedback, then delete what overrides it."""
    old = mlflow.log_feedback(trace_id=trace_id, name="quality", value="good")
    new = mlflow.override_feedback(trace_id=trace_id, assessment_id=old.assessment_id, value="poor", rationale="no")
    during = {
        name: seen(mlflow.get_assessment(trace_id, each.assessment_id)) for name, each in [("old", old), ("new", new)]
    }
    mlflow.delete_assessment(trace_id=trace_id, assessment_id=new.assessment_id)
    return {
        "old id": old.assessment_id,
        "during": during,
        "after": seen(mlflow.get_assessment(trace_id, old.assessment_id)),
        "deleted": attempt(lambda: seen(mlflow.get_assessment(trace_id, new.assessment_id))),
        "deleted twice": attempt(lambda: mlflow.delete_assessment(trace_id=trace_id, assessment_id=new.assessment_id)),
    }


def missing(trace_id):
    """Ask for what is not there."""
    return {
        "log": attempt(lambda: mlflow.log_feedback(trace_id=NOBODY, name="x", value=1)),
        "expect": attempt(lambda: mlflow.log_expectation(trace_id=NOBODY, name="x", value=1)),
        "get": attempt(lambda: seen(mlflow.get_assessment(trace_id, "a-" + "0" * 32))),
        "update": attempt(
            lambda: mlflow.update_assessment(
                trace_id=trace_id, assessment_id="a-" + "0" * 32, assessment=Feedback(name="x", value=1)
            )
        ),
    }


def main():
    mlflow.set_experiment(os.environ["EXPERIMENT"])
    span_id = call()
    trace_id = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    report = {"trace_id": trace_id, "span_id": span_id, "expected values": VALUES, "values": log_each(trace_id)}
    report["described"] = describe(trace_id, span_id)
    report["changed"] = change(trace_id)
    report["overridden"] = override(trace_id)
    report["missing"] = missing(trace_id)
    report["info"] = info_document(mlflow.get_trace(trace_id).info)
    (found,) = mlflow.search_traces(return_type="list")
    report["found"] = info_document(found.info)
    write_report(report)


main()
