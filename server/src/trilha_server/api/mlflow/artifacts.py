"""The proxy through which MLflow's clients keep, list and fetch artifacts.

The spans of a trace, `traces.json`, are no file: they go into the trace store, and are written out of it.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.artifact_bodies import give_artifact, take_artifact
from trilha_server.api.mlflow.trace_data import give_trace_data, take_trace_data, trace_data_of
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactInfo, ArtifactPath
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.registered_model import check_not_own_folder

_BASE = "/api/2.0/mlflow-artifacts/artifacts"
_ONE = _BASE + "/{path:path}"
_MULTIPART = "/api/2.0/mlflow-artifacts/mpu/create/{path:path}"
_NO_MULTIPART = {  # the client falls back to a plain upload where the message begins so
    "error_code": "NOT_IMPLEMENTED",
    "message": "Multipart upload is not supported for the current artifact repository: send files whole, of any size",
}

Handle = Callable[[Services, Request], Awaitable[Response]]


def artifact_routes(services: Services) -> list[RawRoute]:
    """List the routes of artifacts."""
    routes: list[tuple[str, str, Permission, Handle]] = [
        ("PUT", _ONE, Permission.WRITE, _upload),
        ("GET", _ONE, Permission.READ, _download),
        ("DELETE", _ONE, Permission.MANAGE, _delete),
        ("GET", _BASE, Permission.READ, _list),
        ("POST", _MULTIPART, Permission.WRITE, _refuse_multipart),
    ]
    return [
        RawRoute(method=method, path=path, permission=permission, handle=partial(handle, services))
        for method, path, permission, handle in routes
    ]


async def _upload(services: Services, request: Request) -> Response:
    path = ArtifactPath.parse(request.path_params["path"])
    trace_id = trace_data_of(path)
    if trace_id is not None:
        return await take_trace_data(services, request, str(path.experiment_id), trace_id)
    check_not_own_folder(path)
    await take_artifact(services, request, path)
    return _json({})


async def _download(services: Services, request: Request) -> Response:
    path = ArtifactPath.parse(request.path_params["path"])
    trace_id = trace_data_of(path)
    return await (give_artifact(services, request, path) if trace_id is None else give_trace_data(services, trace_id))


async def _delete(services: Services, request: Request) -> Response:
    path = ArtifactPath.parse(request.path_params["path"].removesuffix("/"))
    if trace_data_of(path) is not None:
        raise InvalidInput("the spans of a trace are deleted with the trace")
    check_not_own_folder(path)
    await services.artifacts.delete(path)
    return _json({})


async def _list(services: Services, request: Request) -> Response:
    folder = ArtifactPath.parse(request.query_params.get("path", "").removesuffix("/"))
    found = await services.artifacts.list_folder(folder)
    return _json({"files": [_file_json(folder, info) for info in found]} if found else {})


async def _refuse_multipart(_services: Services, request: Request) -> Response:
    ArtifactPath.parse(request.path_params["path"].removesuffix("/"))
    return _json(_NO_MULTIPART, 501)


def _file_json(folder: ArtifactPath, info: ArtifactInfo) -> dict[str, object]:
    written: dict[str, object] = {"path": info.path.relative_to(folder), "is_dir": info.is_folder}
    if info.size_bytes is not None:
        written["file_size"] = info.size_bytes
    return written


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
