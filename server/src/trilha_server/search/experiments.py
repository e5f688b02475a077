"""The filter and the order of experiments: the same language with fewer names, worked out in memory."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from trilha_server.domain.experiment import Experiment
from trilha_server.domain.filter import (
    And,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    LabelScope,
    Not,
    Or,
    OrderTerm,
)
from trilha_server.search.compare import compare_number, compare_text
from trilha_server.search.fields import ATTRIBUTE_PREFIXES, TAG_PREFIXES, Vocabulary, label_reader
from trilha_server.search.order import parse_order_with
from trilha_server.search.parse import parse_with

# The two times of an experiment take the places of a trace's two times.
_CREATED = Attribute.TIMESTAMP_MS
_UPDATED = Attribute.END_TIME_MS

EXPERIMENT_VOCABULARY = Vocabulary(
    attributes={
        "name": Attribute.NAME,
        "experiment_id": Attribute.EXPERIMENT_ID,
        "creation_time": _CREATED,
        "last_update_time": _UPDATED,
    },
    attribute_prefixes=ATTRIBUTE_PREFIXES,
    keys=dict.fromkeys(TAG_PREFIXES, label_reader(LabelScope.TAG)),
)
"""The names that experiments are found by."""

DEFAULT_EXPERIMENT_ORDER = (OrderTerm(AttributeField(_CREATED), descending=True),)


def parse_experiment_filter(text: str) -> Filter | None:
    """Read a filter of experiments; `None` for a blank one. Raises `InvalidFilter`."""
    return parse_with(EXPERIMENT_VOCABULARY, text)


def parse_experiment_order(terms: Sequence[str]) -> tuple[OrderTerm, ...]:
    """Read the terms of an order of experiments; without any, the newest first. Raises `InvalidFilter`."""
    return parse_order_with(EXPERIMENT_VOCABULARY, terms) or DEFAULT_EXPERIMENT_ORDER


def matches_experiment(tree: Filter, experiment: Experiment) -> bool:
    """Say whether an experiment is one of those that a filter asks for."""
    match tree:
        case Comparison():
            return _compared(tree, experiment)
        case Not():
            return not matches_experiment(tree.term, experiment)
        case Or():
            return any(matches_experiment(term, experiment) for term in tree.terms)
        case And():
            return all(matches_experiment(term, experiment) for term in tree.terms)


def sort_experiments(experiments: Iterable[Experiment], order: Sequence[OrderTerm]) -> list[Experiment]:
    """Put experiments in order; those that are equal by it stand by their ids, those without the field come last."""
    found = sorted(experiments, key=lambda experiment: experiment.experiment_id)
    for term in reversed(order):
        keyed = [(_sort_key(term.field, experiment), experiment) for experiment in found]
        present = [(key, experiment) for key, experiment in keyed if key is not None]
        present.sort(key=lambda pair: pair[0], reverse=term.descending)
        found = [experiment for _, experiment in present] + [experiment for key, experiment in keyed if key is None]
    return found


def _compared(comparison: Comparison, experiment: Experiment) -> bool:
    match comparison.field:
        case LabelField(key=key):
            return compare_text(comparison, experiment.tags.get(key))
        case AttributeField(attribute=Attribute.NAME):
            return compare_text(comparison, experiment.name)
        case AttributeField(attribute=Attribute.EXPERIMENT_ID):
            return compare_text(comparison, str(experiment.experiment_id))
        case AttributeField(attribute=attribute) if attribute in _TIMES:
            return compare_number(comparison, _TIMES[attribute](experiment))
        case _:
            raise TypeError("not a field of experiments")


def _sort_key(field: AttributeField | LabelField, experiment: Experiment) -> tuple[int, str] | None:
    match field:
        case LabelField(key=key):
            return (0, experiment.tags[key]) if key in experiment.tags else None
        case AttributeField(attribute=Attribute.NAME):
            return (0, experiment.name)
        case AttributeField(attribute=Attribute.EXPERIMENT_ID):
            return (experiment.experiment_id, "")
        case AttributeField(attribute=attribute):
            return (_TIMES[attribute](experiment), "")


_TIMES: Mapping[Attribute, Callable[[Experiment], int]] = {
    _CREATED: lambda experiment: experiment.create_time_ms,
    _UPDATED: lambda experiment: experiment.update_time_ms,
}
