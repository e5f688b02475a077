"""The filters of MLflow's trace metrics: one comparison each, such as `trace.tag.env = 'production'`."""

from collections.abc import Mapping, Sequence

import msgspec
from lark import Token, Tree
from trilha import names

from trilha_server.domain.errors import InvalidFilter, InvalidInput
from trilha_server.domain.figures import SpanDimension
from trilha_server.domain.filter import (
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    FilterField,
    LabelField,
    LabelScope,
    Operator,
)
from trilha_server.search.fields import did_you_mean
from trilha_server.search.syntax import children, segments, shown, syntax_tree, unquoted
from trilha_server.search.trees import all_of

_ENTITIES: Mapping[str, Mapping[str, bool]] = {
    "trace": {"status": False, "tag": True, "metadata": True},
    "span": {"name": False, "status": False, "type": False},
    "assessment": {"name": False, "type": False},
}
"""What may be compared, by the view it belongs to, and whether it needs a key."""


class MetricFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters of one question say together."""

    traces: Filter | None = None
    spans: dict[SpanDimension, str] = {}
    assessment_name: str | None = None
    assessment_type: str | None = None
    matches_nothing: bool = False
    """Whether one thing is to be two at once."""


def read_filters(texts: Sequence[str], view_type: str) -> MetricFilter:
    """Read the filters of a question about traces, spans or assessments. Raises `InvalidInput`."""
    traces: list[Comparison] = []
    others: dict[tuple[str, str], str] = {}
    contradicts = False
    for text in texts:
        view, entity, key, value = _comparison(text)
        if view == "trace":
            traces.append(Comparison(_trace_field(entity, key), Operator.EQ, value))
            continue
        if view_type.lower() != f"{view}s":
            raise InvalidInput(
                f"filtering by {view} is only supported for the view type {view.upper()}S, not {view_type}"
            )
        contradicts |= others.setdefault((view, entity), value) != value
    return MetricFilter(
        traces=all_of(*traces),
        spans={SpanDimension(entity): value for (view, entity), value in others.items() if view == "span"},
        assessment_name=others.get(("assessment", "name")),
        assessment_type=others.get(("assessment", "type")),
        matches_nothing=contradicts,
    )


def _trace_field(entity: str, key: str) -> FilterField:
    if entity == "status":
        return AttributeField(Attribute.STATUS)
    if entity == "tag":
        return LabelField(LabelScope.TAG, key)
    # As MLflow has it: the run that a trace was made in, and those that it was linked to.
    return AttributeField(Attribute.RUN_ID) if key == names.SOURCE_RUN else LabelField(LabelScope.METADATA, key)


def _comparison(text: str) -> tuple[str, str, str, str]:
    """Take a filter apart into view, entity, key (or nothing) and value."""
    try:
        node = syntax_tree(text, "filter")
    except InvalidFilter as error:
        raise InvalidInput(f"invalid filter '{shown(text)}': {error.text}") from error
    while len(node.children) == 1 and isinstance(node.children[0], Tree):
        node = node.children[0]
    match children(node):
        case [Token() as path, Token() as operator, Token() as value] if node.data == "comparison":
            pass
        case _:
            raise InvalidInput(
                f"invalid filter '{shown(text)}': expected one filter clause such as trace.status = 'OK'"
            )
    if operator != "=":
        raise InvalidInput(f"invalid comparator '{shown(operator)}': only '=' is supported")
    if value.type not in ("SINGLE_QUOTED", "DOUBLE_QUOTED"):
        raise InvalidInput(f"expected a quoted value in '{shown(text)}', such as 'my-value'")
    return *_identifier(path), unquoted(value)


def _identifier(path: str) -> tuple[str, str, str]:
    view, *rest = segments(path)
    if view not in _ENTITIES or not rest:
        hint = did_you_mean(view, _ENTITIES)
        raise InvalidInput(
            f"invalid identifier '{shown(path)}'{hint}: write trace.<key>, span.<key> or assessment.<key>"
        )
    entity, *key = rest
    entities = _ENTITIES[view]
    if entity not in entities:
        hint = did_you_mean(entity, entities)
        raise InvalidInput(
            f"invalid entity '{shown(entity)}' for the view '{view}'{hint}: valid entities are {', '.join(entities)}"
        )
    if entities[entity] and not key:
        raise InvalidInput(f"filtering by {entity} requires a key: write {view}.{entity}.<key> = 'value'")
    if key and not entities[entity]:
        raise InvalidInput(f"filtering by {entity} does not take a key: write {view}.{entity}")
    return view, entity, ".".join(key)
