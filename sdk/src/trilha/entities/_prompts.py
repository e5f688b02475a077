"""Prompts of the registry, and their versions, which are texts or chats with places for variables."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, cast

import msgspec

from trilha import names
from trilha.entities._times import time_ms
from trilha.exceptions import InvalidInput

CHAT: Final = "chat"
TEXT: Final = "text"
_VARIABLE: Final = re.compile(r"\{\{\s*([a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)*)\s*\}\}", re.ASCII)
_OF_THE_REGISTRY: Final = frozenset(
    {
        names.IS_PROMPT,
        names.PROMPT_TEXT,
        names.PROMPT_TYPE,
        names.PROMPT_RESPONSE_FORMAT,
        names.PROMPT_MODEL_CONFIG,
    }
)
"""Tags that are shown as fields."""
_SHOWN_CHARS: Final = 30
_Json = dict[str, Any]  # Any: JSON
Template = str | list[_Json]


@dataclass
class Prompt:
    """A prompt without its versions."""

    name: str
    description: str | None = None
    creation_timestamp: int | None = None
    """Unix time, milliseconds."""
    tags: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def from_dictionary(cls, written: _Json) -> "Prompt":
        """Read what the server writes."""
        tags = _pairs(written.get("tags"))
        tags.pop(names.IS_PROMPT, None)
        return cls(written["name"], written.get("description"), time_ms(written.get("creation_timestamp")), tags)


class PromptModelConfig(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The model that a prompt is for, and how it is called."""

    provider: str | None = None
    model_name: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop_sequences: list[str] | None = None
    extra_params: dict[str, Any] = {}  # Any: whatever a provider takes besides

    def to_dict(self) -> _Json:
        """Write what is said, as one dictionary."""
        said: _Json = msgspec.to_builtins(self)
        others = said.pop("extra_params", {})
        return {**said, **others}

    @classmethod
    def from_dict(cls, config_dict: _Json) -> "PromptModelConfig":
        """Read a dictionary, of which some is particular to a provider. Raises `InvalidInput`."""
        own = {key: value for key, value in config_dict.items() if key in cls.__struct_fields__}
        others = {key: value for key, value in config_dict.items() if key not in own}
        try:
            return msgspec.convert({**own, "extra_params": {**own.get("extra_params", {}), **others}}, cls)
        except msgspec.ValidationError as error:
            raise InvalidInput(f"this is no configuration of a model: {error}") from error


