"""Prompts as Unity Catalog's clients write and read them. A prompt is a registered model: its versions are texts."""

from typing import Any

import msgspec
from trilha import names

from trilha_server.api.mlflow.registry_json import aliases_json, pairs_json
from trilha_server.api.mlflow.times import time_text
from trilha_server.api.mlflow.version_json import PairJson
from trilha_server.api.services import Services
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.registered_model import RegisteredModel, RegisteredVersion, parse_version_number

_TEXT = "text"
_CHAT = "chat"
_HIDDEN = frozenset({names.IS_PROMPT, names.PROMPT_TEXT})
_Json = dict[str, Any]  # Any: JSON


class PromptJson(msgspec.Struct):
    """What a client says of a prompt."""

    description: str | None = None
    tags: list[PairJson] = []


class PromptVersionJson(msgspec.Struct):
    """What a client says of a prompt's version."""

    template: str = ""
    """JSON: text, or a list of messages."""
    description: str | None = None
    tags: list[PairJson] = []


def existing_prompt(services: Services, name: str) -> RegisteredModel:
    """Read a prompt. Raises `NotFound`, also for a model that is none."""
    found = services.store.registry.get_model(name)
    if not found.is_prompt:
        raise NotFound("there is no such prompt: the name is that of a model", name=name[:256])
    return found


def existing_prompt_version(services: Services, name: str, number: str | int) -> RegisteredVersion:
    """Read a version of a prompt. Raises `NotFound`."""
    existing_prompt(services, name)
    return services.store.registered_versions.get_version(name, parse_version_number(str(number)))


def template_tags(written: str) -> dict[str, str]:
    """Read a template, which is JSON here, as tags keep it: text as it is, messages as JSON. Raises `InvalidInput`."""
    try:
        template = msgspec.json.decode(written)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput("a prompt's template is JSON: a string, or a list of messages") from error
    if isinstance(template, str):
        return {names.PROMPT_TYPE: _TEXT, names.PROMPT_TEXT: template}
    if not isinstance(template, list):
        raise InvalidInput("a prompt's template is a string or a list of messages")
    return {names.PROMPT_TYPE: _CHAT, names.PROMPT_TEXT: written}


def prompt_json(model: RegisteredModel) -> _Json:
    """Write a prompt."""
    return {
        "name": model.name,
        "description": model.description,
        "creation_timestamp": time_text(model.create_time_ms),
        "last_updated_timestamp": time_text(model.update_time_ms),
        "aliases": aliases_json(model.aliases),
        "tags": pairs_json(_shown(model.tags)),
    }


def prompt_version_json(version: RegisteredVersion) -> _Json:
    """Write a version of a prompt."""
    text = version.tags.get(names.PROMPT_TEXT, "")
    is_chat = version.tags.get(names.PROMPT_TYPE) == _CHAT
    return {
        "name": version.model_name,
        "version": str(version.number),
        "description": version.description,
        "creation_timestamp": time_text(version.create_time_ms),
        "last_updated_timestamp": time_text(version.update_time_ms),
        "template": text if is_chat else msgspec.json.encode(text).decode(),
        "aliases": aliases_json(dict.fromkeys(version.aliases, version.number)),
        "tags": pairs_json(_shown(version.tags)),
    }


def _shown(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key not in _HIDDEN}
