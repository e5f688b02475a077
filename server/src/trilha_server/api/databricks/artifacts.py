"""Where a client uploads, lists and fetches the files of runs and versions."""

from collections.abc import Callable
from typing import Any

import msgspec
from anyio import from_thread

from trilha_server.api.databricks.presigned import download_credential, upload_credential
from trilha_server.api.mlflow.dialect import Dialect, run_uri, version_uri
from trilha_server.api.mlflow.route import MlflowRoute
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath, run_artifacts, version_artifacts
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.version import VersionId

MAX_PATHS = 2000  # as many as MLflow's client asks for at once

_Json = dict[str, Any]  # Any: JSON
_Credential = Callable[[Services, str, ArtifactPath], _Json]


class ForRunFiles(msgspec.Struct):
    """Name files of a run."""

    run_id: str
    path: list[str]
    sender_base_url: str


class ForVersionFiles(msgspec.Struct):
    """Name files of a version."""

    model_id: str
    paths: list[str]
    sender_base_url: str


class ListRun(msgspec.Struct):
    """Name a folder of a run."""

    run_id: str = ""
    run_uuid: str = ""
    """The former name of the id."""
    path: str = ""
    sender_dialect: Dialect = Dialect.HTTP


class ListVersion(msgspec.Struct):
    """Name a folder of a version."""

    model_id: str
    artifact_directory_path: str = ""
    sender_dialect: Dialect = Dialect.HTTP


def run_files_for_read(services: Services, request: ForRunFiles) -> _Json:
    """Say where files of a run are to be had."""
    return _of_run(services, request, download_credential)


def run_files_for_write(services: Services, request: ForRunFiles) -> _Json:
    """Say where files of a run are to be sent."""
    return _of_run(services, request, upload_credential)


def version_files_for_download(services: Services, request: ForVersionFiles) -> _Json:
    """Say where files of a version are to be had."""
    return _of_version(services, request, download_credential)


def version_files_for_upload(services: Services, request: ForVersionFiles) -> _Json:
    """Say where files of a version are to be sent."""
    return _of_version(services, request, upload_credential)


def list_run(services: Services, request: ListRun) -> _Json:
    """List a folder of a run."""
    run_id = request.run_id or request.run_uuid
    root = _run_root(services, run_id)
    return _listing(services, run_uri(request.sender_dialect, root.experiment_id, run_id), root, request.path)


def list_version(services: Services, request: ListVersion) -> _Json:
    """List a folder of a version."""
    root = _version_root(services, request.model_id)
    uri = version_uri(request.sender_dialect, root.experiment_id, request.model_id)
    return _listing(services, uri, root, request.artifact_directory_path)


def _of_run(services: Services, request: ForRunFiles, credential: _Credential) -> _Json:
    root = _run_root(services, request.run_id)
    infos = [
        {"run_id": request.run_id, "path": path, **credential(services, request.sender_base_url, root.inside(path))}
        for path in _checked(request.path)
    ]
    return {"credential_infos": infos}


def _of_version(services: Services, request: ForVersionFiles, credential: _Credential) -> _Json:
    root = _version_root(services, request.model_id)
    infos = [
        {"path": path, **credential(services, request.sender_base_url, root.inside(path))}
        for path in _checked(request.paths)
    ]
    return {"credentials": [{"credential_info": info} for info in infos]}


def _run_root(services: Services, run_id: str) -> ArtifactPath:
    return run_artifacts(services.store.runs.get_run(run_id).experiment_id, run_id)


def _version_root(services: Services, version_id: str) -> ArtifactPath:
    return version_artifacts(services.store.versions.get_version(VersionId(version_id)).experiment_id, version_id)


def _checked(paths: list[str]) -> list[str]:
    if len(paths) > MAX_PATHS:
        raise InvalidInput(f"at most {MAX_PATHS} paths in one request")
    if not all(paths):
        raise InvalidInput("a path is empty: name a file")
    return paths


def _listing(services: Services, root_uri: str, root: ArtifactPath, path: str) -> _Json:
    """Write what a folder holds, with paths from the root: clients take them relative to where they stand."""
    found = from_thread.run(services.artifacts.list_folder, root.inside(path.strip("/")))
    files = [
        {"path": info.path.relative_to(root), "is_dir": info.is_folder}
        | ({} if info.size_bytes is None else {"file_size": info.size_bytes})
        for info in found
    ]
    return {"root_uri": root_uri, "files": files}


_RUNS = "/api/2.0/mlflow/artifacts"
_VERSIONS = "/api/2.0/mlflow/logged-models/{model_id}/artifacts"

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(
        method="POST",
        path=f"{_RUNS}/credentials-for-read",
        permission=Permission.READ,
        request=ForRunFiles,
        handle=run_files_for_read,
    ),
    MlflowRoute(
        method="POST",
        path=f"{_RUNS}/credentials-for-write",
        permission=Permission.WRITE,
        request=ForRunFiles,
        handle=run_files_for_write,
    ),
    MlflowRoute(method="GET", path=f"{_RUNS}/list", permission=Permission.READ, request=ListRun, handle=list_run),
    MlflowRoute(
        method="POST",
        path=f"{_VERSIONS}/credentials-for-download",
        permission=Permission.READ,
        request=ForVersionFiles,
        handle=version_files_for_download,
    ),
    MlflowRoute(
        method="POST",
        path=f"{_VERSIONS}/credentials-for-upload",
        permission=Permission.WRITE,
        request=ForVersionFiles,
        handle=version_files_for_upload,
    ),
    MlflowRoute(
        method="GET",
        path=f"{_VERSIONS}/directories",
        permission=Permission.READ,
        request=ListVersion,
        handle=list_version,
    ),
]
