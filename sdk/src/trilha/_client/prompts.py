"""Prompts, read with a cache, so that a request of a service need not wait for the server."""

import time
from typing import Final, Literal, NamedTuple, overload

from trilha._active_version import active_version
from trilha._client.http import V2, Json, connection
from trilha._client.prompt_links import link_to_trace, link_to_version
from trilha._settings import settings
from trilha.entities._prompts import PromptVersion
from trilha.exceptions import InvalidInput, NotFound

PROMPTS: Final = f"{V2}/registered-models"
VERSIONS: Final = f"{V2}/model-versions"
_SCHEME: Final = "prompts:/"
_MOST_KEPT: Final = 1_000


class _Kept(NamedTuple):
    """A version as the server has written it, and until when that counts."""

    written: Json
    until_s: float


@overload
def load_prompt(
    name_or_uri: str,
    version: str | int | None = None,
    allow_missing: Literal[False] = False,
    link_to_model: bool = True,
    model_id: str | None = None,
    cache_ttl_seconds: float | None = None,
) -> PromptVersion: ...


@overload
def load_prompt(
    name_or_uri: str,
    version: str | int | None = None,
    allow_missing: bool = False,
    link_to_model: bool = True,
    model_id: str | None = None,
    cache_ttl_seconds: float | None = None,
) -> PromptVersion | None: ...


def load_prompt(
    name_or_uri: str,
    version: str | int | None = None,
    allow_missing: bool = False,
    link_to_model: bool = True,
    model_id: str | None = None,
    cache_ttl_seconds: float | None = None,
) -> PromptVersion | None:
    """Read a version of a prompt; the trace that is going on, and the active version, tell of it. Raises `NotFound`.

    A name alone means its newest version. An address is `prompts:/name/1`, `prompts:/name@alias` or
    `prompts:/name@latest`. What was read is kept: a numbered version for good, since its text never changes, that of
    an alias for a minute. `cache_ttl_seconds=0` asks the server all the same.
    """
    prompt = read_prompt(name_or_uri, version, allow_missing, cache_ttl_seconds)
    if prompt is None:
        return None
    link_to_trace(prompt)
    wanted = model_id or active_version()
    if link_to_model and wanted is not None:
        link_to_version(prompt, wanted)
    return prompt


def read_prompt(
    name_or_uri: str,
    version: str | int | None = None,
    allow_missing: bool = False,
    cache_ttl_seconds: float | None = None,
) -> PromptVersion | None:
    """Read a version of a prompt, and link it to nothing. Raises `NotFound`."""
    name, which = _place(name_or_uri, version)
    kept_s = _kept_s(which, cache_ttl_seconds)
    key = (connection().base_url, name, which)
    known = _kept.get(key)
    if known is not None and kept_s > 0 and time.monotonic() < known.until_s:
        return PromptVersion.from_dictionary(known.written)
    try:
        written = _asked_for(name, which)
    except NotFound as error:
        if allow_missing and error.error_code == NotFound.default_code:
            return None
        raise
    prompt = PromptVersion.from_dictionary(written)
    if kept_s > 0:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = _Kept(written, time.monotonic() + kept_s)
    return prompt


def _place(name_or_uri: str, version: str | int | None) -> tuple[str, str]:
    """Return the name of a prompt, and which of its versions is meant: `1` or `@alias`. Raises `InvalidInput`."""
    path = name_or_uri.removeprefix(_SCHEME).lstrip("/")
    if not name_or_uri.startswith(_SCHEME):
        path = f"{name_or_uri}@latest" if version is None else f"{name_or_uri}/{version}"
    elif version is not None:
        raise InvalidInput(f"{name_or_uri!r} names a version already: leave the other one out")
    name, slash, number = path.partition("/")
    if name and number.isdecimal():
        return name, str(int(number))
    name, _, alias = path.rpartition("@")
    if name.strip() and alias.strip() and not slash:
        return name, f"@{alias}"
    raise InvalidInput(
        f"{_SCHEME}{path} is no address of a prompt's version:"
        " that is like prompts:/name/1, prompts:/name@alias or prompts:/name@latest"
    )


def _kept_s(which: str, told_s: float | None) -> float:
    if told_s is None:
        now = settings()
        return now.prompt_alias_kept_s if which.startswith("@") else now.prompt_version_kept_s
    if told_s < 0:
        raise InvalidInput("cache_ttl_seconds is 0 or more")
    return told_s


def _asked_for(name: str, which: str) -> Json:
    if which.startswith("@"):
        answer = connection().call("GET", f"{PROMPTS}/alias", query={"name": name, "alias": which[1:]})
    else:
        answer = connection().call("GET", f"{VERSIONS}/get", query={"name": name, "version": which})
    return answer["model_version"]


def forget(name: str) -> None:
    """Ask the server for all versions of a prompt at their next use."""
    place = (connection().base_url, name)
    for key in list(_kept):
        if key[:2] == place:
            _kept.pop(key, None)


_kept: dict[tuple[str, str, str], _Kept] = {}
"""Versions that were read, by server, name and number or alias."""
