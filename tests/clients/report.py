"""How a client program tells what it saw."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import json
import os
from pathlib import Path


def write_report(seen):
    """Hand over one JSON document."""
    Path(os.environ["REPORT"]).write_text(json.dumps(seen, ensure_ascii=False))


def attempt(action):
    """Do something that may be refused; tell the result or the refusal."""
    try:
        return {"result": action()}
    except Exception as error:
        return {"error": type(error).__name__, "error_code": getattr(error, "error_code", None), "message": str(error)}


def span_document(span):
    """Write down all that the client knows of a span."""
    return {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "name": span.name,
        "type": span.span_type,
        "status": str(getattr(span.status.status_code, "value", span.status.status_code)),
        "status_description": span.status.description,
        "start_ns": span.start_time_ns,
        "end_ns": span.end_time_ns,
        "inputs": span.inputs,
        "outputs": span.outputs,
        "attributes": span.attributes,
        "events": [
            {"name": event.name, "time_ns": event.timestamp, "attributes": dict(event.attributes or {})}
            for event in span.events
        ],
    }


def assessment_document(assessment):
    """Write down all that the client knows of an assessment."""
    return assessment.to_dictionary()


def info_document(info):
    """Write down all that the client knows of a trace but its spans."""
    return {
        "trace_id": info.trace_id,
        "experiment_id": info.experiment_id,
        "client_request_id": info.client_request_id,
        "state": str(info.state.value),
        "request_time_ms": info.request_time,
        "duration_ms": info.execution_duration,
        "request_preview": info.request_preview,
        "response_preview": info.response_preview,
        "metadata": dict(info.trace_metadata),
        "tags": dict(info.tags),
        "assessments": [assessment_document(assessment) for assessment in info.assessments],
    }


def trace_document(trace):
    """Write down all that the client knows of a trace."""
    return {"info": info_document(trace.info), "spans": [span_document(span) for span in trace.data.spans]}
