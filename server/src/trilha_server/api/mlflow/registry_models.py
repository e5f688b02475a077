"""Registered models."""

from functools import partial
from typing import Any

import msgspec

from trilha_server.api.mlflow.registry_files import forget_files
from trilha_server.api.mlflow.registry_json import MODEL_REGISTRY, RegistryDialect, read_stage, read_tags
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.mlflow.version_json import PairJson
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.catalog.sources import version_by_alias
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.registered_model import (
    ModelChange,
    RegisteredModel,
    check_alias,
    check_registry_tags,
    parse_version_number,
)
from trilha_server.search.registered_models import ModelSearch

DEFAULT_RESULTS = 100
MAX_RESULTS = 1_000  # MLflow's limit
_Json = dict[str, Any]  # Any: JSON


class Create(msgspec.Struct):
    """Make a model."""

    name: str
    tags: list[PairJson] = []
    description: str = ""


class ByName(msgspec.Struct):
    """Name a model."""

    name: str


class Rename(msgspec.Struct):
    """Rename a model."""

    name: str
    new_name: str


class Update(msgspec.Struct):
    """Describe a model, or rename it."""

    name: str
    description: str | None = None
    new_name: str | None = None


class Search(msgspec.Struct):
    """Find models."""

    filter: str = ""
    max_results: int = DEFAULT_RESULTS
    order_by: list[str] = []
    page_token: str | None = None


class LatestVersions(msgspec.Struct):
    """Ask for the newest versions of a model."""

    name: str
    stages: list[str] = []


class SetTag(msgspec.Struct):
    """Set a tag of a model."""

    name: str
    key: str
    value: str = ""


class DeleteTag(msgspec.Struct):
    """Delete a tag of a model."""

    name: str
    key: str


class SetAlias(msgspec.Struct):
    """Let an alias name a version."""

    name: str
    alias: str
    version: str | int


class ByAlias(msgspec.Struct):
    """Name a version, or an alias itself."""

    name: str
    alias: str


def create(dialect: RegistryDialect, services: Services, request: Create) -> _Json:
    """Make a model."""
    name, tags = dialect.check_name(request.name), read_tags(request.tags)
    return _written(dialect, services, services.store.registry.create_model(name, request.description, tags))


def get(dialect: RegistryDialect, services: Services, request: ByName) -> _Json:
    """Read a model."""
    return _written(dialect, services, services.store.registry.get_model(request.name))


def rename(dialect: RegistryDialect, services: Services, request: Rename) -> _Json:
    """Rename a model."""
    return update(dialect, services, Update(name=request.name, new_name=request.new_name))


def update(dialect: RegistryDialect, services: Services, request: Update) -> _Json:
    """Describe a model, or rename it."""
    new_name = None if request.new_name is None else dialect.check_name(request.new_name)
    change = ModelChange(time_ms=services.clock.now_ms(), name=new_name, description=request.description)
    return _written(dialect, services, services.store.registry.change_model(request.name, change))


def delete(services: Services, request: ByName) -> Empty:
    """Forget a model with its versions."""
    forget_files(services, services.store.registry.delete_model(request.name))
    return Empty()


def search(services: Services, request: Search) -> _Json:
    """Find models."""
    check_max_results(request.max_results, MAX_RESULTS)
    asked = ModelSearch(request.filter, request.order_by)
    found, token = asked.page(services.store.registry.list_models(), request.max_results, request.page_token)
    latest = services.store.registered_versions.latest_versions([model.name for model in found])
    answer: _Json = {
        "registered_models": [
            MODEL_REGISTRY.model_json(model, [each for each in latest if each.model_number == model.model_number])
            for model in found
        ]
    }
    return answer if token is None else answer | {"next_page_token": token}


def latest_versions(services: Services, request: LatestVersions) -> _Json:
    """Read the newest versions of a model, of each stage or of some."""
    stages = [read_stage(name) for name in request.stages]
    services.store.registry.get_model(request.name)
    found = services.store.registered_versions.latest_versions([request.name])
    asked = [version for version in found if not stages or version.stage in stages]
    return {"model_versions": [MODEL_REGISTRY.version_json(version) for version in asked]}


