"""Addresses by which a client uploads or downloads one file without showing who it is."""

from typing import Any
from urllib.parse import quote

from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath

PLACE = "/api/databricks/artifacts"

_Json = dict[str, Any]  # Any: JSON


def upload_credential(services: Services, base_url: str, path: ArtifactPath) -> _Json:
    """Let a file be written."""
    return _credential(services, base_url, "PUT", path)


def download_credential(services: Services, base_url: str, path: ArtifactPath) -> _Json:
    """Let a file be read."""
    return _credential(services, base_url, "GET", path)


def presigned_url(services: Services, base_url: str, method: str, path: ArtifactPath) -> str:
    """Write an address that permits one method on one file."""
    place = f"{PLACE}/{path}"
    return f"{base_url}{quote(place)}?{services.signatures.sign(method, place)}"


def _credential(services: Services, base_url: str, method: str, path: ArtifactPath) -> _Json:
    # Of the two kinds that mean a plain PUT and GET, the other makes clients cut files above 500 MB in parts.
    return {"type": "GCP_SIGNED_URL", "signed_uri": presigned_url(services, base_url, method, path), "headers": []}
