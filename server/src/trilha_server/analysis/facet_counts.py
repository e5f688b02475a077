"""How many traces have each value of the fields that tell them apart."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from trilha_server.analysis.facets import HIDDEN_LABELS, FacetValue, Profile, values_of
from trilha_server.domain.filter import (
    NUMERIC_ATTRIBUTES,
    And,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    FilterField,
    LabelField,
    LabelScope,
    Operator,
    SpanField,
    SpanPart,
)

TOOL_TYPE = "TOOL"
MAX_FACETS = 20
"""So many are chosen at most."""

_MAX_TAGS = 40  # looked at, those that most traces have
_MANY = 50  # a tag or a user with more values is an id, not a kind
_FIRST = (AttributeField(Attribute.STATUS), AttributeField(Attribute.NAME), AttributeField(Attribute.VERSION))
_USER = AttributeField(Attribute.USER)
_MODEL = SpanField(SpanPart.MODEL)
_IS_TOOL = Comparison(SpanField(SpanPart.TYPE), Operator.EQ, TOOL_TYPE)
_SPAN_NAME = SpanField(SpanPart.NAME)
_NO_VALUES = frozenset({SpanPart.CONTENT, SpanPart.ATTRIBUTE})


class CountedValue(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a field."""

    value: str | float
    traces: int
    filter: Filter
    """Finds them."""


class FacetCounts(msgspec.Struct, frozen=True, kw_only=True):
    """A field and its values."""

    field: FilterField
    only: Filter | None
    """What spans must be to count here; `None` for all, and for fields that are not of spans."""
    values: tuple[CountedValue, ...]
    """The most frequent first."""
    others: int
    """How often further values are met."""
    without: int
    """Traces that have no value."""


def has_values(field: FilterField) -> bool:
    """Say whether the values of a field can be counted one by one."""
    match field:
        case AttributeField(attribute=attribute):
            return attribute not in NUMERIC_ATTRIBUTES and attribute is not Attribute.TEXT
        case SpanField(part=part):
            return part not in _NO_VALUES
        case _:
            return True


def count_values(profiles: Sequence[Profile], fields: Sequence[FilterField], max_values: int) -> list[FacetCounts]:
    """Count the values of some fields."""
    return [Counting(field, profiles).facet(max_values) for field in dict.fromkeys(fields)]


def count_useful_values(profiles: Sequence[Profile], max_values: int) -> list[FacetCounts]:
    """Count the values of those fields by which these traces can be told apart well."""
    tags = Counter(key for profile in profiles for key in profile.info.tags if key not in HIDDEN_LABELS)
    of_labels = [
        Counting(LabelField(LabelScope.TAG, key), profiles) for key, _ in tags.most_common(_MAX_TAGS) if tags[key] > 1
    ]
    user = Counting(_USER, profiles)
    found = [
        *(Counting(field, profiles) for field in _FIRST),
        *([user] if len(user.counts) <= _MANY else []),
        Counting(_MODEL, profiles),
        Counting(_SPAN_NAME, [_with_tools(profile) for profile in profiles], _IS_TOOL),
        *(one for one in of_labels if 1 < len(one.counts) <= _MANY),
    ]
    return [one.facet(max_values) for one in found if one.counts][:MAX_FACETS]


class Counting:
    """The values of one field, counted."""

    def __init__(self, field: FilterField, profiles: Sequence[Profile], only: Filter | None = None) -> None:
        self._field = field
        self._only = only
        self.without = 0
        """Traces that have no value."""
        self.counts: Counter[FacetValue] = Counter()
        if isinstance(field, SpanField):  # traces of one program have the same kinds of spans
            alike = Counter(profile.kinds for profile in profiles)
            one_of_each = {profile.kinds: profile for profile in profiles}
            for kinds, values in zip(one_of_each, values_of(field, one_of_each.values()), strict=True):
                self._add(values, alike[kinds])
        else:
            for values in values_of(field, profiles):
                self._add(values, 1)

    def facet(self, max_values: int) -> FacetCounts:
        """Show the most frequent values."""
        ordered = sorted(self.counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        shown = [(value, traces) for value, traces in ordered if isinstance(value, str | int | float)][:max_values]
        return FacetCounts(
            field=self._field,
            only=self._only,
            values=tuple(
                CountedValue(value=value, traces=traces, filter=self._found_by(value)) for value, traces in shown
            ),
            others=self.counts.total() - sum(traces for _, traces in shown),
            without=self.without,
        )

    def _add(self, values: frozenset[FacetValue], traces: int) -> None:
        for value in values:
            self.counts[value] += traces
        if not values:
            self.without += traces

    def _found_by(self, value: str | float) -> Filter:
        found = Comparison(self._field, Operator.EQ, value)
        return found if self._only is None else And((self._only, found))


def _with_tools(profile: Profile) -> Profile:
    tools = frozenset(kind for kind in profile.kinds if kind.span_type == TOOL_TYPE)
    return msgspec.structs.replace(profile, kinds=tools)
