"""What a filter of an experiment's traces may name, and with which values: for who writes one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from trilha_server.analysis.facet_counts import Counting
from trilha_server.analysis.facets import HIDDEN_LABELS, MAX_VALUE_CHARS, FacetValue, Profile
from trilha_server.analysis.profiles import read_profiles
from trilha_server.domain.figures import FiguresQuery
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
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.span import AttributeValue, Span
from trilha_server.ports import ObservedValue, ObservedValues, Store, TraceQuery

MAX_COUNTED = 1000
"""Traces that fields are counted in, the newest."""

_MAX_VALUED = 500  # traces that are read for a value while somebody types
_READ_TRACES = 25  # whose spans are read for their attributes
_READ_SPANS = 20  # of each
_HUGE = 2000  # spans; of a trace with more, reading a few takes as long as reading many
_NOTHING = ObservedValues([], is_complete=False)


class ObservedField(msgspec.Struct, frozen=True, kw_only=True):
    """A field that a filter may name."""

    field: FilterField
    traces: int | None
    """How many of the newest have it; `None` where that is not counted."""
    is_number: bool = False
    """Of what was assessed: whether it is all numbers."""


class ObservedFields(msgspec.Struct, frozen=True, kw_only=True):
    """All that a filter may name."""

    fields: list[ObservedField]
    counted: int
    """So many traces were looked at to count."""


def observed_fields(store: Store, experiment_id: ExperimentId, own: Sequence[FilterField]) -> ObservedFields:
    """List the language's own fields, and those by keys that traces of an experiment have."""
    assessed = store.fields.assessment_fields(experiment_id)
    query = FiguresQuery(experiment_ids=(experiment_id,))
    profiles = read_profiles(store, query, MAX_COUNTED, with_assessments=bool(assessed)).profiles
    labels = Counter(field for profile in profiles for field in _labels_of(profile) if field.key not in HIDDEN_LABELS)
    for field in store.fields.label_fields(experiment_id):
        if field.key not in HIDDEN_LABELS:
            labels.setdefault(field, 0)
    found = [ObservedField(field=field, traces=_count(profiles, field)) for field in own]
    found += [
        ObservedField(field=field, traces=traces)
        for field, traces in sorted(labels.items(), key=lambda pair: (pair[0].scope != LabelScope.TAG, pair[0].key))
    ]
    found += [
        ObservedField(field=field, traces=_count(profiles, field), is_number=is_number) for field, is_number in assessed
    ]
    keys = {key for span in _recent_spans(store, experiment_id) for key in span.attributes if key}
    found += [ObservedField(field=SpanField(SpanPart.ATTRIBUTE, key), traces=None) for key in sorted(keys)]
    return ObservedFields(fields=found, counted=len(profiles))


def observed_values(
    store: Store, experiment_id: ExperimentId, field: FilterField, prefix: str, limit: int
) -> ObservedValues:
    """List values of a field that begin with a prefix: by index, or else of the newest traces."""
    match field:
        case SpanField(part=SpanPart.CONTENT):
            return _NOTHING
        case AttributeField(attribute=Attribute.STATUS) | SpanField():
            return _recent_values(store, experiment_id, field, prefix, limit)
        case AttributeField(attribute=Attribute.EXPERIMENT_ID):
            return _most_frequent({str(experiment_id): 1}, prefix, limit, is_complete=True, is_counted=False)
        case AttributeField() | LabelField():
            return store.fields.label_values(experiment_id, field, prefix, limit) or _NOTHING
        case AssessmentField():
            return store.fields.assessment_values(experiment_id, field, prefix, limit)


def group_of(field: FilterField) -> str:
    """Say what kind of thing a field is of."""
    match field:
        case AttributeField():
            return "trace"
        case LabelField(scope=scope):
            return "tags" if scope is LabelScope.TAG else "metadata"
        case SpanField(part=part):
            return "attributes" if part is SpanPart.ATTRIBUTE else "spans"
        case AssessmentField(scope=scope):
            return "expectations" if scope is AssessmentScope.EXPECTATION else "feedback"


def _labels_of(profile: Profile) -> Iterator[LabelField]:
    yield from (LabelField(LabelScope.TAG, key) for key in profile.info.tags)
    yield from (LabelField(LabelScope.METADATA, key) for key in profile.info.metadata)


def _count(profiles: Sequence[Profile], field: FilterField) -> int | None:
    if isinstance(field, SpanField) and field.part in (SpanPart.CONTENT, SpanPart.ATTRIBUTE):
        return None
    if isinstance(field, AttributeField) and field.attribute is Attribute.TEXT:
        return None
    return len(profiles) - Counting(field, profiles).without


def _recent_values(
    store: Store, experiment_id: ExperimentId, field: FilterField, prefix: str, limit: int
) -> ObservedValues:
    if isinstance(field, SpanField) and field.part is SpanPart.ATTRIBUTE:
        counts: Counter[FacetValue] = Counter()
        for span in _recent_spans(store, experiment_id):
            counts.update(set(_texts(span.attributes.get(field.key or ""))))
        return _most_frequent(counts, prefix, limit, is_complete=False, is_counted=False)
    query = FiguresQuery(experiment_ids=(experiment_id,))
    newest = read_profiles(store, query, _MAX_VALUED, with_assessments=False)
    counts = Counting(field, newest.profiles).counts
    return _most_frequent(counts, prefix, limit, is_complete=newest.is_complete, is_counted=True)


def _most_frequent(
    counts: Mapping[FacetValue, int], prefix: str, limit: int, *, is_complete: bool, is_counted: bool
) -> ObservedValues:
    fitting = [(value, count) for value, count in counts.items() if isinstance(value, str) and value.startswith(prefix)]
    fitting.sort(key=lambda pair: (-pair[1], pair[0]))
    values = [ObservedValue(value, count if is_counted else None) for value, count in fitting[:limit]]
    return ObservedValues(values, is_complete=is_complete and len(fitting) <= limit)


def _texts(value: AttributeValue) -> list[str]:
    """Write a value as a filter names it; long text, lists and objects are named by nobody."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, int | float):
        return [msgspec.json.encode(value).decode()]
    return [value] if isinstance(value, str) and len(value) <= MAX_VALUE_CHARS else []


def _recent_spans(store: Store, experiment_id: ExperimentId) -> Iterator[Span]:
    page = store.reader.search(TraceQuery(experiment_ids=(experiment_id,), limit=_READ_TRACES))
    for info in page.traces:
        if info.span_count <= _HUGE:
            yield from islice(store.reader.spans(info.trace_id), _READ_SPANS)
