"""Where a client uploads the spans of a trace, and fetches them."""

from typing import Any

import msgspec

from trilha_server.api.databricks.presigned import download_credential, upload_credential
from trilha_server.api.lookups import existing_trace
from trilha_server.api.mlflow.route import MlflowRoute
from trilha_server.api.mlflow.trace_data import TRACE_DATA_FILE
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath, trace_artifacts

_Json = dict[str, Any]  # Any: JSON


class ForTraceData(msgspec.Struct):
    """Name a file of a trace."""

    trace_id: str
    sender_base_url: str
    path: str = TRACE_DATA_FILE
    sender_client: str = ""


def for_upload(services: Services, request: ForTraceData) -> _Json:
    """Say where the spans, or an attachment, are to be sent."""
    credential = upload_credential(services, request.sender_base_url, _file(services, request))
    # The upload would go by the name of an HTTP library: what is counted by client should go by the client's.
    credential["headers"].append({"name": "User-Agent", "value": request.sender_client})
    return {"credential_info": credential}


def for_download(services: Services, request: ForTraceData) -> _Json:
    """Say where the spans, or an attachment, are to be had."""
    return {"credential_info": download_credential(services, request.sender_base_url, _file(services, request))}


def _file(services: Services, request: ForTraceData) -> ArtifactPath:
    info = existing_trace(services, request.trace_id)
    return trace_artifacts(info.experiment_id, info.trace_id).inside(request.path or TRACE_DATA_FILE)


_BASE = "/api/2.0/mlflow/traces/{trace_id}"

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(
        method="GET",
        path=f"{_BASE}/credentials-for-data-upload",
        permission=Permission.WRITE,
        request=ForTraceData,
        handle=for_upload,
    ),
    MlflowRoute(
        method="GET",
        path=f"{_BASE}/credentials-for-data-download",
        permission=Permission.READ,
        request=ForTraceData,
        handle=for_download,
    ),
]
