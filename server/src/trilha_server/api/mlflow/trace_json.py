"""A trace's information in MLflow's JSON, both ways."""

import re
from typing import Any

import msgspec
from trilha import names

from trilha_server.api.mlflow.assessment_json import AssessmentJson, assessment_json, read_assessment_json
from trilha_server.api.mlflow.dialect import Dialect, trace_uri
from trilha_server.api.mlflow.times import MAX_MS, parse_time_ms, time_text
from trilha_server.domain.assessment import Assessment
from trilha_server.domain.batch import InfoDeclared
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import ExperimentId, parse_trace_id
from trilha_server.domain.trace import TWO_SPELLINGS, Declaration, TraceInfo, TraceState
from trilha_server.normalise.info import cost_json, usage_json

_DURATION = re.compile(r"(-?\d+(?:\.\d+)?)s")
_TRACKING_STORE = "TRACKING_STORE"

# Tags that the server answers for and keeps no value of.
_SERVER_TAGS = frozenset({names.ARTIFACT_LOCATION, names.SPANS_LOCATION})


class ExperimentLocation(msgspec.Struct):
    """An experiment by its id."""

    experiment_id: str


class TraceLocation(msgspec.Struct):
    """Where a trace belongs."""

    mlflow_experiment: ExperimentLocation | None = None


class TraceInfoJson(msgspec.Struct):
    """What a client declares."""

    trace_id: str
    trace_location: TraceLocation
    request_time: str | int | None = None
    execution_duration: str | None = None
    state: str = "STATE_UNSPECIFIED"
    client_request_id: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    trace_metadata: dict[str, str | None] = {}
    tags: dict[str, str | None] = {}
    assessments: list[AssessmentJson] = []


def read_trace_info(info: TraceInfoJson, experiment_id: ExperimentId, now_ms: int) -> InfoDeclared:
    """Read what a client declares. Raises `InvalidInput`."""
    trace_id = parse_trace_id(info.trace_id)
    try:
        state = TraceState(info.state)
    except ValueError as error:
        raise InvalidInput(
            "a trace's state is OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED", state=info.state
        ) from error
    declared = Declaration(
        request_time_ms=now_ms if info.request_time is None else parse_time_ms(info.request_time),
        duration_ms=None if info.execution_duration is None else _parse_duration_ms(info.execution_duration),
        state=state,
        client_request_id=info.client_request_id or None,
        request_preview=info.request_preview,
        response_preview=info.response_preview,
        metadata=present(info.trace_metadata),
        tags=present(info.tags),
    )
    return InfoDeclared(
        experiment_id=experiment_id,
        trace_id=trace_id,
        declared=declared,
        assessments=tuple(read_assessment_json(item, trace_id, now_ms) for item in info.assessments),
    )


def trace_info_json(info: TraceInfo, assessments: list[Assessment], dialect: Dialect) -> dict[str, Any]:  # Any: JSON
    """Write a trace's information as clients read it."""
    written: dict[str, Any] = {
        "trace_id": info.trace_id,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": str(info.experiment_id)},
        },
        "request_time": time_text(info.request_time_ms),
        "state": info.state.value,
        "trace_metadata": metadata_of(info),
        "tags": {**info.tags, **server_tags(info, dialect)},
    }
    optional = {
        "client_request_id": info.client_request_id,
        "request_preview": info.request_preview,
        "response_preview": info.response_preview,
        "execution_duration": None if info.duration_ms is None else f"{info.duration_ms / 1000:.3f}s",
    }
    written |= {key: value for key, value in optional.items() if value is not None}
    if assessments:
        written["assessments"] = [assessment_json(item) for item in assessments]
    return written


def server_tags(info: TraceInfo, dialect: Dialect) -> dict[str, str]:
    """Tell clients where they may upload and fetch spans.

    A client that speaks OTLP is also told that the spans are kept here. One of the Databricks dialect must not be: it
    would neither upload them nor know how to ask for them; see docs/adr/0010.
    """
    tags = {names.ARTIFACT_LOCATION: trace_uri(dialect, info.experiment_id, info.trace_id)}
    if dialect is Dialect.HTTP:
        tags[names.SPANS_LOCATION] = _TRACKING_STORE
    return tags


def _parse_duration_ms(text: str) -> int:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise InvalidInput("a duration is written like 0.052s", duration=text[:80])
    duration_s = max(0.0, float(found.group(1)))
    if duration_s * 1000 > MAX_MS:
        raise InvalidInput("a duration is shorter than 8000 years", duration=text[:80])
    return round(duration_s * 1000)


def present(values: dict[str, str | None]) -> dict[str, str]:
    """Drop what the application did not have: null, and in fields filled from headers, what MLflow makes of null."""
    return {
        key: value
        for key, value in values.items()
        if value is not None and key not in _SERVER_TAGS and not (key in TWO_SPELLINGS and value in ("None", ""))
    }


def metadata_of(info: TraceInfo) -> dict[str, str]:
    """Write a trace's metadata with what the server added up.

    What is one field with a tag stands there too, since clients look for sessions and users in the metadata alone.
    """
    metadata = info.metadata | {key: info.tags[key] for key in TWO_SPELLINGS & info.tags.keys()}
    if info.usage is not None:
        metadata.setdefault(names.TRACE_TOKEN_USAGE, usage_json(info.usage))
    if info.cost is not None:
        metadata.setdefault(names.TRACE_COST, cost_json(info.cost))
    metadata.setdefault(names.TRACE_SCHEMA_VERSION, "3")
    if info.run_ids and names.SOURCE_RUN not in metadata:
        metadata[names.SOURCE_RUN] = info.run_ids[0]
    return metadata
