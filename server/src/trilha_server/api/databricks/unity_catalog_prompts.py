"""Unity Catalog's registry of prompts: the same prompts as over `http://`."""

from collections.abc import Mapping
from typing import Any

import msgspec
from trilha import names

from trilha_server.api.databricks.unity_catalog_models import BASE
from trilha_server.api.databricks.unity_catalog_prompt_json import PromptJson, existing_prompt, prompt_json
from trilha_server.api.mlflow.registry_json import read_tags
from trilha_server.api.mlflow.registry_models import (
    DEFAULT_RESULTS,
    MAX_RESULTS,
    ByAlias,
    ByName,
    DeleteTag,
    SetAlias,
    SetTag,
    check_max_results,
)
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.registered_model import (
    ModelChange,
    check_alias,
    check_full_name,
    check_registry_tags,
    parse_version_number,
)
from trilha_server.search.registered_models import ModelSearch

_Json = dict[str, Any]  # Any: JSON


class Create(msgspec.Struct):
    """Make a prompt."""

    name: str
    prompt: PromptJson = msgspec.field(default_factory=PromptJson)


class Update(msgspec.Struct):
    """Describe a prompt."""

    name: str
    prompt: PromptJson


class SchemaJson(msgspec.Struct):
    """A schema of a catalog."""

    catalog_name: str
    schema_name: str


class Search(msgspec.Struct):
    """Find prompts."""

    catalog_schema: SchemaJson
    filter: str = ""
    max_results: int = DEFAULT_RESULTS
    page_token: str | None = None


def create(services: Services, request: Create) -> _Json:
    """Make a prompt."""
    tags = read_tags(request.prompt.tags) | {names.IS_PROMPT: "true"}
    description = request.prompt.description or ""
    return prompt_json(services.store.registry.create_model(check_full_name(request.name), description, tags))


def get(services: Services, request: ByName) -> _Json:
    """Read a prompt."""
    return prompt_json(existing_prompt(services, request.name))


def update(services: Services, request: Update) -> _Json:
    """Describe a prompt, and set tags."""
    existing_prompt(services, request.name)
    change = ModelChange(
        time_ms=services.clock.now_ms(), description=request.prompt.description, tags=read_tags(request.prompt.tags)
    )
    return prompt_json(services.store.registry.change_model(request.name, change))


def delete(services: Services, request: ByName) -> Empty:
    """Forget a prompt with its versions."""
    existing_prompt(services, request.name)
    services.store.registry.delete_model(request.name)
    return Empty()


def search(services: Services, request: Search) -> _Json:
    """Find prompts of a schema."""
    check_max_results(request.max_results, MAX_RESULTS)
    levels = [request.catalog_schema.catalog_name, request.catalog_schema.schema_name]
    models = [model for model in services.store.registry.list_models() if model.name.split(".")[:-1] == levels]
    asked = ModelSearch(request.filter, (), only_prompts=True)
    found, token = asked.page(models, request.max_results, request.page_token)
    answer: _Json = {"prompts": [prompt_json(model) for model in found]}
    return answer if token is None else answer | {"next_page_token": token}


def set_alias(services: Services, request: SetAlias) -> Empty:
    """Let an alias name a version, this one alone."""
    return _change(
        services, request.name, aliases={check_alias(request.alias): parse_version_number(str(request.version))}
    )


def delete_alias(services: Services, request: ByAlias) -> Empty:
    """Delete an alias; nothing happens where there is none."""
    return _change(services, request.name, aliases={request.alias: None})


def set_tag(services: Services, request: SetTag) -> Empty:
    """Set a tag of a prompt."""
    return _change(services, request.name, tags=check_registry_tags({request.key: request.value}))


def delete_tag(services: Services, request: DeleteTag) -> Empty:
    """Delete a tag of a prompt; nothing happens where there is none."""
    return _change(services, request.name, tags={request.key: None})


def _change(
    services: Services,
    name: str,
    *,
    tags: Mapping[str, str | None] | None = None,
    aliases: Mapping[str, int | None] | None = None,
) -> Empty:
    existing_prompt(services, name)
    change = ModelChange(time_ms=services.clock.now_ms(), tags=tags or {}, aliases=aliases or {})
    services.store.registry.change_model(name, change)
    return Empty()


_PROMPT = f"{BASE}/prompts/{{name}}"
_CALLS: list[tuple[str, str, Permission, type[msgspec.Struct], Any]] = [  # Any: each takes its own request
    ("POST", f"{BASE}/prompts/search", Permission.READ, Search, search),
    ("GET", _PROMPT, Permission.READ, ByName, get),
    ("PATCH", _PROMPT, Permission.WRITE, Update, update),
    ("DELETE", _PROMPT, Permission.MANAGE, ByName, delete),
    ("POST", f"{_PROMPT}/aliases/{{alias}}", Permission.WRITE, SetAlias, set_alias),
    ("DELETE", f"{_PROMPT}/aliases/{{alias}}", Permission.WRITE, ByAlias, delete_alias),
    ("POST", f"{_PROMPT}/tags", Permission.WRITE, SetTag, set_tag),
    ("DELETE", f"{_PROMPT}/tags/{{key:path}}", Permission.WRITE, DeleteTag, delete_tag),
]

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(
        method="POST",
        path=f"{BASE}/prompts",
        permission=Permission.WRITE,
        request=Create,
        handle=create,
        # By this code the client knows that the prompt is there already, and goes on with a new version of it.
        other_codes={"RESOURCE_ALREADY_EXISTS": "ALREADY_EXISTS"},
    ),
    *(
        MlflowRoute(method=method, path=path, permission=permission, request=request, handle=handle)
        for method, path, permission, request, handle in _CALLS
    ),
]
