"""Fields of a trace's document, named with dots: `info.trace_id`, `info.assessments.*`, ``info.tags.`a.b` ``."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias, cast

import msgspec

Json: TypeAlias = Any  # Any: JSON
_Place: TypeAlias = "tuple[str | int, ...]"
"""The way to one value: keys of objects, and numbers of items."""

_INFO: Final = (
    "assessments",
    "client_request_id",
    "execution_duration_ms",
    "request_preview",
    "request_time",
    "response_preview",
    "state",
    "tags",
    "trace_id",
    "trace_location",
    "trace_metadata",
)
_SPAN: Final = (
    "attributes",
    "end_time_unix_nano",
    "events",
    "links",
    "name",
    "parent_span_id",
    "span_id",
    "start_time_unix_nano",
    "status",
    "trace_id",
)
KNOWN: Final = (*(f"info.{name}" for name in _INFO), *(f"data.spans.*.{name}" for name in _SPAN))
"""The fields that all traces may have; what is below them depends on the trace."""
_BEGINNINGS: Final = (("*",), ("info",), ("info", "*"), ("data",), ("data", "spans"), ("data", "spans", "*"))
_ONE = re.compile(r"(?:[^,`]|`[^`]*`)+")
_PART = re.compile(r"`([^`]*)`|([^.`]+)")


class UnknownField(Exception):
    """A field that no trace has."""


class Field(msgspec.Struct, frozen=True):
    """A field, as it was named."""

    text: str
    parts: tuple[str, ...]

    @property
    def is_of_spans(self) -> bool:
        """Whether the spans are needed to find it."""
        return self.parts[0] != "info"


def read_fields(text: str) -> list[Field]:
    """Read names of fields with commas between. Raises `UnknownField`."""
    if text.count("`") % 2:
        raise UnknownField(f"a backtick is missing: {text}")
    named = (one.strip() for one in _ONE.findall(text))
    fields = [Field(one, tuple(quoted or plain for quoted, plain in _PART.findall(one))) for one in named if one]
    unknown = [field.text for field in fields if not _is_known(field.parts)]
    if unknown or not fields:
        raise UnknownField(f"there is no field {', '.join(unknown) or repr(text)}")
    return fields


def selected(document: Json, fields: Iterable[Field]) -> Json:
    """Return a document with nothing but these fields."""
    return _pruned(document, [place for field in fields for place in _places(document, field.parts)])


def cell(document: Json, field: Field) -> str:
    """Write what a field says as one line of text; several values with commas between, nothing as `-`."""
    values = [_at(document, place) for place in _places(document, field.parts)]
    texts = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
    return " ".join(", ".join(texts).split()) or "-"


def _is_known(parts: tuple[str, ...]) -> bool:
    if parts in _BEGINNINGS:
        return True
    of_info, of_spans = parts[:1] == ("info",), parts[:3] == ("data", "spans", "*")
    return (of_info and parts[1] in _INFO) or (of_spans and parts[3] in _SPAN)


def _places(value: Json, parts: tuple[str, ...]) -> Iterator[_Place]:
    """Find the values that a field means. A key with dots is found whether or not backticks say that it is one."""
    if not parts:
        yield ()
    elif parts[0] == "*":
        for key, item in _items(value):
            yield from ((key, *rest) for rest in _places(item, parts[1:]))
    elif isinstance(value, dict):
        for used in range(1, len(parts) + 1):
            key = ".".join(parts[:used])
            if key in value:
                yield from ((key, *rest) for rest in _places(value[key], parts[used:]))


def _items(value: Json) -> Iterable[tuple[str | int, Json]]:
    if isinstance(value, dict):
        return cast("dict[str, Json]", value).items()
    return enumerate(cast("list[Json]", value)) if isinstance(value, list) else ()


def _at(value: Json, place: _Place) -> Json:
    for step in place:
        value = value[step]
    return value


def _pruned(value: Json, wanted: list[_Place]) -> Json:
    if () in wanted:
        return value
    below: dict[str | int, list[_Place]] = defaultdict(list)
    for head, *rest in wanted:
        below[head].append(tuple(rest))
    kept = {key: _pruned(item, below[key]) for key, item in _items(value) if key in below}
    if isinstance(value, list):  # items without the field hold their place, as with MLflow's command
        return [kept.get(index, {}) for index in range(max(cast("dict[int, Json]", kept), default=-1) + 1)]
    return kept
