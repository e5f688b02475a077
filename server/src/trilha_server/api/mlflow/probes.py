"""What clients ask before they begin."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from trilha_server.api.routes import Permission, RawRoute

PROTOCOL_VERSION = "3.17.2"
"""The MLflow version whose protocol is spoken; clients choose their calls by it."""

_SERVER_INFO = {
    "store_type": "SqlStore",
    "workspaces_enabled": False,
    "trace_archival_enabled": False,
    "multipart_uploads_enabled": False,
    "multipart_downloads_enabled": False,
    "presigned_upload_run_id_supported": False,
    "presigned_upload_model_id_supported": False,
    "features_enabled": {"gateway": False},
}


async def version(_request: Request) -> Response:
    """Answer which protocol is spoken."""
    return PlainTextResponse(PROTOCOL_VERSION)


async def server_info(_request: Request) -> Response:
    """Answer what the server can do."""
    return JSONResponse(_SERVER_INFO)


async def health(_request: Request) -> Response:
    """Answer that the server is up."""
    return PlainTextResponse("OK")


ROUTES = [
    RawRoute(method="GET", path="/version", permission=Permission.PUBLIC, handle=version),
    RawRoute(method="GET", path="/health", permission=Permission.PUBLIC, handle=health),
    RawRoute(method="GET", path="/api/3.0/mlflow/server-info", permission=Permission.PUBLIC, handle=server_info),
]
