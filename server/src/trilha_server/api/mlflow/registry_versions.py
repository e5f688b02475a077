"""Versions of registered models."""

from functools import partial
from typing import Any

import msgspec

from trilha_server.api.mlflow.dialect import Dialect
from trilha_server.api.mlflow.registry_files import forget_files
from trilha_server.api.mlflow.registry_json import MODEL_REGISTRY, RegistryDialect, files_uri, read_stage, read_tags
from trilha_server.api.mlflow.registry_models import check_max_results
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.mlflow.version_json import PairJson
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.catalog.sources import Origin, follow
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.registered_model import (
    NewRegisteredVersion,
    RegisteredVersionChange,
    RegistryStage,
    check_registry_tags,
    parse_version_number,
    speaks_of_prompt,
)
from trilha_server.search.registered_models import VersionSearch

DEFAULT_RESULTS = 10_000
MAX_RESULTS = 200_000  # MLflow's limit
_Json = dict[str, Any]  # Any: JSON


class Create(msgspec.Struct):
    """Register a version."""

    name: str
    source: str
    run_id: str | None = None
    run_link: str = ""
    tags: list[PairJson] = []
    description: str = ""
    model_id: str | None = None


class ByNumber(msgspec.Struct):
    """Name a version."""

    name: str
    version: str | int
    sender_dialect: Dialect = Dialect.HTTP


class Update(msgspec.Struct):
    """Describe a version."""

    name: str
    version: str | int
    description: str | None = None


class Transition(msgspec.Struct):
    """Move a version to another stage."""

    name: str
    version: str | int
    stage: str
    archive_existing_versions: bool = False


class Search(msgspec.Struct):
    """Find versions."""

    filter: str = ""
    max_results: int = DEFAULT_RESULTS
    order_by: list[str] = []
    page_token: str | None = None


class SetTag(msgspec.Struct):
    """Set a tag of a version."""

    name: str
    version: str | int
    key: str
    value: str = ""


class DeleteTag(msgspec.Struct):
    """Delete a tag of a version."""

    name: str
    version: str | int
    key: str


def create(services: Services, request: Create) -> _Json:
    """Register a version."""
    tags = read_tags(request.tags)
    is_prompt = speaks_of_prompt(tags)
    require_kind(services, request.name, is_prompt=is_prompt)
    # The source of a prompt is a word that means nothing: a prompt is its tags.
    origin = Origin() if is_prompt else follow(services.store, request.source)
    new = new_version(services, request, origin)
    added = services.store.registered_versions.add_version(
        request.name, msgspec.structs.replace(new, files=origin.files, outside=origin.outside)
    )
    return {"model_version": MODEL_REGISTRY.version_json(added)}


def require_kind(services: Services, name: str, *, is_prompt: bool) -> None:
    """Raise `InvalidInput` for a version of a model under a prompt's name, or the other way round; `NotFound`."""
    if services.store.registry.get_model(name).is_prompt is not is_prompt:
        kept, other = ("model", "prompt") if is_prompt else ("prompt", "model")
        raise InvalidInput(f"the name is that of a {kept}: choose another for the {other}", name=name)


def new_version(services: Services, request: Create, origin: Origin) -> NewRegisteredVersion:
    """Take from a request, and from where its source has led, all but the files."""
    version = origin.version
    return NewRegisteredVersion(
        time_ms=services.clock.now_ms(),
        source=request.source,
        version_id=request.model_id or (None if version is None else version.version_id),
        run_id=request.run_id or (None if version is None else version.source_run_id),
        run_link=request.run_link,
        description=request.description,
        tags=read_tags(request.tags),
    )


def get(dialect: RegistryDialect, services: Services, request: ByNumber) -> _Json:
    """Read a version."""
    number = parse_version_number(str(request.version))
    return {"model_version": dialect.version_json(services.store.registered_versions.get_version(request.name, number))}


def update(dialect: RegistryDialect, services: Services, request: Update) -> _Json:
    """Describe a version."""
    change = RegisteredVersionChange(time_ms=services.clock.now_ms(), description=request.description)
    number = parse_version_number(str(request.version))
    changed = services.store.registered_versions.change_version(request.name, number, change)
    return {"model_version": dialect.version_json(changed)}


