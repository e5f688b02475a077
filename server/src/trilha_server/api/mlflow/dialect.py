"""The two ways in which MLflow's clients speak, and the addresses that each of them understands."""

from enum import StrEnum

from starlette.requests import Request

from trilha_server.domain.ids import ExperimentId, TraceId

WORKSPACE_HEADER = "x-databricks-org-id"
WORKSPACE_ID = "0"  # MLflow's word for the only workspace: it is left out of links

_SDK_AGENT = "databricks-sdk-"
_TRACKING_ROOT = "dbfs:/databricks/mlflow-tracking"


class Dialect(StrEnum):
    """What a client's tracking URI makes it expect of answers."""

    HTTP = "http"
    """`http://…`: spans travel by OTLP, artifacts through the server's proxy."""
    DATABRICKS = "databricks"
    """`databricks`: spans and artifacts travel by presigned URLs."""


def dialect_of(request: Request) -> Dialect:
    """Tell by the headers which kind of client asks; see docs/adr/0010."""
    headers = request.headers
    is_databricks = _SDK_AGENT in headers.get("user-agent", "") or WORKSPACE_HEADER in headers
    return Dialect.DATABRICKS if is_databricks else Dialect.HTTP


def experiment_uri(dialect: Dialect, experiment_id: ExperimentId) -> str:
    """Write where an experiment's artifacts are, for an experiment without a location of its own."""
    if dialect is Dialect.DATABRICKS:
        return f"{_TRACKING_ROOT}/{experiment_id}"
    return f"mlflow-artifacts:/{experiment_id}"


def run_uri(dialect: Dialect, experiment_id: ExperimentId, run_id: str) -> str:
    """Write where a run's artifacts are."""
    return f"{experiment_uri(dialect, experiment_id)}/{run_id}/artifacts"


def version_uri(dialect: Dialect, experiment_id: ExperimentId, version_id: str) -> str:
    """Write where the artifacts of a version (MLflow's logged model) are."""
    folder = "logged_models" if dialect is Dialect.DATABRICKS else "models"
    return f"{experiment_uri(dialect, experiment_id)}/{folder}/{version_id}/artifacts"


def trace_uri(dialect: Dialect, experiment_id: ExperimentId, trace_id: TraceId) -> str:
    """Write where a trace's artifacts are."""
    folder = "" if dialect is Dialect.DATABRICKS else "traces/"
    return f"{experiment_uri(dialect, experiment_id)}/{folder}{trace_id}/artifacts"
