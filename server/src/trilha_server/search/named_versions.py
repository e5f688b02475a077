"""Filters that name versions, made to mean them: by id or by name the same traces are found."""

from collections.abc import Iterable, Sequence

import msgspec
from trilha import names

from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    And,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    FilterField,
    LabelField,
    Not,
    Operator,
    Or,
    time_terms,
)
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.version_names import Tenure, VersionBook
from trilha_server.search.compare import compare_text
from trilha_server.search.trees import comparisons, with_comparisons

MAX_FITTING = 500
"""Versions that one pattern may stand for."""

_PATTERNS = (Operator.LIKE, Operator.ILIKE, Operator.RLIKE)
_NEGATIVE = (Operator.NE, Operator.NOT_IN)
_EQUALITY = (Operator.EQ, Operator.IN, *_NEGATIVE)


class VersionsAsked(msgspec.Struct, frozen=True):
    """Which versions must be known to read a filter."""

    texts: frozenset[str]
    """Ids or names."""
    patterns: bool
    """Whether names are compared with patterns, so that all versions must be known."""

    def __bool__(self) -> bool:
        return bool(self.texts) or self.patterns


def versions_asked(tree: Filter | None) -> VersionsAsked:
    """Say which versions a filter speaks of."""
    texts: set[str] = set()
    patterns = False
    for comparison in comparisons(tree):
        if is_version(comparison.field):
            patterns = patterns or comparison.operator in _PATTERNS
            texts.update(_values(comparison))
    return VersionsAsked(frozenset(texts), patterns)


def is_version(field: FilterField) -> bool:
    """Tell whether a field holds what a trace calls its version."""
    match field:
        case AttributeField(attribute=attribute):
            return attribute in (Attribute.MODEL_ID, Attribute.VERSION)
        case LabelField(key=key):
            return key == names.MODEL_ID
        case _:
            return False


def with_versions(tree: Filter, book: VersionBook, experiment_ids: Sequence[ExperimentId]) -> Filter:
    """Write a filter out so that plain comparisons of text find what it means by its versions.

    A trace matches a version's id or name if it carries either and means that version. A name stands for all versions
    of the experiments that have it. Patterns look at what a trace carries, and at the name of the version it means.
    """
    if not book:
        return tree
    experiments = tuple(dict.fromkeys(experiment_ids))
    rewriting = _Rewriting(book, experiments)
    return with_comparisons(tree, lambda term: rewriting.written_out(term) if is_version(term.field) else term)


class _Rewriting:
    def __init__(self, book: VersionBook, experiment_ids: tuple[ExperimentId, ...]) -> None:
        self._book = book
        self._experiment_ids = experiment_ids

    def written_out(self, term: Comparison) -> Filter:
        if term.operator in _PATTERNS:
            return self._fitting(term)
        values = _values(term)
        if not values:
            return term
        plain, timed = self._carried(values)
        negative = term.operator in _NEGATIVE
        equal = Operator.NE if negative else Operator.EQ
        one_of = Operator.NOT_IN if negative else Operator.IN
        value = tuple(plain) if len(plain) > 1 else plain[0]
        first = msgspec.structs.replace(term, operator=one_of if len(plain) > 1 else equal, value=value)
        others = [self._in_time(term, name, experiment_id, span) for name, experiment_id, span in timed]
        if not others:
            return first
        return And((first, *map(Not, others))) if negative else Or((first, *others))

    def _fitting(self, term: Comparison) -> Filter:
        fitting = [
            version.version_id
            for version in self._book
            if version.experiment_id in self._experiment_ids and compare_text(term, version.name)
        ]
        if len(fitting) > MAX_FITTING:
            raise InvalidFilter(
                f"the pattern fits the names of more than {MAX_FITTING} versions; write more of the name",
                position=term.position,
            )
        if not fitting:
            return term
        return Or((term, msgspec.structs.replace(term, operator=Operator.IN, value=tuple(fitting))))

    def _carried(self, values: Sequence[str]) -> tuple[list[str], list[tuple[str, ExperimentId, Tenure]]]:
        """List what traces of the versions carry: at any time, and names in the times in which they mean them."""
        plain = dict.fromkeys(values)
        meant: dict[tuple[ExperimentId, str], set[str]] = {}
        for value in values:
            for experiment_id in self._experiment_ids:
                tenures = self._book.tenures(experiment_id, value)
                plain.update(dict.fromkeys(tenure.version.version_id for tenure in tenures))
            version = self._book.by_id(value)
            if version is not None and version.experiment_id in self._experiment_ids:
                meant.setdefault((version.experiment_id, version.name), set()).add(value)
        timed: list[tuple[str, ExperimentId, Tenure]] = []
        for (experiment_id, name), ids in meant.items():
            tenures = [each for each in self._book.tenures(experiment_id, name) if each.version.version_id in ids]
            for span in _joined(tenures):
                is_always = span.start_ms is None and span.end_ms is None and len(self._experiment_ids) == 1
                if is_always:
                    plain[name] = None
                elif name not in plain:
                    timed.append((name, experiment_id, span))
        return list(plain), timed

    def _in_time(self, term: Comparison, name: str, experiment_id: ExperimentId, span: Tenure) -> Filter:
        """Ask for a name in the time, and the experiment, where it means a version."""
        terms: list[Filter] = [msgspec.structs.replace(term, operator=Operator.EQ, value=name)]
        if len(self._experiment_ids) > 1:
            experiment = AttributeField(Attribute.EXPERIMENT_ID)
            terms.append(Comparison(experiment, Operator.EQ, str(experiment_id), term.position))
        terms += time_terms(span.start_ms, span.end_ms, term.position)
        return And(tuple(terms))


def _joined(tenures: Iterable[Tenure]) -> list[Tenure]:
    """Join times that follow each other."""
    spans: list[Tenure] = []
    for tenure in tenures:
        if spans and spans[-1].end_ms == tenure.start_ms:
            spans[-1] = msgspec.structs.replace(spans[-1], end_ms=tenure.end_ms)
        else:
            spans.append(tenure)
    return spans


def _values(term: Comparison) -> tuple[str, ...]:
    """List the texts that a comparison looks for; none where it looks for anything else."""
    match term.value:
        case tuple() as values:
            return values
        case str() as value if term.operator in _EQUALITY:
            return (value,)
        case _:
            return ()
