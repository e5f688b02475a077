"""Unity Catalog's registry of prompts: their versions, and the traces that used them."""

from typing import Any

import msgspec
from trilha import names

from trilha_server.api.databricks.unity_catalog_models import BASE
from trilha_server.api.databricks.unity_catalog_prompt_json import (
    PromptVersionJson,
    existing_prompt,
    existing_prompt_version,
    prompt_version_json,
    template_tags,
)
from trilha_server.api.mlflow.registry_json import read_tags
from trilha_server.api.mlflow.registry_models import DEFAULT_RESULTS, MAX_RESULTS, ByAlias, check_max_results
from trilha_server.api.mlflow.registry_versions import ByNumber, DeleteTag, SetTag, require_kind
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.catalog.sources import version_by_alias
from trilha_server.domain.registered_model import (
    NewRegisteredVersion,
    RegisteredVersion,
    RegisteredVersionChange,
    check_registry_tags,
)
from trilha_server.search.registered_models import VersionSearch

_SOURCE = "dummy-source"  # what MLflow's client writes over http://
_Json = dict[str, Any]  # Any: JSON


class SearchVersions(msgspec.Struct):
    """List versions of a prompt."""

    name: str
    max_results: int = DEFAULT_RESULTS
    page_token: str | None = None


class CreateVersion(msgspec.Struct):
    """Make a version of a prompt."""

    name: str
    prompt_version: PromptVersionJson


class UpdateVersion(msgspec.Struct):
    """Describe a version of a prompt."""

    name: str
    version: str | int
    prompt_version: PromptVersionJson


def create_version(services: Services, request: CreateVersion) -> _Json:
    """Make a version of a prompt."""
    require_kind(services, request.name, is_prompt=True)
    said = request.prompt_version
    tags = read_tags(said.tags) | {names.IS_PROMPT: "true"} | template_tags(said.template)
    new = NewRegisteredVersion(
        time_ms=services.clock.now_ms(),
        source=_SOURCE,
        description=said.description or "",
        tags=check_registry_tags(tags),
    )
    return prompt_version_json(services.store.registered_versions.add_version(request.name, new))


def get_version(services: Services, request: ByNumber) -> _Json:
    """Read a version of a prompt."""
    return prompt_version_json(existing_prompt_version(services, request.name, request.version))


def get_version_by_alias(services: Services, request: ByAlias) -> _Json:
    """Read the version that an alias names."""
    existing_prompt(services, request.name)
    return prompt_version_json(version_by_alias(services.store, request.name, request.alias))


def search_versions(services: Services, request: SearchVersions) -> _Json:
    """List versions of a prompt, the newest first."""
    check_max_results(request.max_results, MAX_RESULTS)
    existing_prompt(services, request.name)
    versions = services.store.registered_versions.list_versions([request.name])
    asked = VersionSearch("", ["version_number DESC"], only_prompts=True)
    found, token = asked.page(versions, request.max_results, request.page_token)
    answer: _Json = {"prompt_versions": [prompt_version_json(version) for version in found]}
    return answer if token is None else answer | {"next_page_token": token}


def update_version(services: Services, request: UpdateVersion) -> _Json:
    """Describe a version of a prompt, and set tags; its text stays."""
    said = request.prompt_version
    change = RegisteredVersionChange(
        time_ms=services.clock.now_ms(), description=said.description, tags=read_tags(said.tags)
    )
    return prompt_version_json(_change_version(services, request.name, request.version, change))


def delete_version(services: Services, request: ByNumber) -> Empty:
    """Forget a version of a prompt."""
    version = existing_prompt_version(services, request.name, request.version)
    services.store.registered_versions.delete_version(request.name, version.number)
    return Empty()


def set_version_tag(services: Services, request: SetTag) -> Empty:
    """Set a tag of a version of a prompt."""
    tags = check_registry_tags({request.key: request.value})
    change = RegisteredVersionChange(time_ms=services.clock.now_ms(), tags=tags)
    _change_version(services, request.name, request.version, change)
    return Empty()


def delete_version_tag(services: Services, request: DeleteTag) -> Empty:
    """Delete a tag of a version of a prompt; nothing happens where there is none."""
    change = RegisteredVersionChange(time_ms=services.clock.now_ms(), tags={request.key: None})
    _change_version(services, request.name, request.version, change)
    return Empty()


def _change_version(
    services: Services, name: str, number: str | int, change: RegisteredVersionChange
) -> RegisteredVersion:
    version = existing_prompt_version(services, name, number)
    return services.store.registered_versions.change_version(name, version.number, change)


_VERSIONS = f"{BASE}/prompts/{{name}}/versions"
_VERSION = f"{_VERSIONS}/{{version}}"
_CALLS: list[tuple[str, str, Permission, type[msgspec.Struct], Any]] = [  # Any: each takes its own request
    ("POST", _VERSIONS, Permission.WRITE, CreateVersion, create_version),
    ("POST", f"{_VERSIONS}/search", Permission.READ, SearchVersions, search_versions),
    ("GET", f"{_VERSIONS}/by-alias/{{alias}}", Permission.READ, ByAlias, get_version_by_alias),
    ("GET", _VERSION, Permission.READ, ByNumber, get_version),
    ("PATCH", _VERSION, Permission.WRITE, UpdateVersion, update_version),
    ("DELETE", _VERSION, Permission.MANAGE, ByNumber, delete_version),
    ("POST", f"{_VERSION}/tags", Permission.WRITE, SetTag, set_version_tag),
    ("DELETE", f"{_VERSION}/tags/{{key:path}}", Permission.WRITE, DeleteTag, delete_version_tag),
]

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method=method, path=path, permission=permission, request=request, handle=handle)
    for method, path, permission, request, handle in _CALLS
]
