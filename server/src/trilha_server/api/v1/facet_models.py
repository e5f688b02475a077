"""What a filter may name, and how many traces have which values, as the native API takes and gives it."""

from typing import Annotated, Literal

from pydantic import Field

from trilha_server.analysis.facet_counts import FacetCounts
from trilha_server.analysis.observed_fields import ObservedField, group_of
from trilha_server.api.v1.models import ExperimentIdText, Model
from trilha_server.ports import ObservedValues
from trilha_server.search.printing import print_field, print_filter
from trilha_server.search.values import ValueKind, rule_of

FieldText = Annotated[str, Field(min_length=1, max_length=2000, examples=["tags.environment"])]

_KINDS: dict[ValueKind, Literal["text", "number", "time"]] = {ValueKind.NUMBER: "number", ValueKind.TIME: "time"}


class FieldModel(Model):
    """Something that a filter may name."""

    field: str
    """As the language writes it."""
    kind: Literal["text", "number", "time"]
    group: Literal["trace", "tags", "metadata", "spans", "feedback", "expectations", "attributes"]
    traces: int | None
    """How many of the counted traces have it; `null` where that is not counted."""
    operators: list[str]

    @classmethod
    def of(cls, found: ObservedField) -> "FieldModel":
        """Write a field."""
        rule = rule_of(found.field)
        return cls.model_validate(
            {
                "field": print_field(found.field),
                "kind": "number" if found.is_number else _KINDS.get(rule.kind, "text"),
                "group": group_of(found.field),
                "traces": found.traces,
                "operators": [operator.value for operator in rule.operators],
            }
        )


class FieldsModel(Model):
    """All that a filter of an experiment's traces may name."""

    fields: list[FieldModel]
    counted_traces: int
    """The newest."""


class ValueModel(Model):
    """A value that traces have."""

    value: str
    traces: int | None
    """How many; `null` where they are many, or not counted."""


class ValuesModel(Model):
    """Values of a field."""

    values: list[ValueModel]
    is_complete: bool
    """Whether there are no others that begin alike."""

    @classmethod
    def of(cls, found: ObservedValues) -> "ValuesModel":
        """Write values."""
        return cls(
            values=[ValueModel(value=one.value, traces=one.traces) for one in found.values],
            is_complete=found.is_complete,
        )


class FacetsRequest(Model):
    """Which traces, and which fields of them to count."""

    experiment_ids: Annotated[list[ExperimentIdText], Field(min_length=1, max_length=100)]
    filter: Annotated[str, Field(max_length=16_384, examples=["status = 'ERROR'"])] = ""
    start_ms: Annotated[int | None, Field(ge=0, le=2**53)] = None
    """Unix time, inclusive."""
    end_ms: Annotated[int | None, Field(ge=0, le=2**53)] = None
    """Exclusive."""
    fields: Annotated[list[FieldText] | None, Field(max_length=50)] = None
    """`null` for those by which the traces can be told apart well."""
    max_values: Annotated[int, Field(ge=1, le=100)] = 8
    """Of each field, the most frequent."""


class FacetValueModel(Model):
    """A value and how many traces have it."""

    value: str | float
    traces: int
    filter: str
    """Finds them."""


class FacetModel(Model):
    """A field and its values."""

    field: str
    only: str | None
    """Where only some spans count, what they must be: among the fields that were chosen, names of tools."""
    values: list[FacetValueModel]
    """The most frequent first."""
    others: int
    """How often further values are met."""
    without: int
    """Traces that have no value."""

    @classmethod
    def of(cls, counts: FacetCounts) -> "FacetModel":
        """Write counts."""
        return cls(
            field=print_field(counts.field),
            only=None if counts.only is None else print_filter(counts.only),
            values=[
                FacetValueModel(value=one.value, traces=one.traces, filter=print_filter(one.filter))
                for one in counts.values
            ],
            others=counts.others,
            without=counts.without,
        )


class FacetsModel(Model):
    """How many traces have which values."""

    facets: list[FacetModel]
    counted_traces: int
    is_complete: bool
    """Whether all that match were counted, not only the newest."""
