"""Prompts, written and found."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from trilha import names
from trilha._client.http import V2, Json, connection
from trilha._client.pages import PagedList, all_pages
from trilha._client.prompts import PROMPTS, VERSIONS, forget
from trilha.entities._prompts import CHAT, TEXT, Prompt, PromptModelConfig, PromptVersion, Template, written_template
from trilha.exceptions import AlreadyExists, InvalidInput, NotFound

_OF_SCHEMA: Final = f"{V2}/unity-catalog/prompts/search"
_SCHEMA_TERM: Final = re.compile(r"(catalog|schema)\s*=\s*['\"]([^'\"]+)['\"]", re.IGNORECASE)
_SOURCE: Final = "dummy-source"  # what MLflow's client writes: a version is to have one, and a prompt has none
_PAGE: Final = 100

Texts = Mapping[str, Any]  # Any: whatever has a text


def register_prompt(
    name: str,
    template: Template,
    commit_message: str | None = None,
    tags: Texts | None = None,
    response_format: Any = None,  # Any: a schema, or a model of pydantic
    model_config: PromptModelConfig | Json | None = None,
) -> PromptVersion:
    """Add a version to a prompt, which is made where there is none. Tags are set on the prompt as well."""
    _check(name, template)
    told = {
        **(tags or {}),
        names.IS_PROMPT: "true",
        names.PROMPT_TYPE: TEXT if isinstance(template, str) else CHAT,
        names.PROMPT_TEXT: written_template(template),
    }
    if response_format:
        schema = getattr(response_format, "model_json_schema", None)
        told[names.PROMPT_RESPONSE_FORMAT] = _json(response_format if schema is None else schema())
    if model_config:
        told[names.PROMPT_MODEL_CONFIG] = _json(_config(model_config))
    body = {"name": name, "description": commit_message or "", "source": _SOURCE, "tags": _pairs(told)}
    try:
        made = connection().call("POST", f"{VERSIONS}/create", body=body)
    except NotFound as error:
        if error.error_code != NotFound.default_code:
            raise
        _make(name, commit_message, tags)
        made = connection().call("POST", f"{VERSIONS}/create", body=body)
    else:
        for key, value in (tags or {}).items():
            set_prompt_tag(name, key, value)
    forget(name)
    return PromptVersion.from_dictionary(made["model_version"])


def search_prompts(
    filter_string: str | None = None, max_results: int | None = None, order_by: Sequence[str] | None = None
) -> PagedList[Prompt]:
    """Find prompts, as many as are asked for. `catalog = 'c' AND schema = 's'` finds those of a schema."""

    def read(token: str | None) -> PagedList[Prompt]:
        return search_prompts_page(filter_string, min(max_results or _PAGE, _PAGE), order_by, token)

    return all_pages(read, max_results)


def search_prompts_page(
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: Sequence[str] | None = None,
    page_token: str | None = None,
) -> PagedList[Prompt]:
    """Read one page of a search for prompts."""
    terms = re.split(r"\s+AND\s+", filter_string.strip(), flags=re.IGNORECASE) if filter_string else []
    schema = {found[1].lower(): found[2] for found in map(_SCHEMA_TERM.fullmatch, terms) if found is not None}
    asked: Json = {"max_results": max_results or _PAGE, "page_token": page_token or None}
    if schema.keys() == {"catalog", "schema"}:
        others = " AND ".join(term for term in terms if not _SCHEMA_TERM.fullmatch(term))
        place = {"catalog_name": schema["catalog"], "schema_name": schema["schema"]}
        body = {**asked, "catalog_schema": place, "filter": others}
        answer = connection().call("POST", _OF_SCHEMA, body=body, is_safe=True)
        found = answer.get("prompts")
    else:
        query = {**asked, "filter": " AND ".join([f"tags.`{names.IS_PROMPT}` = 'true'", *terms])}
        answer = connection().call("GET", f"{PROMPTS}/search", query={**query, "order_by": list(order_by or ())})
        found = answer.get("registered_models")
    return PagedList(map(Prompt.from_dictionary, found or ()), answer.get("next_page_token"))


def set_prompt_alias(name: str, alias: str, version: int | str) -> None:
    """Let an alias name a version of a prompt, this one alone. Raises `NotFound`."""
    body = {"name": name, "alias": alias, "version": str(version)}
    connection().call("POST", f"{PROMPTS}/alias", body=body, is_safe=True)
    forget(name)


def delete_prompt_alias(name: str, alias: str) -> None:
    """Delete an alias of a prompt."""
    connection().call("DELETE", f"{PROMPTS}/alias", body={"name": name, "alias": alias})
    forget(name)


def get_prompt_tags(name: str) -> dict[str, str]:
    """Read the tags of a prompt. Raises `NotFound`."""
    answer = connection().call("GET", f"{PROMPTS}/get", query={"name": name})
    return Prompt.from_dictionary(answer["registered_model"]).tags


def set_prompt_tag(name: str, key: str, value: Any) -> None:  # Any: whatever has a text
    """Set a tag of a prompt. Raises `NotFound`."""
    body = {"name": name, "key": key, "value": str(value)}
    connection().call("POST", f"{PROMPTS}/set-tag", body=body, is_safe=True)


def delete_prompt_tag(name: str, key: str) -> None:
    """Delete a tag of a prompt."""
    connection().call("DELETE", f"{PROMPTS}/delete-tag", body={"name": name, "key": key})


def set_prompt_version_tag(name: str, version: str | int, key: str, value: Any) -> None:  # Any: whatever has a text
    """Set a tag of a version of a prompt. Raises `NotFound`."""
    body = {"name": name, "version": str(version), "key": key, "value": str(value)}
    connection().call("POST", f"{VERSIONS}/set-tag", body=body, is_safe=True)
    forget(name)


def delete_prompt_version_tag(name: str, version: str | int, key: str) -> None:
    """Delete a tag of a version of a prompt."""
    body = {"name": name, "version": str(version), "key": key}
    connection().call("DELETE", f"{VERSIONS}/delete-tag", body=body)
    forget(name)


def set_prompt_model_config(name: str, version: str | int, model_config: PromptModelConfig | Json) -> None:
    """Say which model a version of a prompt is for, instead of what was said before."""
    set_prompt_version_tag(name, version, names.PROMPT_MODEL_CONFIG, _json(_config(model_config)))


def delete_prompt_model_config(name: str, version: str | int) -> None:
    """Say of a version of a prompt no more which model it is for."""
    delete_prompt_version_tag(name, version, names.PROMPT_MODEL_CONFIG)


def _make(name: str, description: str | None, tags: Texts | None) -> None:
    told = {**(tags or {}), names.IS_PROMPT: "true"}
    body = {"name": name, "description": description or "", "tags": _pairs(told)}
    with suppress(AlreadyExists):  # somebody made it at this moment
        connection().call("POST", f"{PROMPTS}/create", body=body)


def _check(name: str, template: Template) -> None:
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise InvalidInput("the name of a prompt has letters, digits, hyphens, underscores and dots")
    if isinstance(template, str):
        return
    if not template or not all("role" in message and "content" in message for message in template):
        raise InvalidInput("a template is text, or a list of messages that each have a role and content")


def _config(told: PromptModelConfig | Json) -> Json:
    return (told if isinstance(told, PromptModelConfig) else PromptModelConfig.from_dict(told)).to_dict()


def _json(value: Any) -> str:  # Any: JSON
    return msgspec.json.encode(value).decode()


def _pairs(values: Texts) -> list[dict[str, str]]:
    return [{"key": str(key), "value": str(value)} for key, value in values.items()]
