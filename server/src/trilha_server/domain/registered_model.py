"""The model registry: models and prompts under names, each with numbered versions, aliases and tags."""

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec
from trilha import names

from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import ExperimentId

MAX_NAME_CHARS = 256  # MLflow's limit
MAX_ALIAS_CHARS = 255  # MLflow's limit
MAX_TAG_KEY_CHARS = 250  # MLflow's limit
MAX_TAG_VALUE_CHARS = 100_000  # MLflow's limit
MAX_NUMBER_DIGITS = 18  # fits 64 bits

LATEST_ALIAS = "latest"
"""Names the newest version of every model, without being set."""

_OWN_FOLDERS = "registered_models"
_ALIAS = re.compile(r"[\w-]+")
_NUMBER_ALIAS = re.compile(r"[vV]\d+")


class RegistrationStatus(StrEnum):
    """How far the registration of a version has come."""

    PENDING = "pending"
    """Its files are still being uploaded."""
    READY = "ready"


class RegistryStage(StrEnum):
    """What a version is used for, by the older way of saying it; aliases say it better."""

    NONE = "none"
    STAGING = "staging"
    PRODUCTION = "production"
    ARCHIVED = "archived"


class RegisteredModel(msgspec.Struct, frozen=True, kw_only=True):
    """A name under which versions are numbered."""

    model_number: int
    """Never used again, not even when a model of the same name follows a deleted one."""
    name: str
    """`catalog.schema.model`, or any other text without `/` and `:`."""
    description: str = ""
    create_time_ms: int
    """Unix time."""
    update_time_ms: int
    """Unix time."""
    tags: dict[str, str] = {}
    aliases: dict[str, int] = {}
    """The number of the version that each alias names."""

    @property
    def is_prompt(self) -> bool:
        """Whether its versions are texts."""
        return speaks_of_prompt(self.tags)


class RegisteredVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an application, or of a prompt, as it is known under a registered model's name."""

    model_number: int
    model_name: str
    number: int
    """1, 2, 3 … within the model; never used again."""
    source: str
    """Where it was made from: `models:/m-…`, `runs:/…`, `models:/name/1` or a location."""
    version_id: str | None = None
    """The `Version` that it was made from."""
    run_id: str | None = None
    run_link: str = ""
    description: str = ""
    status: RegistrationStatus = RegistrationStatus.READY
    files: ArtifactPath | None = None
    """The folder of its files; `None` where the server does not keep them, or there are none."""
    outside: str | None = None
    """Where its files are instead, as far as the source says."""
    stage: RegistryStage = RegistryStage.NONE
    create_time_ms: int
    """Unix time."""
    update_time_ms: int
    """Unix time."""
    tags: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    """In alphabetical order."""

    @property
    def is_prompt(self) -> bool:
        """Whether it is a text."""
        return speaks_of_prompt(self.tags)

    @property
    def owns_files(self) -> bool:
        """Whether its files are a copy that nothing else was made from."""
        own = own_folder(self.model_number, self.number)
        return self.files is not None and self.files.parts == own


class ModelChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different in a registered model; what is not named stays."""

    time_ms: int
    """Unix time of the change."""
    name: str | None = None
    description: str | None = None
    tags: Mapping[str, str | None] = {}
    """`None` deletes one."""
    aliases: Mapping[str, int | None] = {}
    """The number of the version that each is to name; `None` deletes one."""


class RegisteredVersionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different in a registered version; what is not named stays."""

    time_ms: int
    """Unix time of the change."""
    description: str | None = None
    status: RegistrationStatus | None = None
    stage: RegistryStage | None = None
    archives_others: bool = False
    """Whether other versions of the model leave the stage for the archive."""
    tags: Mapping[str, str | None] = {}
    """`None` deletes one."""


class NewRegisteredVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version to be numbered."""

    time_ms: int
    """Unix time."""
    source: str
    version_id: str | None = None
    run_id: str | None = None
    run_link: str = ""
    description: str = ""
    status: RegistrationStatus = RegistrationStatus.READY
    files: ArtifactPath | ExperimentId | None = None
    """An experiment's id where they are yet to come, to a folder of the version's own."""
    outside: str | None = None
    tags: dict[str, str] = {}


def speaks_of_prompt(tags: Mapping[str, str]) -> bool:
    """Tell by the tags of a model or a version whether it is a prompt."""
    return tags.get(names.IS_PROMPT, "").lower() == "true"


def own_folder(model_number: int, number: int) -> tuple[str, ...]:
    """Name the folder, within an experiment's artifacts, for files that are uploaded to a registered version."""
    return (_OWN_FOLDERS, str(model_number), str(number), "artifacts")


def is_own_folder(files: ArtifactPath) -> bool:
    """Tell whether a folder was made for a registered version, not for what it was registered from."""
    return files.parts[:1] == (_OWN_FOLDERS,)


def check_not_own_folder(path: ArtifactPath) -> None:
    """Raise `InvalidInput` for a place that only the registry may change."""
    if is_own_folder(path):
        raise InvalidInput("the files of a registered version stay as they are: register a new one, or delete it")


def check_model_name(name: str) -> str:
    """Raise `InvalidInput` for a name that no registered model can have."""
    if not name.strip():
        raise InvalidInput("a registered model's name must not be empty")
    if len(name) > MAX_NAME_CHARS:
        raise InvalidInput("a registered model's name is too long", max_chars=MAX_NAME_CHARS)
    if "/" in name or ":" in name or name in (".", ".."):
        raise InvalidInput("a registered model's name has no '/' and no ':', and is not '.' or '..'", name=name)
    return name


def is_full_name(name: str) -> bool:
    """Tell whether a name has three levels: `catalog.schema.model`."""
    levels = name.split(".")
    return len(levels) == 3 and all(level.strip() for level in levels)


def check_full_name(name: str) -> str:
    """Raise `InvalidInput` unless a name has the three levels that Unity Catalog asks for."""
    if not is_full_name(name):
        # Clients look for these words, and tell those who meant another registry how to reach it.
        raise InvalidInput("specify all three levels of the model's name: catalog.schema.model", name=name[:80])
    return check_model_name(name)


def check_alias(alias: str) -> str:
    """Raise `InvalidInput` for what cannot be an alias."""
    if _ALIAS.fullmatch(alias) is None:
        raise InvalidInput("an alias has letters, digits, '_' and '-' only", alias=alias[:80])
    if len(alias) > MAX_ALIAS_CHARS:
        raise InvalidInput("an alias is too long", max_chars=MAX_ALIAS_CHARS)
    if alias.lower() == LATEST_ALIAS or _NUMBER_ALIAS.fullmatch(alias):
        raise InvalidInput("'latest' and 'v1', 'v2' … cannot be aliases: they mean versions already", alias=alias)
    return alias


def check_registry_tags(tags: dict[str, str]) -> dict[str, str]:
    """Raise `InvalidInput` for tags that cannot be kept."""
    for key, value in tags.items():
        if not key or len(key) > MAX_TAG_KEY_CHARS:
            raise InvalidInput("the key of a tag is empty or too long", max_chars=MAX_TAG_KEY_CHARS, key=key[:80])
        if len(value) > MAX_TAG_VALUE_CHARS:
            raise InvalidInput("the value of a tag is too long", max_chars=MAX_TAG_VALUE_CHARS, key=key)
    return tags


def parse_version_number(text: str) -> int:
    """Read the number of a version as clients write it. Raises `InvalidInput`."""
    if not text.isascii() or not text.isdigit() or len(text) > MAX_NUMBER_DIGITS:
        raise InvalidInput("a version is a whole number", version=text[:80])
    return int(text)