def transition(services: Services, request: Transition) -> _Json:
    """Move a version to another stage."""
    stage = read_stage(request.stage)
    if request.archive_existing_versions and stage not in (RegistryStage.STAGING, RegistryStage.PRODUCTION):
        raise InvalidInput("'archive_existing_versions' is for the stages Staging and Production alone")
    change = RegisteredVersionChange(
        time_ms=services.clock.now_ms(), stage=stage, archives_others=request.archive_existing_versions
    )
    number = parse_version_number(str(request.version))
    changed = services.store.registered_versions.change_version(request.name, number, change)
    return {"model_version": MODEL_REGISTRY.version_json(changed)}


def delete(services: Services, request: ByNumber) -> Empty:
    """Forget a version; its number is not given again."""
    number = parse_version_number(str(request.version))
    forget_files(services, services.store.registered_versions.delete_version(request.name, number))
    return Empty()


def search(dialect: RegistryDialect, services: Services, request: Search) -> _Json:
    """Find versions."""
    check_max_results(request.max_results, MAX_RESULTS)
    asked = VersionSearch(request.filter, request.order_by)
    candidates = services.store.registered_versions.list_versions(asked.model_names, asked.run_ids)
    found, token = asked.page(candidates, request.max_results, request.page_token)
    answer: _Json = {"model_versions": [dialect.version_json(version) for version in found]}
    return answer if token is None else answer | {"next_page_token": token}


def download_uri(services: Services, request: ByNumber) -> _Json:
    """Say where the files of a version are."""
    number = parse_version_number(str(request.version))
    version = services.store.registered_versions.get_version(request.name, number)
    if version.files is not None:
        return {"artifact_uri": files_uri(request.sender_dialect, version.files)}
    if version.outside is None:
        raise NotFound("the version has no files", name=request.name, version=number)
    return {"artifact_uri": version.outside}


def set_tag(services: Services, request: SetTag) -> Empty:
    """Set a tag of a version."""
    tags = check_registry_tags({request.key: request.value})
    change = RegisteredVersionChange(time_ms=services.clock.now_ms(), tags=tags)
    number = parse_version_number(str(request.version))
    services.store.registered_versions.change_version(request.name, number, change)
    return Empty()


def delete_tag(services: Services, request: DeleteTag) -> Empty:
    """Delete a tag of a version; nothing happens where there is none."""
    change = RegisteredVersionChange(time_ms=services.clock.now_ms(), tags={request.key: None})
    number = parse_version_number(str(request.version))
    services.store.registered_versions.change_version(request.name, number, change)
    return Empty()


def version_routes(base: str, dialect: RegistryDialect) -> list[MlflowRoute[Any]]:
    """List the calls that both registries have."""
    read, write, manage = Permission.READ, Permission.WRITE, Permission.MANAGE
    versions = f"{base}/model-versions"
    calls: list[tuple[str, str, Permission, type[msgspec.Struct], Any]] = [  # Any: each takes its own request
        ("PATCH", "update", write, Update, partial(update, dialect)),
        ("DELETE", "delete", manage, ByNumber, delete),
        ("GET", "get", read, ByNumber, partial(get, dialect)),
        ("GET", "search", read, Search, partial(search, dialect)),
        ("POST", "set-tag", write, SetTag, set_tag),
        ("DELETE", "delete-tag", write, DeleteTag, delete_tag),
    ]
    return [
        MlflowRoute(method=method, path=f"{versions}/{name}", permission=permission, request=request, handle=handle)
        for method, name, permission, request, handle in calls
    ]


_BASE = "/api/2.0/mlflow"

ROUTES: list[MlflowRoute[Any]] = [
    *version_routes(_BASE, MODEL_REGISTRY),
    MlflowRoute(
        method="POST",
        path=f"{_BASE}/model-versions/create",
        permission=Permission.WRITE,
        request=Create,
        handle=create,
    ),
    MlflowRoute(
        method="GET",
        path=f"{_BASE}/model-versions/get-download-uri",
        permission=Permission.READ,
        request=ByNumber,
        handle=download_uri,
    ),
    MlflowRoute(
        method="POST",
        path=f"{_BASE}/model-versions/transition-stage",
        permission=Permission.WRITE,
        request=Transition,
        handle=transition,
    ),
]
