"""The filter and the order of experiments: the same language with fewer names, worked out in memory."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from trilha_server.domain.experiment import Experiment
from trilha_server.domain.filter import Attribute, AttributeField, Filter, LabelField, LabelScope, OrderTerm
from trilha_server.search.fields import ATTRIBUTE_PREFIXES, TAG_PREFIXES, Vocabulary, label_reader
from trilha_server.search.in_memory import FieldValue, NamedField, holds, in_order
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
    return holds(tree, partial(_value, experiment))


def sort_experiments(experiments: Iterable[Experiment], order: Sequence[OrderTerm]) -> list[Experiment]:
    """Put experiments in order; those that are equal by it stand by their ids, those without the field come last."""
    return in_order(sorted(experiments, key=lambda experiment: experiment.experiment_id), order, _sort_value)


def _value(experiment: Experiment, field: NamedField) -> FieldValue:
    match field:
        case LabelField(key=key):
            return experiment.tags.get(key)
        case AttributeField(attribute=Attribute.NAME):
            return experiment.name
        case AttributeField(attribute=Attribute.EXPERIMENT_ID):
            return str(experiment.experiment_id)
        case AttributeField(attribute=attribute):
            return _TIMES[attribute](experiment)


def _sort_value(experiment: Experiment, field: NamedField) -> FieldValue:
    if field == AttributeField(Attribute.EXPERIMENT_ID):
        return experiment.experiment_id  # as text it would put 10 before 2
    return _value(experiment, field)


_TIMES: Mapping[Attribute, Callable[[Experiment], int]] = {
    _CREATED: lambda experiment: experiment.create_time_ms,
    _UPDATED: lambda experiment: experiment.update_time_ms,
}
