"""What a trace can be told from others by: the values of its attributes, each of which a filter can ask for."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import Final, TypeAlias

import msgspec
from trilha import names

from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.figures import SpanKind, score_of
from trilha_server.domain.filter import (
    NUMERIC_ATTRIBUTES,
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
from trilha_server.domain.span import SpanStatus
from trilha_server.domain.trace import TWO_SPELLINGS, TraceInfo
from trilha_server.domain.trace_fields import attribute_number, attribute_texts, label_value

MAX_VALUE_CHARS = 200
"""Longer text is prose, and no two are alike."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """All that a trace is told from others by."""

    info: TraceInfo
    version: str | None
    """The name of its version, where the store knows one by what the trace says."""
    kinds: frozenset[SpanKind]
    assessments: Sequence[Assessment]


class Facet(msgspec.Struct, frozen=True):
    """One attribute."""

    field: FilterField
    of_failed_spans: bool = False
    """Only spans that ended with an error count."""

    @property
    def is_separate(self) -> bool:
        """Whether a trace may have several values, each there or not."""
        return isinstance(self.field, SpanField)


class Other(Enum):
    """Values that no filter should ask for."""

    OTHER = auto()
    """Long text, lists, objects."""


FacetValue: TypeAlias = str | float | Other | None
"""`None` where a trace does not have the attribute."""

SPAN_NAME: Final = Facet(SpanField(SpanPart.NAME))
SPAN_MODEL: Final = Facet(SpanField(SpanPart.MODEL))
FAILED_SPAN: Final = Facet(SpanField(SpanPart.NAME), of_failed_spans=True)

HIDDEN_LABELS = frozenset(
    {
        *(names.TRACE_NAME, names.TRACE_SESSION, names.TRACE_USER, names.MODEL_ID),  # attributes already
        *(names.TRACE_TOKEN_USAGE, names.TRACE_COST, names.TRACE_SIZE_BYTES, names.TRACE_SIZE_STATS),
        *(names.TRACE_INPUTS, names.TRACE_OUTPUTS, names.ARTIFACT_LOCATION, names.SPANS_LOCATION),
        *(names.INFO_FINALIZED, names.TRACE_SCHEMA_VERSION),
    }
)
"""Labels that say nothing, or nothing that another field does not say better."""

_ATTRIBUTES = {attribute: Facet(AttributeField(attribute)) for attribute in Attribute}

Counts: TypeAlias = dict[Facet, Counter[FacetValue]]


def count(profiles: Iterable[Profile]) -> Counts:
    """Count how many traces have each value of each attribute; traces without an attribute are not counted for it."""
    attributes: dict[Attribute, Counter[FacetValue]] = defaultdict(Counter)
    tags: dict[str, Counter[FacetValue]] = defaultdict(Counter)
    metadata: dict[str, Counter[FacetValue]] = defaultdict(Counter)
    feedback: dict[str, Counter[FacetValue]] = defaultdict(Counter)
    spans: dict[Facet, Counter[FacetValue]] = defaultdict(Counter)
    for profile in profiles:
        for attribute, value in _attributes(profile):
            attributes[attribute][value] += 1
        tagged, described = profile.info.tags, profile.info.metadata
        for key, text in tagged.items():
            tags[key][text] += 1
        for key, text in described.items():
            if key not in TWO_SPELLINGS or key not in tagged:
                metadata[key][text] += 1
        for name, value in _newest(profile.assessments, AssessmentKind.FEEDBACK).items():
            feedback[name][value] += 1
        for facet, text in _of_spans(profile.kinds):
            spans[facet][text] += 1
    counts = {
        **{_ATTRIBUTES[attribute]: counter for attribute, counter in attributes.items()},
        **{Facet(LabelField(LabelScope.TAG, key)): tags[key] for key in tags.keys() - HIDDEN_LABELS},
        **{Facet(LabelField(LabelScope.METADATA, key)): metadata[key] for key in metadata.keys() - HIDDEN_LABELS},
        **{Facet(AssessmentField(AssessmentScope.FEEDBACK, name)): counter for name, counter in feedback.items()},
        **spans,
    }
    return {facet: _bounded(counter) for facet, counter in counts.items()}


def values_of(field: FilterField, profiles: Iterable[Profile]) -> Iterator[frozenset[FacetValue]]:
    """List for each trace its different values of a field; none of what stands in the content of spans alone."""
    read = _reader_of(field)
    for profile in profiles:
        yield frozenset([_short(value) for value in read(profile) if value is not None])


def _reader_of(field: FilterField) -> Callable[[Profile], Iterable[FacetValue]]:
    match field:
        case AttributeField(attribute=Attribute.VERSION):
            return lambda profile: (profile.version,)
        case AttributeField(attribute=attribute) if attribute in NUMERIC_ATTRIBUTES:
            return lambda profile: (attribute_number(attribute, profile.info),)
        case AttributeField(attribute=attribute):
            return lambda profile: attribute_texts(attribute, profile.info)
        case LabelField():
            return lambda profile: (label_value(field, profile.info),)
        case SpanField(part=part):
            return lambda profile: (_part_of(kind, part) for kind in profile.kinds)
        case AssessmentField(scope=AssessmentScope.ISSUE):
            return lambda profile: (
                one.name for one in profile.assessments if one.valid and one.kind is AssessmentKind.ISSUE
            )
        case AssessmentField(scope=scope, name=name):
            kind = AssessmentKind(scope.value)
            return lambda profile: (_newest(profile.assessments, kind).get(name),)


def _part_of(kind: SpanKind, part: SpanPart) -> str | None:
    match part:
        case SpanPart.NAME:
            return kind.name
        case SpanPart.TYPE:
            return kind.span_type
        case SpanPart.STATUS:
            return kind.status.name
        case SpanPart.MODEL:
            return kind.model
        case SpanPart.PROVIDER:
            return kind.provider
        case SpanPart.CONTENT | SpanPart.ATTRIBUTE:
            return None


def _short(value: FacetValue) -> FacetValue:
    return Other.OTHER if isinstance(value, str) and len(value) > MAX_VALUE_CHARS else value


def _attributes(profile: Profile) -> Iterator[tuple[Attribute, str | float]]:
    info = profile.info
    usage, cost = info.usage, info.cost
    for attribute, value in (
        (Attribute.NAME, info.name),
        (Attribute.STATUS, info.state.value),
        (Attribute.VERSION, profile.version),
        (Attribute.USER, info.user),
        (Attribute.SESSION, info.session),
        (Attribute.EXECUTION_TIME_MS, info.duration_ms),
        (Attribute.TOKENS_TOTAL, None if usage is None else usage.total_tokens),
        (Attribute.COST_TOTAL, None if cost is None else cost.total_usd),
    ):
        if value is not None:
            yield attribute, value


def _newest(assessments: Sequence[Assessment], kind: AssessmentKind) -> dict[str, FacetValue]:
    newest: dict[str, FacetValue] = {}
    for one in assessments:  # the oldest first
        if one.valid and one.kind is kind and one.value is not None:
            newest[one.name] = _plain(one.value)
    return newest


def _plain(value: object) -> FacetValue:
    if isinstance(value, bool):
        return "true" if value else "false"  # as filters say it
    if isinstance(value, int | float):
        return Other.OTHER if score_of(value) is None else value
    return value if isinstance(value, str) else Other.OTHER


def _of_spans(kinds: Iterable[SpanKind]) -> set[tuple[Facet, str]]:
    found: set[tuple[Facet, str]] = set()
    for kind in kinds:
        found.add((SPAN_NAME, kind.name))
        if kind.model is not None:
            found.add((SPAN_MODEL, kind.model))
        if kind.status is SpanStatus.ERROR:
            found.add((FAILED_SPAN, kind.name))
    return found


def _bounded(counts: Counter[FacetValue]) -> Counter[FacetValue]:
    long = [value for value in counts if isinstance(value, str) and len(value) > MAX_VALUE_CHARS]
    for value in long:
        counts[Other.OTHER] += counts.pop(value)
    return counts
