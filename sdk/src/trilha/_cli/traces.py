"""What the commands for traces do."""

import copy
import json
import sys
from argparse import Namespace
from typing import Any, Final

import msgspec

from trilha._cli.fields import Field, cell, read_fields, selected
from trilha._cli.table import table
from trilha._client import feedback, traces
from trilha._client.experiments import experiment_ids_of
from trilha._settings import DEFAULT_EXPERIMENT, settings
from trilha.client import Client
from trilha.entities import Assessment, AssessmentSource, AssessmentSourceType, Feedback

_COLUMNS: Final = (
    "info.trace_id,info.request_time,info.state,info.execution_duration_ms,info.request_preview,info.response_preview"
)


class WrongUse(Exception):
    """What the options say together makes no sense."""


def search(options: Namespace) -> None:
    """Print the traces that are found."""
    is_table = options.output == "table"
    fields = read_fields(options.extract_fields or _COLUMNS) if options.extract_fields or is_table else []
    if options.sql_warehouse_id:
        print("--sql-warehouse-id has no effect here", file=sys.stderr)
    found = Client().search_traces(
        [_experiment_id(options)],
        traces.filter_of(options.filter_string, run_id=options.run_id, model_id=options.model_id),
        options.max_results,
        _parts(options.order_by),
        options.page_token,
        include_spans=options.include_spans and (not fields or any(field.is_of_spans for field in fields)),
    )
    documents = [trace.to_dict() for trace in found]
    if is_table:
        print(table([field.text for field in fields], [[cell(each, field) for field in fields] for each in documents]))
        if found.token:
            print(f"\nNext page token: {found.token}")
        return
    page: dict[str, Any] = {"traces": [_of(document, fields) for document in documents]}
    _print_json(page | ({"next_page_token": found.token} if found.token else {}))


def get(options: Namespace) -> None:
    """Print a trace."""
    fields = read_fields(options.extract_fields) if options.extract_fields else []
    _print_json(_of(traces.existing_trace(options.trace_id).to_dict(), fields))


def delete(options: Namespace) -> None:
    """Delete traces by their ids, or the old ones."""
    if (options.trace_ids is None) == (options.max_timestamp_millis is None):
        raise WrongUse("say which: either --trace-ids or --max-timestamp-millis")
    if options.trace_ids is not None and options.max_traces is not None:
        raise WrongUse("--max-traces goes with --max-timestamp-millis, not with --trace-ids")
    ids = None if options.trace_ids is None else _parts(options.trace_ids)
    count = traces.delete_traces(_experiment_id(options), options.max_timestamp_millis, options.max_traces, ids)
    print(f"Deleted {count} {'trace' if count == 1 else 'traces'}.")


def set_tag(options: Namespace) -> None:
    """Set a tag of a trace."""
    traces.set_tag(options.trace_id, options.key, options.value)
    print(f"Set the tag {options.key!r} of {options.trace_id}.")


def delete_tag(options: Namespace) -> None:
    """Delete a tag of a trace."""
    traces.delete_tag(options.trace_id, options.key)
    print(f"Deleted the tag {options.key!r} of {options.trace_id}.")


def log_feedback(options: Namespace) -> None:
    """Say how good a trace, or one of its steps, was."""
    said = feedback.log_feedback(
        trace_id=options.trace_id,
        name=options.name,
        value=_value(options.value),
        source=_source(options, AssessmentSourceType.CODE),
        rationale=options.rationale,
        metadata=options.metadata,
        span_id=options.span_id,
    )
    _print_logged("feedback", said)


def log_expectation(options: Namespace) -> None:
    """Say what should have come out."""
    said = feedback.log_expectation(
        trace_id=options.trace_id,
        name=options.name,
        value=_value(options.value),
        source=_source(options, AssessmentSourceType.HUMAN),
        metadata=options.metadata,
        span_id=options.span_id,
    )
    _print_logged("expectation", said)


def get_assessment(options: Namespace) -> None:
    """Print an assessment."""
    _print_json(feedback.get_assessment(options.trace_id, options.assessment_id).to_dictionary())


def update_assessment(options: Namespace) -> None:
    """Change what an assessment says."""
    if options.value is None and options.rationale is None and options.metadata is None:
        raise WrongUse("say what is to change: --value, --rationale or --metadata")
    changed = copy.copy(feedback.get_assessment(options.trace_id, options.assessment_id))
    if options.value is not None:
        changed.value = _value(options.value)
        if isinstance(changed, Feedback):
            changed.error = None
    changed.rationale = options.rationale
    changed.metadata = None if options.metadata is None else {key: str(said) for key, said in options.metadata.items()}
    feedback.update_assessment(options.trace_id, options.assessment_id, changed)
    print(f"Changed the assessment {options.assessment_id} of {options.trace_id}.")


def delete_assessment(options: Namespace) -> None:
    """Forget an assessment."""
    feedback.delete_assessment(options.trace_id, options.assessment_id)
    print(f"Deleted the assessment {options.assessment_id} of {options.trace_id}.")


def _experiment_id(options: Namespace) -> str:
    """Return the id of the experiment that is named: here by id or name, or by the variables of the environment."""
    told = settings().destination
    is_told = told is not DEFAULT_EXPERIMENT  # which itself is there only where the environment says nothing
    named: str | None = options.experiment_id or (is_told and (told.experiment_id or told.experiment)) or None
    if named is None:
        raise WrongUse("name the experiment: --experiment-id, MLFLOW_EXPERIMENT_ID or MLFLOW_EXPERIMENT_NAME")
    return named if named.isdecimal() else experiment_ids_of([named])[0]


def _source(options: Namespace, usual_type: str) -> AssessmentSource:
    return AssessmentSource(options.source_type or usual_type, options.source_id or "default")


def _value(text: str) -> Any:  # Any: JSON
    """Read a number, true, false, or any other JSON; all else is the text itself."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _of(document: dict[str, Any], fields: list[Field]) -> Any:  # Any: JSON
    return selected(document, fields) if fields else document


def _print_json(document: Any) -> None:  # Any: JSON
    print(json.dumps(document, ensure_ascii=False, default=str, indent=2))


def _print_logged(kind: str, said: Assessment) -> None:
    print(f"Logged the {kind} {said.name!r} of {said.trace_id}. Assessment ID: {said.assessment_id}")
