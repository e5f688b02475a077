"""What a trace is found by: its labels, as the index has them."""

import hashlib
from enum import StrEnum

import msgspec
from trilha import names

from trilha_server.domain.filter import Attribute, AttributeField, LabelField, LabelScope
from trilha_server.domain.trace import TWO_SPELLINGS, TraceInfo

MAX_VALUE_CHARS = 255
"""Longer values are cut in the index and told apart by a hash."""

CUT_MARK = "\x1f"
"""Follows what is left of a cut value; no whole value in the index holds it."""

_NOT_INDEXED = frozenset(
    {
        names.TRACE_INPUTS,
        names.TRACE_OUTPUTS,
        names.TRACE_SIZE_BYTES,
        names.TRACE_SIZE_STATS,
        names.TRACE_SCHEMA_VERSION,
        names.TRACE_TOKEN_USAGE,
        names.TRACE_COST,
        names.INFO_FINALIZED,
    }
)
"""Metadata that every client sends and that differs for every trace or for none: found by reading, not by index."""


class Scope(StrEnum):
    """Where a label comes from."""

    TRACE = "trace"
    FIELD = "field"
    TAG = "tag"
    METADATA = "metadata"


class LabelKey(msgspec.Struct, frozen=True, array_like=True):
    """One kind of label."""

    scope: Scope
    name: str


_ATTRIBUTE_KEYS = {
    Attribute.CLIENT_REQUEST_ID: LabelKey(Scope.TRACE, "client_request_id"),
    Attribute.NAME: LabelKey(Scope.TRACE, "name"),
    Attribute.RUN_ID: LabelKey(Scope.TRACE, "run_id"),
    Attribute.PROMPT: LabelKey(Scope.TRACE, "prompt"),
    Attribute.VERSION: LabelKey(Scope.TRACE, "version"),
    Attribute.USER: LabelKey(Scope.FIELD, names.TRACE_USER),
    Attribute.SESSION: LabelKey(Scope.FIELD, names.TRACE_SESSION),
    Attribute.MODEL_ID: LabelKey(Scope.FIELD, names.MODEL_ID),
}


_SEVERAL = frozenset({Attribute.RUN_ID, Attribute.PROMPT})
"""Of these a trace may have several labels."""


def has_one_value(key: LabelKey) -> bool:
    """Say whether a trace has at most one label of a key."""
    return all(key != _ATTRIBUTE_KEYS[attribute] for attribute in _SEVERAL)


def key_of(field: AttributeField | LabelField) -> LabelKey | None:
    """Name the label that holds a field; `None` where it is not indexed as one."""
    if isinstance(field, AttributeField):
        return _ATTRIBUTE_KEYS.get(field.attribute)
    if field.key in TWO_SPELLINGS:
        return LabelKey(Scope.FIELD, field.key)
    if field.scope is LabelScope.TAG:
        return _ATTRIBUTE_KEYS[Attribute.NAME] if field.key == names.TRACE_NAME else LabelKey(Scope.TAG, field.key)
    return None if field.key in _NOT_INDEXED else LabelKey(Scope.METADATA, field.key)


def labels_of(info: TraceInfo) -> set[tuple[LabelKey, str]]:
    """List the labels of a trace, with their values as the index has them."""
    found: set[tuple[LabelKey, str]] = set()
    for key in TWO_SPELLINGS & (info.tags.keys() | info.metadata.keys()):
        found.add((LabelKey(Scope.FIELD, key), index_value(info.field(key) or "")))
    for key, value in info.tags.items():
        if key not in TWO_SPELLINGS and key != names.TRACE_NAME:
            found.add((LabelKey(Scope.TAG, key), index_value(value)))
    for key, value in info.metadata.items():
        if key not in TWO_SPELLINGS and key not in _NOT_INDEXED:
            found.add((LabelKey(Scope.METADATA, key), index_value(value)))
    for attribute, value in (
        (Attribute.NAME, info.name),
        (Attribute.CLIENT_REQUEST_ID, info.client_request_id),
        (Attribute.VERSION, info.version),
    ):
        if value is not None:
            found.add((_ATTRIBUTE_KEYS[attribute], index_value(value)))
    for run_id in info.all_run_ids:
        found.add((_ATTRIBUTE_KEYS[Attribute.RUN_ID], index_value(run_id)))
    for prompt in info.prompts:
        found.add((_ATTRIBUTE_KEYS[Attribute.PROMPT], index_value(prompt)))
    return found


def index_value(value: str) -> str:
    """Write a value as the index has it: whole, or cut and marked with its hash."""
    if len(value) <= MAX_VALUE_CHARS and CUT_MARK not in value and "\x00" not in value:
        return value
    digest = hashlib.blake2b(value.encode(), digest_size=16).hexdigest()
    return f"{storable(value[:MAX_VALUE_CHARS]).replace(CUT_MARK, ' ')}{CUT_MARK}{digest}"


def storable(text: str) -> str:
    """Replace what PostgreSQL cannot keep in text."""
    return text.replace("\x00", "\ufffd") if "\x00" in text else text
