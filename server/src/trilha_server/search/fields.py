"""The names that a filter may use: how they are spelled, and what field each one is."""

import difflib
from collections.abc import Callable, Iterable, Mapping

import msgspec

from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    FilterField,
    LabelField,
    LabelScope,
    SpanField,
    SpanPart,
)
from trilha_server.search.syntax import segments, shown

KeyReader = Callable[[list[str], int], FilterField]
"""Reads the segments after a prefix; the number is where the path stands in the text."""

ATTRIBUTE_PREFIXES = ("attribute", "attributes")
TAG_PREFIXES = ("tag", "tags")


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The names that one kind of thing is found by."""

    attributes: Mapping[str, Attribute]
    """By every spelling."""
    attribute_prefixes: tuple[str, ...]
    """May stand before an attribute, or be left out."""
    prefixed_only: frozenset[str] = frozenset()
    """Attributes that need the prefix."""
    keys: Mapping[str, KeyReader]
    """What reads the rest of a path, by prefix."""

    def field(self, path: str, position: int) -> FilterField:
        """Find the field that a path names. Raises `InvalidFilter`."""
        prefix, *rest = segments(path)
        if rest and prefix in self.attribute_prefixes:
            return self._attribute(".".join(rest), position)
        if rest and prefix in self.keys:
            return self.keys[prefix](rest, position)
        name = ".".join((prefix, *rest))
        if name in self.prefixed_only:
            written = f"{self.attribute_prefixes[-1]}.{name}"
            raise InvalidFilter(f"'{name}' needs a prefix; write {written}", position=position)
        if rest and name not in self.attributes:
            raise self._unknown_prefix(name, position)
        return self._attribute(name, position)

    def _attribute(self, name: str, position: int) -> AttributeField:
        if name in self.attributes:
            return AttributeField(self.attributes[name])
        if name in self.keys or name in self.attribute_prefixes:
            raise InvalidFilter(f"'{name}' needs a key; write {name}.<key>", position=position)
        hint = did_you_mean(name, (*self.attributes, *self.keys))
        raise InvalidFilter(f"unknown attribute '{shown(name)}'{hint}; {self._valid_names()}", position=position)

    def _unknown_prefix(self, name: str, position: int) -> InvalidFilter:
        prefix = name.partition(".")[0]
        hint = did_you_mean(name, self.attributes) or did_you_mean(prefix, (*self.attribute_prefixes, *self.keys))
        return InvalidFilter(f"unknown prefix '{shown(prefix)}'{hint}; {self._valid_names()}", position=position)

    def _valid_names(self) -> str:
        prefixes = ", ".join(f"{prefix}." for prefix in (*self.attribute_prefixes, *self.keys))
        return f"attributes are {', '.join(self.attributes)}; prefixes are {prefixes}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Say which known name is nearest, to follow the wrong one in a message; empty where none is near."""
    near = difflib.get_close_matches(name[:80].lower(), list(known), n=1, cutoff=0.7)
    return f" (did you mean '{near[0]}'?)" if near else ""


def label_reader(scope: LabelScope) -> KeyReader:
    """Make the reader of the keys of tags or metadata."""

    def read(rest: list[str], position: int) -> LabelField:
        return LabelField(scope, _key(rest, position))

    return read


def _assessment_reader(scope: AssessmentScope) -> KeyReader:
    def read(rest: list[str], position: int) -> AssessmentField:
        return AssessmentField(scope, _key(rest, position))

    return read


def _issue(rest: list[str], position: int) -> AssessmentField:
    if rest != ["id"]:
        raise InvalidFilter(
            f"unknown part of an issue '{shown('.'.join(rest))}' (did you mean 'id'?); use issue.id", position=position
        )
    return AssessmentField(AssessmentScope.ISSUE, "id")


def _span(rest: list[str], position: int) -> SpanField:
    name, *key = rest
    if name == SpanPart.ATTRIBUTE and key:
        return SpanField(SpanPart.ATTRIBUTE, _key(key, position))
    if name == SpanPart.ATTRIBUTE:
        raise InvalidFilter("'span.attributes' needs a key; write span.attributes.<key>", position=position)
    if key or name not in _SPAN_PARTS:
        hint = did_you_mean(name, (*_SPAN_PARTS, SpanPart.ATTRIBUTE))
        valid = ", ".join((*(f"span.{part}" for part in _SPAN_PARTS), "span.attributes.<key>"))
        raise InvalidFilter(
            f"unknown part of a span '{shown('.'.join(rest))}'{hint}; parts are {valid}", position=position
        )
    return SpanField(SpanPart(name))


def _key(rest: list[str], position: int) -> str:
    key = ".".join(rest)
    if not key:
        raise InvalidFilter("the key is empty; write it after the prefix, in backticks", position=position)
    return key


_SPAN_PARTS = tuple(part.value for part in SpanPart if part is not SpanPart.ATTRIBUTE)

TRACE_VOCABULARY = Vocabulary(
    attributes={
        **{attribute.value: attribute for attribute in Attribute},
        "trace_id": Attribute.REQUEST_ID,
        "state": Attribute.STATUS,
        "timestamp": Attribute.TIMESTAMP_MS,
        "execution_time": Attribute.EXECUTION_TIME_MS,
        "duration": Attribute.EXECUTION_TIME_MS,
        "end_time": Attribute.END_TIME_MS,
    },
    attribute_prefixes=(*ATTRIBUTE_PREFIXES, "trace"),
    prefixed_only=frozenset({"text"}),
    keys={
        **dict.fromkeys(TAG_PREFIXES, label_reader(LabelScope.TAG)),
        **dict.fromkeys(("metadata", "request_metadata"), label_reader(LabelScope.METADATA)),
        "span": _span,
        "feedback": _assessment_reader(AssessmentScope.FEEDBACK),
        "expectation": _assessment_reader(AssessmentScope.EXPECTATION),
        "issue": _issue,
    },
)
"""The names that traces are found by."""

TRACE_FIELDS: tuple[FilterField, ...] = (
    *(AttributeField(attribute) for attribute in Attribute),
    *(SpanField(SpanPart(part)) for part in _SPAN_PARTS),
    AssessmentField(AssessmentScope.ISSUE, "id"),
)
"""What a filter of traces may name without a key."""
