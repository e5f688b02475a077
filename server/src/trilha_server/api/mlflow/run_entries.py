"""What runs log: metrics, parameters, tags, inputs and outputs."""

from typing import Any

import msgspec
from trilha import names

from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.mlflow.run_json import (
    DatasetInputJson,
    MetricJson,
    ModelJson,
    RunRef,
    TextJson,
    read_input,
    read_metric,
    read_output,
    read_texts,
)
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.catalog.runs import checked_change
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.run import RunChange
from trilha_server.domain.version import VersionId

_MODEL_FIELDS = ("artifact_path", "flavors", "utc_time_created", "run_id")


class LogMetric(MetricJson, kw_only=True):
    """Log a point of a metric."""

    run_id: str = ""
    run_uuid: str = ""


class LogBatch(RunRef):
    """Log several things at once."""

    metrics: tuple[MetricJson, ...] = ()
    params: tuple[TextJson, ...] = ()
    tags: tuple[TextJson, ...] = ()


class LogText(RunRef, kw_only=True):
    """Log a parameter, or set a tag."""

    key: str
    value: str = ""


class DeleteTag(RunRef, kw_only=True):
    """Delete a tag."""

    key: str


class LogInputs(RunRef):
    """Log what a run has read."""

    datasets: tuple[DatasetInputJson, ...] = ()
    models: tuple[ModelJson, ...] = ()


class LogOutputs(RunRef):
    """Log what a run has made."""

    models: tuple[ModelJson, ...] = ()


class LogModel(RunRef, kw_only=True):
    """Log a model as clients before 3.0 did."""

    model_json: str


def log_metric(services: Services, request: LogMetric) -> Empty:
    """Log a point of a metric."""
    ref = RunRef(request.run_id, request.run_uuid)
    return _change(services, ref, RunChange(metrics=(read_metric(request),)))


def log_batch(services: Services, request: LogBatch) -> Empty:
    """Log several things at once, all or none."""
    change = RunChange(
        metrics=tuple(read_metric(metric) for metric in request.metrics),
        params=read_texts("parameter", request.params),
        tags={tag.key: tag.value for tag in request.tags},
    )
    return _change(services, request, change)


def log_parameter(services: Services, request: LogText) -> Empty:
    """Log a parameter."""
    return _change(services, request, RunChange(params={request.key: request.value}))


def set_tag(services: Services, request: LogText) -> Empty:
    """Set a tag."""
    return _change(services, request, RunChange(tags={request.key: request.value}))


def delete_tag(services: Services, request: DeleteTag) -> Empty:
    """Delete a tag."""
    return _change(services, request, RunChange(tags={request.key: None}))


def log_inputs(services: Services, request: LogInputs) -> Empty:
    """Log what a run has read."""
    change = RunChange(
        datasets=tuple(read_input(item) for item in request.datasets),
        versions_used=tuple(VersionId(item.model_id) for item in request.models),
    )
    return _change(services, request, change)


def log_outputs(services: Services, request: LogOutputs) -> Empty:
    """Log what a run has made."""
    return _change(services, request, RunChange(versions_made=tuple(read_output(item) for item in request.models)))


def log_model(services: Services, request: LogModel) -> Empty:
    """Add a model to those that a tag of the run lists."""
    try:
        model = msgspec.json.decode(request.model_json, type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise InvalidInput("'model_json' is not a JSON object") from error
    missing = [field for field in _MODEL_FIELDS if field not in model]
    if missing:
        raise InvalidInput(f"'model_json' must have {', '.join(missing)}")
    kept = services.store.runs.get_run(request.named).tags.get(names.LOGGED_MODELS, "[]")
    try:
        models = [*msgspec.json.decode(kept, type=list[object]), model]
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"the run's tag {names.LOGGED_MODELS} is not a JSON list: delete it") from error
    return _change(services, request, RunChange(tags={names.LOGGED_MODELS: msgspec.json.encode(models).decode()}))


def _change(services: Services, ref: RunRef, change: RunChange) -> Empty:
    services.store.runs.change_run(ref.named, checked_change(change))
    return Empty()


_BASE = "/api/2.0/mlflow/runs"
_WRITE = Permission.WRITE

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="POST", path=f"{_BASE}/log-metric", permission=_WRITE, request=LogMetric, handle=log_metric),
    MlflowRoute(method="POST", path=f"{_BASE}/log-batch", permission=_WRITE, request=LogBatch, handle=log_batch),
    MlflowRoute(method="POST", path=f"{_BASE}/log-parameter", permission=_WRITE, request=LogText, handle=log_parameter),
    MlflowRoute(method="POST", path=f"{_BASE}/set-tag", permission=_WRITE, request=LogText, handle=set_tag),
    MlflowRoute(method="POST", path=f"{_BASE}/delete-tag", permission=_WRITE, request=DeleteTag, handle=delete_tag),
    MlflowRoute(method="POST", path=f"{_BASE}/log-inputs", permission=_WRITE, request=LogInputs, handle=log_inputs),
    MlflowRoute(method="POST", path=f"{_BASE}/outputs", permission=_WRITE, request=LogOutputs, handle=log_outputs),
    MlflowRoute(method="POST", path=f"{_BASE}/log-model", permission=_WRITE, request=LogModel, handle=log_model),
]
