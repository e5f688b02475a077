"""Versions as MLflow's clients write and read them: logged models."""

import math
from collections.abc import Iterable
from typing import Any

import msgspec

from trilha_server.api.mlflow.dialect import Dialect, version_uri
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.version import Version, VersionMetric, VersionStatus, check_key

_Json = dict[str, Any]  # Any: JSON

_STATUS_NAMES = {
    VersionStatus.PENDING: "LOGGED_MODEL_PENDING",
    VersionStatus.READY: "LOGGED_MODEL_READY",
    VersionStatus.FAILED: "LOGGED_MODEL_UPLOAD_FAILED",
}
_STATUSES = {
    **{name: status for status, name in _STATUS_NAMES.items()},
    **{status.value: status for status in VersionStatus},
    "LOGGED_MODEL_FAILED": VersionStatus.FAILED,
}


class PairJson(msgspec.Struct):
    """A tag or a parameter."""

    key: str
    value: str = ""


def read_pairs(pairs: Iterable[PairJson]) -> dict[str, str]:
    """Read tags or parameters; of a key that comes twice the last value counts. Raises `InvalidInput`."""
    return {check_key(pair.key): pair.value for pair in pairs}


def read_status(name: str) -> VersionStatus:
    """Read a status, with MLflow's prefix or without. Raises `InvalidInput`."""
    status = _STATUSES.get(name)
    if status is None:
        raise InvalidInput(f"'status' is one of {', '.join(_STATUS_NAMES.values())}", status=name[:80])
    return status


def version_json(version: Version, dialect: Dialect) -> _Json:
    """Write a version; where its artifacts are depends on who asks."""
    info: _Json = {
        "model_id": version.version_id,
        "experiment_id": str(version.experiment_id),
        "name": version.name,
        "creation_timestamp_ms": version.create_time_ms,
        "last_updated_timestamp_ms": version.update_time_ms,
        "artifact_uri": version_uri(dialect, version.experiment_id, version.version_id),
        "status": _STATUS_NAMES[version.status],
        "model_type": version.kind or "",
        "source_run_id": version.source_run_id or "",
    }
    if version.tags:
        info["tags"] = _pairs(version.tags)
    data: _Json = {}
    if version.params:
        data["params"] = _pairs(version.params)
    if version.metrics:
        data["metrics"] = [_metric_json(version, metric) for metric in version.metrics]
    return {"info": info, "data": data}


def _pairs(values: dict[str, str]) -> list[_Json]:
    return [{"key": key, "value": value} for key, value in sorted(values.items())]


def _metric_json(version: Version, metric: VersionMetric) -> _Json:
    written: _Json = {
        "key": metric.key,
        "value": metric.value if math.isfinite(metric.value) else _NOT_FINITE[str(metric.value)],
        "timestamp": metric.time_ms,
        "step": metric.step,
        "model_id": version.version_id,
        "run_id": metric.run_id,
    }
    if metric.dataset_name is not None:
        written["dataset_name"] = metric.dataset_name
    if metric.dataset_digest is not None:
        written["dataset_digest"] = metric.dataset_digest
    return written


_NOT_FINITE = {
    "nan": "NaN",
    "inf": "Infinity",
    "-inf": "-Infinity",
}  # JSON has no such numbers; Protobuf's JSON has these
