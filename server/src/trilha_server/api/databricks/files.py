"""The Files API of Databricks, over the artifacts of runs and versions: its SDK tries this before anything else."""

from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.addresses import base_url
from trilha_server.api.artifact_bodies import give_artifact, take_artifact
from trilha_server.api.databricks.model_files import (
    asked_place,
    folder_entry,
    is_model_place,
    json_answer,
    model_artifact,
)
from trilha_server.api.databricks.presigned import presigned_url
from trilha_server.api.mlflow.trace_data import trace_data_of
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import AlreadyExists, NotFound
from trilha_server.domain.ids import parse_experiment_id

ROOT = "/WorkspaceInternal/Mlflow/Artifacts"
"""Where MLflow's client looks for `dbfs:/databricks/mlflow-tracking`."""

_RUNS = "Runs"
_VERSIONS = "LoggedModels"
_FILES = "/api/2.0/fs/files/{path:path}"
_FOLDERS = "/api/2.0/fs/directories/{path:path}"


def file_routes(services: Services) -> list[RawRoute]:
    """List the routes of the Files API."""

    async def put(request: Request) -> Response:
        path = _artifact(request.path_params["path"])
        if request.query_params.get("overwrite", "false").lower() != "true" and await _is_there(services, path):
            raise AlreadyExists("a file of this name exists: set overwrite to replace it", path=path)
        await take_artifact(services, request, path)
        return Response(status_code=204)

    async def get(request: Request) -> Response:
        return await give_artifact(services, request, _artifact(request.path_params["path"]))

    async def create_download_url(request: Request) -> Response:
        place = await asked_place(request)
        path = await model_artifact(services, place) if is_model_place(place) else _artifact(place)
        url = presigned_url(services, base_url(request, services.public_url), "GET", path)
        return json_answer({"url": url, "headers": []})

    async def list_folder(request: Request) -> Response:
        place = request.path_params["path"].strip("/")
        found = await services.artifacts.list_folder(_artifact(place))
        if not found:  # folders are there as long as something is in them
            raise NotFound("there is no such folder", path=f"/{place}")
        return json_answer({"contents": [folder_entry(f"/{place}", info) for info in found]})

    return [
        RawRoute(method="PUT", path=_FILES, permission=Permission.WRITE, handle=put),
        RawRoute(method="GET", path=_FILES, permission=Permission.READ, handle=get),
        RawRoute(method="GET", path=_FOLDERS, permission=Permission.READ, handle=list_folder),
        RawRoute(
            method="POST",
            path="/api/2.0/fs/create-download-url",
            permission=Permission.READ,
            handle=create_download_url,
        ),
    ]


def _artifact(place: str) -> ArtifactPath:
    """Find the artifact that a path of the Files API means. Raises `NotFound` and `InvalidInput`."""
    outside, _, inside = f"/{place.strip('/')}".partition(f"{ROOT}/")
    match inside.split("/"):
        case [experiment_id, kind, owner, *rest] if not outside and kind in (_RUNS, _VERSIONS):
            parts = (owner, *rest) if kind == _RUNS else ("models", owner, *rest)
            path = ArtifactPath(parse_experiment_id(experiment_id), parts)
        case _:
            raise NotFound("only the artifacts of runs and models are kept here", path=place[:200])
    if kind == _RUNS and owner in ("models", "traces", "registered_models"):
        raise NotFound("there is no such run", run_id=owner)
    assert trace_data_of(path) is None, "what is a trace's is not a run's"
    return path


async def _is_there(services: Services, path: ArtifactPath) -> bool:
    folder = ArtifactPath(path.experiment_id, path.parts[:-1])
    return any(info.path == path and not info.is_folder for info in await services.artifacts.list_folder(folder))