@dataclass(repr=False)
class PromptVersion:
    """A version of a prompt: text, or the messages of a chat, with variables as `{{name}}`."""

    name: str
    version: int
    template: Template
    commit_message: str | None = None
    creation_timestamp: int | None = None
    """Unix time, milliseconds."""
    tags: dict[str, str] = field(default_factory=dict[str, str])
    aliases: list[str] = field(default_factory=list[str])
    last_updated_timestamp: int | None = None
    user_id: str | None = None
    response_format: _Json | None = None
    """The schema of the answer that is wanted."""
    model_config: _Json | None = None

    @property
    def uri(self) -> str:
        """The version's address."""
        return f"prompts:/{self.name}/{self.version}"

    @property
    def description(self) -> str | None:
        """The commit message, by its other name."""
        return self.commit_message

    @property
    def is_text_prompt(self) -> bool:
        """Whether it is one text, and no chat."""
        return isinstance(self.template, str)

    @property
    def variables(self) -> set[str]:
        """The names of what `format` is to be given."""
        return set(_VARIABLE.findall(written_template(self.template)))

    def format(
        self,
        allow_partial: bool = False,
        use_jinja_sandbox: bool = True,
        **kwargs: Any,  # Any: whatever has a text
    ) -> Any:  # Any: what the template is, text or messages; a version where variables are left
        """Fill in the variables. Raises `InvalidInput` where one is missing, unless that is allowed.

        What a value holds stays as it is, even if it looks like a variable. Templates of Jinja, which have `{% … %}`,
        are filled in by Jinja, where it is installed.
        """
        if "{%" in written_template(self.template):
            return _changed(self.template, _jinja(kwargs, in_sandbox=use_jinja_sandbox))
        filled = _changed(self.template, lambda text: _VARIABLE.sub(lambda found: _filled(found, kwargs), text))
        missing = self.variables - kwargs.keys()
        if not missing:
            return filled
        if not allow_partial:
            raise InvalidInput(f"variables are missing: {', '.join(sorted(missing))}; allow_partial=True leaves them")
        return PromptVersion(**{**vars(self), "template": filled})

    def to_single_brace_format(self) -> Any:  # Any: what the template is, text or messages
        """Write variables as `{name}`, as LangChain has them."""
        return _changed(self.template, lambda text: _VARIABLE.sub(r"{\1}", text))

    def __repr__(self) -> str:
        text = written_template(self.template)
        shown = text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}..."
        return f"PromptVersion(name={self.name}, version={self.version}, template={shown})"

    @classmethod
    def from_dictionary(cls, written: _Json) -> "PromptVersion":
        """Read what the server writes. Raises `InvalidInput` for the version of a model."""
        tags = _pairs(written.get("tags"))
        if names.IS_PROMPT not in tags:
            raise InvalidInput(f"{written['name']!r} is the name of a model, and of no prompt")
        text = tags.get(names.PROMPT_TEXT, "")
        return cls(
            name=written["name"],
            version=int(written["version"]),
            template=msgspec.json.decode(text) if tags.get(names.PROMPT_TYPE) == CHAT else text,
            commit_message=written.get("description"),
            creation_timestamp=written.get("creation_timestamp"),
            tags={key: value for key, value in tags.items() if key not in _OF_THE_REGISTRY},
            aliases=written.get("aliases") or [],
            last_updated_timestamp=written.get("last_updated_timestamp"),
            user_id=written.get("user_id"),
            response_format=_object(tags.get(names.PROMPT_RESPONSE_FORMAT)),
            model_config=_object(tags.get(names.PROMPT_MODEL_CONFIG)),
        )


def written_template(template: Template) -> str:
    """Write a template as the registry keeps it: text as it is, messages as JSON."""
    return template if isinstance(template, str) else msgspec.json.encode(template).decode()


def _changed(template: Any, change: Callable[[str], str]) -> Any:  # Any: text, messages, and what is in them
    """Change all that is said in a template, and nothing else of it."""
    if isinstance(template, str):
        return change(template)
    return [
        {**message, "content": _changed_content(message["content"], change)} if "content" in message else message
        for message in template
    ]


def _changed_content(content: Any, change: Callable[[str], str]) -> Any:  # Any: text, or parts of several kinds
    if isinstance(content, str):
        return change(content)
    if isinstance(content, list):
        return [_changed_content(part, change) for part in cast("list[Any]", content)]
    if isinstance(content, dict):
        return {key: _changed_content(part, change) for key, part in cast("_Json", content).items()}
    return content


def _filled(found: "re.Match[str]", values: _Json) -> str:
    return str(values[found[1]]) if found[1] in values else found[0]


def _jinja(values: _Json, *, in_sandbox: bool) -> Callable[[str], str]:
    try:
        jinja: Any = import_module("jinja2.sandbox" if in_sandbox else "jinja2")  # Any: it is no dependency
    except ModuleNotFoundError as error:
        raise InvalidInput("this prompt is a template of Jinja: install jinja2") from error
    environment = jinja.SandboxedEnvironment() if in_sandbox else jinja.Environment()
    return lambda text: environment.from_string(text).render(**values)


def _object(text: str | None) -> _Json | None:
    return None if text is None else msgspec.json.decode(text)


def _pairs(written: list[_Json] | None) -> dict[str, str]:
    return {pair["key"]: pair.get("value", "") for pair in written or ()}
