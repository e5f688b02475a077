"""Makes what two runs of a program have reported comparable: ids, times and addresses differ from run to run."""

import math
import re
from typing import Any

_PATTERNS = (
    (re.compile(r"dbfs:/databricks/mlflow-tracking/(\d+)/logged_models/"), r"mlflow-artifacts:/\1/models/"),
    (re.compile(r"dbfs:/databricks/mlflow-tracking/(\d+)/(tr-[0-9a-f]{32})"), r"mlflow-artifacts:/\1/traces/\2"),
    (re.compile(r"dbfs:/databricks/mlflow-tracking/"), "mlflow-artifacts:/"),
    (re.compile(r"mlflow-artifacts:/\d+"), "mlflow-artifacts:/<experiment>"),
    (re.compile(r"experiment_id=\d+"), "experiment_id=<experiment>"),
    (re.compile(r"/t/\w+-[0-9a-f]{8}"), "/t/<name>"),
    (re.compile(r"\b(?:[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"), "<id>"),
    (re.compile(r"\bversion-[0-9a-f]{8}\b"), "<made up>"),
    (re.compile(r"\b[a-z]+(?:-[a-z]+)+-\d{1,3}\b"), "<made up>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[0-9.]*(?:Z|\+00:00)?"), "<time>"),
    (re.compile(r"\d{13,}"), "<time>"),
)
_OF_ONE_RUN = frozenset(
    {
        "stderr",
        "duration_ms",
        "experiment_id",
        "mlflow.trace.spansLocation",  # what each dialect is told is a test of its own
        "mlflow.trace.sizeStats",
        "mlflow.trace.sizeBytes",
    }
)
_EARLIEST_MS = 10**12


def alike(document: Any) -> Any:  # Any: JSON
    """Put words for what differs from run to run."""
    match document:
        case dict():
            return {alike(key): alike(value) for key, value in document.items() if key not in _OF_ONE_RUN}  # pyright: ignore[reportUnknownVariableType]  # JSON
        case list():
            return [alike(item) for item in document]  # pyright: ignore[reportUnknownVariableType]  # JSON
        case str():
            for pattern, word in _PATTERNS:
                document = pattern.sub(word, document)
            return document
        case bool() | None:
            return document
        case int() if document > _EARLIEST_MS:
            return "<time>"
        case float() if math.isnan(document):
            return "<no number>"
        case _:
            return document
