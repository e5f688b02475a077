"""What a filter means for one trace."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.filter import (
    NUMERIC_ATTRIBUTES,
    And,
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    Not,
    Operator,
    Or,
    SpanField,
    SpanPart,
)
from trilha_server.domain.span import Span
from trilha_server.domain.trace import TraceInfo
from trilha_server.domain.trace_fields import SEVERAL_VALUES, attribute_number, attribute_texts, label_value
from trilha_server.search.compare import (
    compare_number,
    compare_text,
    compare_texts,
    texts_of_assessment,
    texts_of_attribute,
)
from trilha_server.search.text import span_text


class TraceView(Protocol):
    """A trace as a filter sees it. The spans may be dear: they are asked for only by filters that need them."""

    @property
    def info(self) -> TraceInfo:
        """The trace as everybody reads it."""
        ...

    @property
    def assessments(self) -> Sequence[Assessment]:
        """All assessments of the trace."""
        ...

    @property
    def spans(self) -> Sequence[Span]:
        """All spans of the trace, whole."""
        ...


def matches(tree: Filter, trace: TraceView) -> bool:
    """Say whether a trace is one of those that a filter asks for.

    A comparison with a value that is missing is false, `!=` too; NOT turns true and false around. The span comparisons
    of one AND must hold for one span; any other span comparison holds if there is some span that it holds for.
    """
    match tree:
        case Comparison():
            return _compared(tree, trace)
        case Not():
            return not matches(tree.term, trace)
        case Or():
            return any(matches(term, trace) for term in sorted(tree.terms, key=needs_spans))
        case And():
            together, others = conjuncts(tree)
            cheap = [term for term in others if not needs_spans(term)]
            dear = [term for term in others if needs_spans(term)]
            return (
                all(matches(term, trace) for term in cheap)
                and (not together or any(span_matches(together, span) for span in trace.spans))
                and all(matches(term, trace) for term in dear)
            )


def conjuncts(tree: And) -> tuple[list[Comparison], list[Filter]]:
    """Part what one AND joins: the comparisons that must hold for one and the same span, and all else."""
    together: list[Comparison] = []
    others: list[Filter] = []
    for term in tree.terms:
        if isinstance(term, And):
            inner_together, inner_others = conjuncts(term)
            together.extend(inner_together)
            others.extend(inner_others)
        elif isinstance(term, Comparison) and isinstance(term.field, SpanField):
            together.append(term)
        else:
            others.append(term)
    return together, others


def needs_spans(tree: Filter) -> bool:
    """Say whether a filter looks at spans."""
    match tree:
        case Comparison(field=SpanField()) | Comparison(field=AttributeField(attribute=Attribute.TEXT)):
            return True
        case Comparison():
            return False
        case Not():
            return needs_spans(tree.term)
        case And() | Or():
            return any(needs_spans(term) for term in tree.terms)


def span_matches(comparisons: Iterable[Comparison], span: Span) -> bool:
    """Say whether span comparisons all hold for one span."""
    return all(_holds_for_span(comparison, span) for comparison in comparisons)


_KINDS = {
    AssessmentScope.FEEDBACK: AssessmentKind.FEEDBACK,
    AssessmentScope.EXPECTATION: AssessmentKind.EXPECTATION,
    AssessmentScope.ISSUE: AssessmentKind.ISSUE,
}


def _compared(comparison: Comparison, trace: TraceView) -> bool:
    match comparison.field:
        case AttributeField(attribute=Attribute.TEXT):
            return any(compare_text(comparison, span_text(span)) for span in trace.spans)
        case AttributeField(attribute=attribute):
            return _attribute(attribute, comparison, trace.info)
        case LabelField() as field:
            return compare_text(comparison, label_value(field, trace.info))
        case SpanField():
            return any(_holds_for_span(comparison, span) for span in trace.spans)
        case AssessmentField() as field:
            return _assessed(field, comparison, trace.assessments)


def _attribute(attribute: Attribute, comparison: Comparison, info: TraceInfo) -> bool:
    if attribute in NUMERIC_ATTRIBUTES:
        return compare_number(comparison, attribute_number(attribute, info))
    texts = attribute_texts(attribute, info)
    if attribute in SEVERAL_VALUES:
        return compare_texts(comparison, texts)
    return compare_text(comparison, texts[0] if texts else None)


def _holds_for_span(comparison: Comparison, span: Span) -> bool:
    field = comparison.field
    if not isinstance(field, SpanField):
        raise TypeError("not a comparison with a span")
    match field.part:
        case SpanPart.NAME:
            return compare_text(comparison, span.facts.name)
        case SpanPart.TYPE:
            return compare_text(comparison, span.facts.span_type)
        case SpanPart.STATUS:
            return compare_text(comparison, span.facts.status.name)
        case SpanPart.MODEL:
            return compare_text(comparison, span.facts.model or None)
        case SpanPart.PROVIDER:
            return compare_text(comparison, span.facts.provider or None)
        case SpanPart.CONTENT:
            return compare_text(comparison, span_text(span))
        case SpanPart.ATTRIBUTE:
            value = span.attributes.get(field.key or "")
            return compare_texts(comparison, texts_of_attribute(comparison, value))


def _assessed(field: AssessmentField, comparison: Comparison, assessments: Iterable[Assessment]) -> bool:
    valid = [one for one in assessments if one.valid and one.kind is _KINDS[field.scope]]
    if field.scope is AssessmentScope.ISSUE:
        return any(compare_text(comparison, issue.name) for issue in valid)
    named = [one for one in valid if one.name == field.name]
    if comparison.operator is Operator.IS_NULL:
        return not named
    if comparison.operator is Operator.IS_NOT_NULL:
        return bool(named)
    if isinstance(comparison.value, int | float):
        return any(compare_number(comparison, one.value) for one in named if _is_number(one.value))
    return any(compare_texts(comparison, texts_of_assessment(one.value)) for one in named)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