def set_tag(services: Services, request: SetTag) -> Empty:
    """Set a tag of a model."""
    tags = check_registry_tags({request.key: request.value})
    services.store.registry.change_model(request.name, ModelChange(time_ms=services.clock.now_ms(), tags=tags))
    return Empty()


def delete_tag(services: Services, request: DeleteTag) -> Empty:
    """Delete a tag of a model; nothing happens where there is none."""
    change = ModelChange(time_ms=services.clock.now_ms(), tags={request.key: None})
    services.store.registry.change_model(request.name, change)
    return Empty()


def set_alias(services: Services, request: SetAlias) -> Empty:
    """Let an alias name a version, this one alone."""
    aliases = {check_alias(request.alias): parse_version_number(str(request.version))}
    services.store.registry.change_model(request.name, ModelChange(time_ms=services.clock.now_ms(), aliases=aliases))
    return Empty()


def delete_alias(services: Services, request: ByAlias) -> Empty:
    """Delete an alias; nothing happens where there is none."""
    change = ModelChange(time_ms=services.clock.now_ms(), aliases={request.alias: None})
    services.store.registry.change_model(request.name, change)
    return Empty()


def get_by_alias(dialect: RegistryDialect, services: Services, request: ByAlias) -> _Json:
    """Read the version that an alias names."""
    return {"model_version": dialect.version_json(version_by_alias(services.store, request.name, request.alias))}


def check_max_results(max_results: int, limit: int) -> None:
    """Raise `InvalidInput` for a page of no size or too large."""
    if not 1 <= max_results <= limit:
        raise InvalidInput(f"invalid value {max_results} for parameter 'max_results': it must be from 1 to {limit}")


def _written(dialect: RegistryDialect, services: Services, model: RegisteredModel) -> _Json:
    latest = services.store.registered_versions.latest_versions([model.name])
    return {"registered_model": dialect.model_json(model, latest)}


def model_routes(base: str, dialect: RegistryDialect) -> list[MlflowRoute[Any]]:
    """List the calls that both registries have."""
    read, write, manage = Permission.READ, Permission.WRITE, Permission.MANAGE
    models = f"{base}/registered-models"
    calls: list[tuple[str, str, Permission, type[msgspec.Struct], Any]] = [  # Any: each takes its own request
        ("POST", "create", write, Create, partial(create, dialect)),
        ("PATCH", "update", write, Update, partial(update, dialect)),
        ("DELETE", "delete", manage, ByName, delete),
        ("GET", "get", read, ByName, partial(get, dialect)),
        ("POST", "set-tag", write, SetTag, set_tag),
        ("DELETE", "delete-tag", write, DeleteTag, delete_tag),
        ("POST", "alias", write, SetAlias, set_alias),
        ("DELETE", "alias", write, ByAlias, delete_alias),
        ("GET", "alias", read, ByAlias, partial(get_by_alias, dialect)),
    ]
    return [
        MlflowRoute(method=method, path=f"{models}/{name}", permission=permission, request=request, handle=handle)
        for method, name, permission, request, handle in calls
    ]


_BASE = "/api/2.0/mlflow"

ROUTES: list[MlflowRoute[Any]] = [
    *model_routes(_BASE, MODEL_REGISTRY),
    MlflowRoute(
        method="GET",
        path=f"{_BASE}/registered-models/search",
        permission=Permission.READ,
        request=Search,
        handle=search,
    ),
    MlflowRoute(
        method="POST",
        path=f"{_BASE}/registered-models/rename",
        permission=Permission.WRITE,
        request=Rename,
        handle=partial(rename, MODEL_REGISTRY),
    ),
    *(
        MlflowRoute(
            method=method,
            path=f"{_BASE}/registered-models/get-latest-versions",
            permission=Permission.READ,
            request=LatestVersions,
            handle=latest_versions,
        )
        for method in ("POST", "GET")
    ),
]
