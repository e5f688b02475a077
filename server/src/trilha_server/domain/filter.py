"""The tree of a filter. Every comparison knows where it stands in the text."""

from enum import StrEnum
from typing import TypeAlias

import msgspec


class Operator(StrEnum):
    """How a field is compared with a value."""

    EQ = "="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    IN = "IN"
    NOT_IN = "NOT IN"
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    RLIKE = "RLIKE"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"


class Attribute(StrEnum):
    """What every trace has, by one name each; the filter language knows more spellings."""

    REQUEST_ID = "request_id"
    CLIENT_REQUEST_ID = "client_request_id"
    STATUS = "status"
    NAME = "name"
    RUN_ID = "run_id"
    EXPERIMENT_ID = "experiment_id"
    TIMESTAMP_MS = "timestamp_ms"
    EXECUTION_TIME_MS = "execution_time_ms"
    END_TIME_MS = "end_time_ms"
    USER = "user"
    SESSION = "session"
    MODEL_ID = "model_id"
    VERSION = "version"
    TOKENS_TOTAL = "tokens.total"
    COST_TOTAL = "cost.total"
    TEXT = "text"
    PROMPT = "prompt"


NUMERIC_ATTRIBUTES = frozenset(
    {
        Attribute.TIMESTAMP_MS,
        Attribute.EXECUTION_TIME_MS,
        Attribute.END_TIME_MS,
        Attribute.TOKENS_TOTAL,
        Attribute.COST_TOTAL,
    }
)


class AttributeField(msgspec.Struct, frozen=True, tag=True):
    """An attribute of the trace."""

    attribute: Attribute


class LabelScope(StrEnum):
    """Where a key is looked for."""

    TAG = "tags"
    METADATA = "metadata"
    PARAM = "params"
    METRIC = "metrics"
    DATASET = "datasets"


class LabelField(msgspec.Struct, frozen=True, tag=True):
    """A tag or a key of the metadata; of runs and versions also a parameter, a metric or a part of their datasets."""

    scope: LabelScope
    key: str


class SpanPart(StrEnum):
    """What of a span is compared."""

    NAME = "name"
    TYPE = "type"
    STATUS = "status"
    MODEL = "model"
    PROVIDER = "provider"
    CONTENT = "content"
    ATTRIBUTE = "attributes"


class SpanField(msgspec.Struct, frozen=True, tag=True):
    """A part of a span. All span comparisons joined by AND must hold for one and the same span."""

    part: SpanPart
    key: str | None = None
    """The attribute's key where `part` is `ATTRIBUTE`."""


class AssessmentScope(StrEnum):
    """The two namespaces of assessments, and issues."""

    FEEDBACK = "feedback"
    EXPECTATION = "expectation"
    ISSUE = "issue"


class AssessmentField(msgspec.Struct, frozen=True, tag=True):
    """The value of the valid assessments of one name; of issues, the id."""

    scope: AssessmentScope
    name: str


FilterField: TypeAlias = AttributeField | LabelField | SpanField | AssessmentField


class Comparison(msgspec.Struct, frozen=True, tag=True):
    """One field against one value."""

    field: FilterField
    operator: Operator
    value: str | float | tuple[str, ...] | None
    """Text, a number, a list for IN and NOT IN, `None` for IS NULL and IS NOT NULL. Times are numbers already."""
    position: int = 0
    """Offset of the field in the text, in characters."""


class And(msgspec.Struct, frozen=True, tag=True):
    """All of them."""

    terms: tuple["Filter", ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """One of them."""

    terms: tuple["Filter", ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """Everything but."""

    term: "Filter"


Filter: TypeAlias = Comparison | And | Or | Not


class OrderTerm(msgspec.Struct, frozen=True):
    """One key of an order. Traces without the field come last, either way."""

    field: AttributeField | LabelField
    descending: bool = False


DEFAULT_ORDER = (OrderTerm(AttributeField(Attribute.TIMESTAMP_MS), descending=True),)


def time_terms(start_ms: int | None, end_ms: int | None, position: int = 0) -> list[Comparison]:
    """Ask for a time, from its beginning to before its end; `None` leaves a side open."""
    time = AttributeField(Attribute.TIMESTAMP_MS)
    bounds = ((Operator.GE, start_ms), (Operator.LT, end_ms))
    return [Comparison(time, operator, bound, position) for operator, bound in bounds if bound is not None]
