"""The filters and orders of registered models and of their versions: the same language with their own names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from trilha import names

from trilha_server.domain.filter import Attribute, AttributeField, Filter, LabelField, LabelScope, OrderTerm
from trilha_server.domain.registered_model import RegisteredModel, RegisteredVersion
from trilha_server.search.fields import ATTRIBUTE_PREFIXES, TAG_PREFIXES, KeyReader, Vocabulary, label_reader
from trilha_server.search.in_memory import (
    FieldValue,
    NamedField,
    Paging,
    holds,
    mentions,
    page_in_order,
    required_texts,
)
from trilha_server.search.order import parse_order_with
from trilha_server.search.parse import parse_with

# What the registry has takes the places of what traces have: times of times, the number of a number, texts of texts.
_CREATED = Attribute.TIMESTAMP_MS
_UPDATED = Attribute.END_TIME_MS
_NUMBER = Attribute.EXECUTION_TIME_MS
_SOURCE = Attribute.REQUEST_ID

_TIME_NAMES = {
    "creation_timestamp": _CREATED,
    "last_updated_timestamp": _UPDATED,
}
_KEYS: Mapping[str, KeyReader] = {**dict.fromkeys(TAG_PREFIXES, label_reader(LabelScope.TAG))}
_IS_PROMPT = LabelField(LabelScope.TAG, names.IS_PROMPT)

MODEL_VOCABULARY = Vocabulary(
    attributes={"name": Attribute.NAME, **_TIME_NAMES, "timestamp": _UPDATED},  # the last as MLflow's server has it
    attribute_prefixes=ATTRIBUTE_PREFIXES,
    keys=_KEYS,
)
"""The names that registered models are found by."""

VERSION_VOCABULARY = Vocabulary(
    attributes={
        "name": Attribute.NAME,
        "version_number": _NUMBER,
        "run_id": Attribute.RUN_ID,
        "model_id": Attribute.MODEL_ID,
        "source_path": _SOURCE,
        **_TIME_NAMES,
    },
    attribute_prefixes=ATTRIBUTE_PREFIXES,
    keys=_KEYS,
)
"""The names that registered versions are found by."""

_BY_NAME = OrderTerm(AttributeField(Attribute.NAME))
_LAST_CHANGED_FIRST = OrderTerm(AttributeField(_UPDATED), descending=True)
_NEWEST_FIRST = OrderTerm(AttributeField(_NUMBER), descending=True)


class ModelSearch:
    """Finds registered models. Prompts are among them only where the filter or the caller speaks of them."""

    def __init__(self, filter_text: str, order_by: Sequence[str], *, only_prompts: bool = False) -> None:
        """Read the filter and the order. Raises `InvalidFilter`."""
        self._tree = parse_with(MODEL_VOCABULARY, filter_text)
        self._order = _completed(parse_order_with(MODEL_VOCABULARY, order_by), (_BY_NAME,))
        self._kinds = _kinds(self._tree, only_prompts=only_prompts)

    def page(
        self, models: Iterable[RegisteredModel], limit: int, page_token: str | None
    ) -> tuple[list[RegisteredModel], str | None]:
        """Find a page of them, and the token of the next. Raises `InvalidInput` for a token that is none."""
        found = [model for model in models if self._matches(model)]
        return page_in_order(found, Paging(self._order, limit, page_token), _model_value)

    def _matches(self, model: RegisteredModel) -> bool:
        if model.is_prompt not in self._kinds:
            return False
        return self._tree is None or holds(self._tree, partial(_model_value, model))


class VersionSearch:
    """Finds registered versions. Those of prompts are among them only where the filter or the caller speaks of them."""

    def __init__(self, filter_text: str, order_by: Sequence[str], *, only_prompts: bool = False) -> None:
        """Read the filter and the order. Raises `InvalidFilter`."""
        self._tree = parse_with(VERSION_VOCABULARY, filter_text)
        order = parse_order_with(VERSION_VOCABULARY, order_by) or (_LAST_CHANGED_FIRST,)
        self._order = _completed(order, (_BY_NAME, _NEWEST_FIRST))
        self._kinds = _kinds(self._tree, only_prompts=only_prompts)

    @property
    def model_names(self) -> tuple[str, ...] | None:
        """The only models whose versions can match; `None` for any."""
        return required_texts(self._tree, AttributeField(Attribute.NAME))

    @property
    def run_ids(self) -> tuple[str, ...] | None:
        """The only runs whose versions can match; `None` for any."""
        return required_texts(self._tree, AttributeField(Attribute.RUN_ID))

    def page(
        self, versions: Iterable[RegisteredVersion], limit: int, page_token: str | None
    ) -> tuple[list[RegisteredVersion], str | None]:
        """Find a page of them, and the token of the next. Raises `InvalidInput` for a token that is none."""
        found = [version for version in versions if self._matches(version)]
        return page_in_order(found, Paging(self._order, limit, page_token), _version_value)

    def _matches(self, version: RegisteredVersion) -> bool:
        if version.is_prompt not in self._kinds:
            return False
        return self._tree is None or holds(self._tree, partial(_version_value, version))


def _kinds(tree: Filter | None, *, only_prompts: bool) -> tuple[bool, ...]:
    """List what `is_prompt` may be of what is found."""
    if only_prompts:
        return (True,)
    return (True, False) if mentions(tree, _IS_PROMPT) else (False,)


def _completed(order: tuple[OrderTerm, ...], last: tuple[OrderTerm, ...]) -> tuple[OrderTerm, ...]:
    """Add what makes an order tell any two things apart."""
    ordered = {term.field for term in order}
    return (*order, *(term for term in last if term.field not in ordered))


def _model_value(model: RegisteredModel, field: NamedField) -> FieldValue:
    match field:
        case LabelField() if field == _IS_PROMPT:
            return _truth(model.is_prompt)
        case LabelField(key=key):
            return model.tags.get(key)
        case AttributeField(attribute=attribute):
            return _MODEL_VALUES[attribute](model)


def _version_value(version: RegisteredVersion, field: NamedField) -> FieldValue:
    match field:
        case LabelField() if field == _IS_PROMPT:
            return _truth(version.is_prompt)
        case LabelField(key=key):
            return version.tags.get(key)
        case AttributeField(attribute=attribute):
            return _VERSION_VALUES[attribute](version)


def _truth(truth: bool) -> str:
    return "true" if truth else "false"  # what is no prompt does not have the tag, and must be found by 'false'


_MODEL_VALUES: Mapping[Attribute, Callable[[RegisteredModel], FieldValue]] = {
    Attribute.NAME: lambda model: model.name,
    _CREATED: lambda model: model.create_time_ms,
    _UPDATED: lambda model: model.update_time_ms,
}
_VERSION_VALUES: Mapping[Attribute, Callable[[RegisteredVersion], FieldValue]] = {
    Attribute.NAME: lambda version: version.model_name,
    Attribute.RUN_ID: lambda version: version.run_id,
    Attribute.MODEL_ID: lambda version: version.version_id,
    _NUMBER: lambda version: version.number,
    _SOURCE: lambda version: version.source,
    _CREATED: lambda version: version.create_time_ms,
    _UPDATED: lambda version: version.update_time_ms,
}
