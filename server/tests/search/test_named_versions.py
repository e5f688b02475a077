"""Filters mean versions by id and by name alike."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from trilha import names
from trilha_server.domain.assessment import Assessment
from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    LabelScope,
    Operator,
)
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.span import Span
from trilha_server.domain.trace import TraceInfo, TraceRecord
from trilha_server.domain.version import VersionId
from trilha_server.domain.version_names import NamedVersion, VersionBook
from trilha_server.normalise.info import read_info
from trilha_server.search.compare import compare_text, compare_texts
from trilha_server.search.evaluate import matches
from trilha_server.search.named_versions import MAX_FITTING, versions_asked, with_versions
from trilha_server.search.parse import parse_filter
from trilha_server.search.printing import print_filter
from trilha_server.search.trees import holds_by
from trilha_server.search.values import rule_of

from server.tests.support.filters import filters_of
from server.tests.support.spans import a_declaration, trace_id

ONE, TWO = ExperimentId(1), ExperimentId(2)


def version(number: int, name: str = "agent", *, time_ms: int = 0, experiment: ExperimentId = ONE) -> NamedVersion:
    return NamedVersion(VersionId(f"m-{number}"), experiment, name, time_ms)


class SeenTrace:
    """A trace without spans and assessments."""

    assessments: Sequence[Assessment] = ()
    spans: Sequence[Span] = ()

    def __init__(self, carried: str | None, time_ms: int = 0, experiment: ExperimentId = ONE, key: str = "") -> None:
        labels = {} if carried is None else {key or names.MODEL_ID: carried}
        record = TraceRecord(declared=a_declaration(request_time_ms=time_ms, metadata=labels))
        self.info: TraceInfo = read_info(trace_id(1), experiment, record, 1)


class TestBook:
    """A trace means one version."""

    def test_an_id_means_its_version_wherever_the_trace_is(self) -> None:
        book = VersionBook([version(1)])

        assert book.meant(TWO, "m-1", -5) == version(1)

    def test_a_name_means_the_newest_version_that_there_was(self) -> None:
        first, second = version(1, time_ms=10), version(2, time_ms=20)
        book = VersionBook([first, second])

        meant = [book.meant(ONE, "agent", time_ms) for time_ms in (0, 10, 19, 20, 99)]
        assert meant == [first, first, first, second, second]

    def test_of_two_made_at_once_the_later_one_is_meant(self) -> None:
        first, second = version(1, time_ms=10), version(2, time_ms=10)
        book = VersionBook([first, second])

        assert [book.meant(ONE, "agent", time_ms) for time_ms in (9, 10)] == [first, second]

    @pytest.mark.parametrize(("experiment", "text"), [(TWO, "agent"), (ONE, "Agent"), (ONE, ""), (ONE, "m-2")])
    def test_what_no_version_is_called_means_none(self, experiment: ExperimentId, text: str) -> None:
        assert VersionBook([version(1)]).meant(experiment, text, 0) is None


def written_out(text: str, *versions: NamedVersion, experiments: Sequence[ExperimentId] = (ONE,)) -> str:
    tree = parse_filter(text)
    assert tree is not None
    return print_filter(with_versions(tree, VersionBook(versions), experiments))


class TestWritingOut:
    """A filter of versions becomes one of plain text."""

    @pytest.mark.parametrize("text", ["model_id = 'm-1'", "user = 'm-1'", "version IS NULL", "tags.version = 'agent'"])
    def test_it_stays_as_it_is_where_no_version_is_known(self, text: str) -> None:
        assert written_out(text) == text
        assert written_out(text, version(2, "other")) == text

    @pytest.mark.parametrize(("asked", "other"), [("m-1", "agent"), ("agent", "m-1")])
    def test_the_one_version_of_a_name_is_two_values(self, asked: str, other: str) -> None:
        assert written_out(f"model_id = '{asked}'", version(1)) == f"model_id IN ('{asked}', '{other}')"
        assert written_out(f"version != '{asked}'", version(1)) == f"version NOT IN ('{asked}', '{other}')"

    def test_an_older_version_of_a_name_has_the_name_until_the_next(self) -> None:
        versions = version(1, time_ms=10), version(2, time_ms=20), version(3, time_ms=30)

        assert written_out("model_id = 'm-1'", *versions) == (
            "model_id = 'm-1' OR model_id = 'agent' AND timestamp_ms < 20"
        )
        assert written_out("model_id = 'm-2'", *versions) == (
            "model_id = 'm-2' OR model_id = 'agent' AND timestamp_ms >= 20 AND timestamp_ms < 30"
        )
        assert written_out("model_id != 'm-3'", *versions) == (
            "model_id != 'm-3' AND NOT (model_id = 'agent' AND timestamp_ms >= 30)"
        )
        assert written_out("model_id IN ('m-2', 'm-3')", *versions) == (
            "model_id IN ('m-2', 'm-3') OR model_id = 'agent' AND timestamp_ms >= 20"
        )
        assert written_out("model_id = 'agent'", *versions) == "model_id IN ('agent', 'm-1', 'm-2', 'm-3')"

    def test_a_name_belongs_to_its_experiment(self) -> None:
        here, there = version(1), version(2, experiment=TWO)

        assert written_out("model_id = 'm-1'", here, there, experiments=(ONE, TWO)) == (
            "model_id = 'm-1' OR model_id = 'agent' AND experiment_id = '1'"
        )
        assert written_out("model_id = 'm-2'", here, there) == "model_id = 'm-2'"
        assert written_out("model_id = 'agent'", here, there) == "model_id IN ('agent', 'm-1')"

    def test_every_spelling_of_the_field_is_one(self) -> None:
        for field in (f"tags.`{names.MODEL_ID}`", f"metadata.`{names.MODEL_ID}`"):
            assert "'m-1', 'agent'" in written_out(f"{field} = 'm-1'", version(1))

    def test_a_pattern_looks_at_the_names_of_versions_too(self) -> None:
        found = written_out("NOT version LIKE 'ag%'", version(1), version(2, "other"))

        assert found == "NOT (version LIKE 'ag%' OR version IN ('m-1'))"

    def test_a_pattern_that_fits_too_much_is_refused(self) -> None:
        many = [version(number, f"agent-{number}") for number in range(MAX_FITTING + 1)]

        with pytest.raises(InvalidFilter, match="more than 500"):
            written_out("version LIKE 'agent%'", *many)
        assert written_out("version LIKE 'agent-1'", *many) == "version LIKE 'agent-1' OR version IN ('m-1')"

    def test_a_filter_says_which_versions_must_be_known(self) -> None:
        asked = versions_asked(parse_filter("NOT (version IN ('a', 'b') OR user = 'c') AND model_id IS NULL"))

        assert (asked.texts, asked.patterns) == (frozenset("ab"), False)
        assert versions_asked(parse_filter("version RLIKE 'a'")).patterns
        assert not versions_asked(parse_filter("user = 'a' AND model_id IS NOT NULL"))
        assert not versions_asked(None)


NAMES = ("agent", "Agent", "a%")
_texts = st.sampled_from((*NAMES, "m-0", "m-1", "m-2", "m-3", "nobody"))
_versions = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 4), st.sampled_from((ONE, TWO))), max_size=4).map(
    lambda drawn: [
        version(number, name, time_ms=time_ms, experiment=experiment)
        for number, (name, time_ms, experiment) in enumerate(sorted(drawn, key=lambda each: each[1]))
    ]
)
_fields = st.sampled_from(
    (
        AttributeField(Attribute.MODEL_ID),
        AttributeField(Attribute.VERSION),
        LabelField(LabelScope.TAG, names.MODEL_ID),
    )
)


@st.composite
def _comparisons(draw: st.DrawFn) -> Comparison:
    field = draw(_fields)
    operator = draw(st.sampled_from(rule_of(field).operators))
    value: Any = draw(_texts)
    if operator in (Operator.IN, Operator.NOT_IN):
        value = tuple(draw(st.lists(_texts, min_size=1, max_size=3)))
    elif operator in (Operator.LIKE, Operator.ILIKE, Operator.RLIKE):
        value = draw(st.sampled_from(("a%", "A_ent", "^a", "%")))
    elif operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        value = None
    return Comparison(field, operator, value)


_trees: SearchStrategy[Filter] = filters_of(_comparisons(), max_leaves=4)
_traces = st.builds(SeenTrace, st.none() | _texts, st.integers(-1, 5), st.sampled_from((ONE, TWO)))


@given(_versions, _trees, _traces)
def test_a_trace_matches_by_whatever_its_version_is_called(
    versions: list[NamedVersion], tree: Filter, trace: SeenTrace
) -> None:
    book, experiments = VersionBook(versions), (ONE, TWO)
    carried = trace.info.model_id
    meant = None if carried is None else book.meant(trace.info.experiment_id, carried, trace.info.request_time_ms)

    def compared(term: Comparison) -> bool:
        texts = [] if carried is None else [carried] if meant is None else [carried, meant.version_id, meant.name]
        if term.operator in (Operator.LIKE, Operator.ILIKE, Operator.RLIKE) and meant is not None:
            return compare_text(term, carried) or compare_text(term, meant.name)
        return compare_texts(term, texts)

    assert matches(with_versions(tree, book, experiments), trace) == holds_by(tree, compared)


def test_a_version_that_came_as_a_tag_of_the_application_is_meant_too() -> None:
    tree = parse_filter("version = 'm-1'")
    assert tree is not None
    written = with_versions(tree, VersionBook([version(1, "1.0.1")]), (ONE,))

    assert matches(written, SeenTrace("1.0.1", key="app_version"))
