"""Runs as MLflow's clients read and write them."""

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec

from trilha_server.api.mlflow.dialect import Dialect, run_uri
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.run import Dataset, DatasetInput, Metric, Run, VersionOutput
from trilha_server.domain.version import VersionId

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Json = dict[str, Any]  # Any: JSON


class RunRef(msgspec.Struct):
    """Names a run, as clients of all ages do."""

    run_id: str = ""
    run_uuid: str = ""

    @property
    def named(self) -> str:
        """The run's id. Raises `InvalidInput`."""
        named = self.run_id or self.run_uuid
        if not named:
            raise InvalidInput("missing value for required parameter 'run_id'")
        return named


class TextJson(msgspec.Struct):
    """A tag or a parameter."""

    key: str
    value: str = ""


class MetricJson(msgspec.Struct):
    """A point of a metric."""

    key: str
    value: float
    """`NaN`, `Infinity` and `-Infinity` come as text."""
    timestamp: Int64
    step: Int64 = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class DatasetJson(msgspec.Struct):
    """Data that runs read."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class DatasetInputJson(msgspec.Struct):
    """Data that a run has read."""

    dataset: DatasetJson
    tags: list[TextJson] = []


class ModelJson(msgspec.Struct):
    """A version that a run has used or made."""

    model_id: str
    step: Int64 = 0


def read_texts(kind: str, items: Iterable[TextJson]) -> dict[str, str]:
    """Read tags or parameters. Raises `InvalidInput` where one has two values."""
    found: dict[str, str] = {}
    for item in items:
        if found.setdefault(item.key, item.value) != item.value:
            raise InvalidInput(f"a {kind} has two values in one request", key=item.key[:80])
    return found


def read_metric(item: MetricJson) -> Metric:
    """Read a point of a metric."""
    return Metric(
        key=item.key,
        value=item.value,
        time_ms=item.timestamp,
        step=item.step,
        version_id=VersionId(item.model_id) if item.model_id else None,
        dataset_name=item.dataset_name or None,
        dataset_digest=item.dataset_digest or None,
    )


def read_input(item: DatasetInputJson) -> DatasetInput:
    """Read data that a run has read. Raises `InvalidInput`."""
    data = item.dataset
    dataset = Dataset(
        name=data.name,
        digest=data.digest,
        source_type=data.source_type,
        source=data.source,
        schema=data.schema,
        profile=data.profile,
    )
    return DatasetInput(dataset=dataset, tags=read_texts("tag", item.tags))


def read_output(item: ModelJson) -> VersionOutput:
    """Read a version that a run has made."""
    return VersionOutput(version_id=VersionId(item.model_id), step=item.step)


def run_json(run: Run, dialect: Dialect) -> _Json:
    """Write a whole run."""
    data = {
        "metrics": [metric_json(metric) for metric in run.metrics],
        "params": _texts_json(run.params),
        "tags": _texts_json(run.tags),
    }
    inputs = {
        "dataset_inputs": [_input_json(each) for each in run.datasets],
        "model_inputs": [{"model_id": version_id} for version_id in run.versions_used],
    }
    written = {"info": run_info_json(run, dialect), "data": _filled(data), "inputs": _filled(inputs)}
    if run.versions_made:
        made = [{"model_id": each.version_id, "step": each.step} for each in run.versions_made]
        written["outputs"] = {"model_outputs": made}
    return written


def run_info_json(run: Run, dialect: Dialect) -> _Json:
    """Write what a run is, without what belongs to it."""
    written = {
        "run_uuid": run.run_id,
        "run_id": run.run_id,
        "experiment_id": str(run.experiment_id),
        "run_name": run.name,
        "user_id": run.user,
        "status": run.status.value,
        "start_time": run.start_time_ms,
        "artifact_uri": run_uri(dialect, run.experiment_id, run.run_id),
        "lifecycle_stage": run.stage.value,
    }
    if run.end_time_ms is not None:
        written["end_time"] = run.end_time_ms
    return written


def metric_json(metric: Metric) -> _Json:
    """Write a point of a metric."""
    return {
        "key": metric.key,
        "value": number_json(metric.value),
        "timestamp": metric.time_ms,
        "step": metric.step,
    }


def number_json(value: float) -> float | str:
    """Write a number as protobuf's JSON has it: what JSON has no number for stands as text."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _input_json(item: DatasetInput) -> _Json:
    dataset = item.dataset
    about = {"name": dataset.name, "digest": dataset.digest, "source_type": dataset.source_type}
    optional = {"schema": dataset.schema, "profile": dataset.profile}
    about |= {"source": dataset.source, **{key: value for key, value in optional.items() if value is not None}}
    return {"tags": _texts_json(item.tags), "dataset": about}


def _texts_json(texts: Mapping[str, str]) -> list[_Json]:
    return [{"key": key, "value": value} for key, value in texts.items()]


def _filled(lists: Mapping[str, list[_Json]]) -> _Json:
    return {key: items for key, items in lists.items() if items}
