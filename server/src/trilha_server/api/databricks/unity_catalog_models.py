"""Unity Catalog's registry of models: the same registry as over `http://`, with names of three levels.

A client uploads a copy of the model's files for every version. The server has no cloud storage to hand out
credentials for; it says so, and the client asks for a presigned address of each file instead.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import anyio.from_thread
import msgspec

from trilha_server.api.mlflow.registry_json import (
    RegistryDialect,
    aliases_json,
    bare_model_json,
    bare_version_json,
)
from trilha_server.api.mlflow.registry_models import DEFAULT_RESULTS, MAX_RESULTS, check_max_results, model_routes
from trilha_server.api.mlflow.registry_versions import ByNumber, Create, new_version, require_kind, version_routes
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.catalog.sources import Origin, follow
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import DEFAULT_EXPERIMENT_ID, ExperimentId
from trilha_server.domain.registered_model import (
    RegisteredModel,
    RegisteredVersion,
    RegisteredVersionChange,
    RegistrationStatus,
    check_full_name,
    is_full_name,
    parse_version_number,
)
from trilha_server.search.registered_models import ModelSearch

BASE = "/api/2.0/mlflow/unity-catalog"
_CREDENTIALS_LAST_MS = 3_600_000
_SDK_PROBE = "is-databricks-sdk-models-artifact-repository-enabled"
_Json = dict[str, Any]  # Any: JSON


class Search(msgspec.Struct):
    """Find models."""

    max_results: int = DEFAULT_RESULTS
    page_token: str | None = None


def create_version(services: Services, request: Create) -> _Json:
    """Begin a version: its files are to be uploaded next."""
    require_kind(services, request.name, is_prompt=False)
    origin = _origin(services, request.source)
    new = new_version(services, request, origin)
    added = services.store.registered_versions.add_version(
        request.name,
        msgspec.structs.replace(
            new, status=RegistrationStatus.PENDING, files=_experiment_of(services, origin, new.run_id)
        ),
    )
    return {"model_version": _version_json(added)}


def finalize(services: Services, request: ByNumber) -> _Json:
    """End a version's upload."""
    number = parse_version_number(str(request.version))
    version = services.store.registered_versions.get_version(request.name, number)
    if version.status is RegistrationStatus.PENDING:
        if version.files is None or not anyio.from_thread.run(services.artifacts.list_folder, version.files):
            raise InvalidInput("the version has no files yet: upload them first", name=request.name, version=number)
        change = RegisteredVersionChange(time_ms=services.clock.now_ms(), status=RegistrationStatus.READY)
        version = services.store.registered_versions.change_version(request.name, number, change)
    return {"model_version": _version_json(version)}


def credentials(services: Services, request: ByNumber) -> _Json:
    """Say that no credentials are needed: the client is to ask for an address of each file."""
    services.store.registered_versions.get_version(request.name, parse_version_number(str(request.version)))
    expires_ms = services.clock.now_ms() + _CREDENTIALS_LAST_MS
    return {"credentials": {"storage_mode": "DEFAULT_STORAGE", "expiration_time": expires_ms}}


def download_uri(services: Services, request: ByNumber) -> _Json:
    """Say by which name a client finds the files of a version."""
    number = parse_version_number(str(request.version))
    version = services.store.registered_versions.get_version(request.name, number)
    return {"artifact_uri": f"models:/{version.model_name}/{version.number}"}


def search(services: Services, request: Search) -> _Json:
    """List the models whose names have three levels."""
    check_max_results(request.max_results, MAX_RESULTS)
    models = [model for model in services.store.registry.list_models() if is_full_name(model.name)]
    found, token = ModelSearch("", ()).page(models, request.max_results, request.page_token)
    answer: _Json = {"registered_models": [_model_json(model, ()) for model in found]}
    return answer if token is None else answer | {"next_page_token": token}


def has_no_volumes(_services: Services, _request: Empty) -> _Json:
    """Say that models are not uploaded by the SDK's volumes, which cut large files in parts."""
    return {"is_databricks_sdk_models_artifact_repository_enabled": False}


def _origin(services: Services, source: str) -> Origin:
    with suppress(NotFound):  # a version may be registered from what only another server has: its files come along
        return follow(services.store, source)
    return Origin()


def _experiment_of(services: Services, origin: Origin, run_id: str | None) -> ExperimentId:
    """Choose the experiment that is to keep the files: that of what the version is made from."""
    with suppress(NotFound):
        if origin.files is not None:
            return services.store.experiments.get_experiment(origin.files.experiment_id).experiment_id
    with suppress(NotFound):
        if run_id:
            return services.store.runs.get_run(run_id).experiment_id
    return DEFAULT_EXPERIMENT_ID


def _model_json(model: RegisteredModel, _latest: Sequence[RegisteredVersion]) -> _Json:
    return bare_model_json(model)


def _version_json(version: RegisteredVersion) -> _Json:
    written = bare_version_json(version)
    if version.aliases:
        written["aliases"] = aliases_json(dict.fromkeys(version.aliases, version.number))
    return written


UNITY_CATALOG = RegistryDialect(_model_json, _version_json, check_full_name)
"""The registry of clients whose registry URI is `databricks-uc`."""


_CALLS: list[tuple[str, str, Permission, type[msgspec.Struct], Any]] = [  # Any: each takes its own request
    ("POST", "model-versions/create", Permission.WRITE, Create, create_version),
    ("POST", "model-versions/finalize", Permission.WRITE, ByNumber, finalize),
    ("POST", "model-versions/generate-temporary-credentials", Permission.READ, ByNumber, credentials),
    ("GET", "model-versions/get-download-uri", Permission.READ, ByNumber, download_uri),
    ("GET", "registered-models/search", Permission.READ, Search, search),
    ("GET", f"registered-models:{_SDK_PROBE}", Permission.READ, Empty, has_no_volumes),
]

ROUTES: list[MlflowRoute[Any]] = [
    *model_routes(BASE, UNITY_CATALOG),
    *version_routes(BASE, UNITY_CATALOG),
    *(
        MlflowRoute(method=method, path=f"{BASE}/{name}", permission=permission, request=request, handle=handle)
        for method, name, permission, request, handle in _CALLS
    ),
]
