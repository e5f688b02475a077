"""The Files API of Databricks, over registered versions: `/Models/<catalog>/<schema>/<model>/<version>`."""

from collections.abc import Iterator

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.addresses import base_url
from trilha_server.api.artifact_bodies import give_artifact, take_artifact
from trilha_server.api.bodies import read_body
from trilha_server.api.databricks.presigned import presigned_url
from trilha_server.api.problems import mlflow_response
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactInfo, ArtifactPath
from trilha_server.domain.errors import AlreadyExists, InvalidInput, NotFound, TrilhaError
from trilha_server.domain.registered_model import RegisteredVersion, RegistrationStatus, parse_version_number

_PREFIX = "/Models/"
_FILES = "/api/2.0/fs/files/Models/{path:path}"
_FOLDERS = "/api/2.0/fs/directories/Models/{path:path}"
_MAX_QUESTION_BYTES = 64 * 1024


class _Question(msgspec.Struct):
    path: str = ""


def model_file_routes(services: Services) -> list[RawRoute]:
    """List the routes of registered versions' files. They stand before those of other files."""

    async def put(request: Request) -> Response:
        path = await run_in_threadpool(_to_write, services, _place(request))
        await take_artifact(services, request, path)
        return Response(status_code=204)

    async def get(request: Request) -> Response:
        return await give_artifact(services, request, await model_artifact(services, _place(request)))

    async def list_folder(request: Request) -> Response:
        place = _place(request)
        try:
            found = await services.artifacts.list_folder(await model_artifact(services, place))
            if not found:
                raise NotFound("there is no such folder", path=place)
        except TrilhaError as error:  # by this code the client knows that a path is that of a file
            return mlflow_response(error, {"RESOURCE_DOES_NOT_EXIST": "NOT_FOUND"})
        return json_answer({"contents": [folder_entry(place, info) for info in found]})

    async def create_upload_url(request: Request) -> Response:
        place = await asked_place(request)
        if not is_model_place(place):
            raise NotFound("only the files of registered models are uploaded by such an address", path=place[:200])
        path = await run_in_threadpool(_to_write, services, place)
        return json_answer({"url": presigned_url(services, base_url(request, services.public_url), "PUT", path)})

    return [
        RawRoute(method="PUT", path=_FILES, permission=Permission.WRITE, handle=put),
        RawRoute(method="GET", path=_FILES, permission=Permission.READ, handle=get),
        RawRoute(method="GET", path=_FOLDERS, permission=Permission.READ, handle=list_folder),
        RawRoute(
            method="POST", path="/api/2.0/fs/create-upload-url", permission=Permission.WRITE, handle=create_upload_url
        ),
    ]


def is_model_place(place: str) -> bool:
    """Tell whether a path of the Files API is one of registered versions."""
    return f"/{place.strip('/')}".startswith(_PREFIX)


async def asked_place(request: Request) -> str:
    """Read which file a request for an address is about: the SDK says it in the query, MLflow in the body."""
    if "path" in request.query_params:
        return request.query_params["path"]
    body = await read_body(request, request.headers, _MAX_QUESTION_BYTES)
    try:
        return msgspec.json.decode(body or b"{}", type=_Question).path
    except msgspec.DecodeError as error:
        raise InvalidInput("the body is a JSON object with a 'path'") from error


async def model_artifact(services: Services, place: str) -> ArtifactPath:
    """Find the artifact that a path of the Files API means. Raises `NotFound` and `InvalidInput`."""
    return await run_in_threadpool(_to_read, services, place)


def _place(request: Request) -> str:
    return f"{_PREFIX}{request.path_params['path'].strip('/')}"


def _to_read(services: Services, place: str) -> ArtifactPath:
    version, inside = _registered(services, place)
    if version.files is None:
        raise NotFound("the version's files are not kept here", path=place[:200])
    return version.files.inside(inside)


def _to_write(services: Services, place: str) -> ArtifactPath:
    version, inside = _registered(services, place)
    if version.status is not RegistrationStatus.PENDING or version.files is None:
        raise AlreadyExists("the version is registered, and its files stay as they are: make a new one", path=place)
    return version.files.inside(inside)


def _registered(services: Services, place: str) -> tuple[RegisteredVersion, str]:
    """Find the version, and the path inside it."""
    parts = f"/{place.strip('/')}".removeprefix(_PREFIX).split("/")
    for levels in _possible_levels(parts):
        try:
            number = parse_version_number(parts[levels])
            version = services.store.registered_versions.get_version(".".join(parts[:levels]), number)
        except (InvalidInput, NotFound):
            continue
        return version, "/".join(parts[levels + 1 :])
    raise NotFound("there is no such version of a registered model", path=place[:200])


def _possible_levels(parts: list[str]) -> Iterator[int]:
    """Count how many parts may make the name: three in Unity Catalog; over `http://` a name has as many as it likes."""
    most = len(parts) - 1
    yield from sorted(range(1, most + 1), key=lambda levels: (levels != 3, levels))


def folder_entry(place: str, info: ArtifactInfo) -> dict[str, object]:
    """Write one entry of the folder at a place as the Files API has it."""
    written: dict[str, object] = {
        "path": f"{place}/{info.path.name}",
        "name": info.path.name,
        "is_directory": info.is_folder,
    }
    if info.size_bytes is not None:
        written["file_size"] = info.size_bytes
    return written


def json_answer(body: object) -> Response:
    """Answer with JSON."""
    return Response(msgspec.json.encode(body), media_type="application/json")
