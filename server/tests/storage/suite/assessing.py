"""What every store promises about assessments."""

import random

import pytest
from trilha_server.domain.assessment import Assessment, AssessmentError, AssessmentKind, SourceType
from trilha_server.domain.errors import NotFound
from trilha_server.domain.filter import AssessmentField, AssessmentScope, Comparison, Operator
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Store, TraceQuery

from server.tests.support.spans import NOW_MS, a_span, an_assessment, arrived, declared, trace_id


@pytest.fixture
def assessed(store: Store) -> Store:
    """A store with two traces to assess."""
    store.writer.write([arrived(a_span(trace=1)), arrived(a_span(trace=2))])
    return store


class AssessmentsSuite:
    """What people, judges and code said is kept."""

    def test_an_assessment_comes_back_whole(self, assessed: Store) -> None:
        put = an_assessment(
            name="groundedness",
            kind=AssessmentKind.FEEDBACK,
            value={"score": 0.5, "reasons": ["ä", None, True], "nul": "a\x00b"},
            error=AssessmentError(error_code="JUDGE_FAILED", error_message="boom", stack_trace="…"),
            source_type=SourceType.LLM_JUDGE,
            source_id="judge/gpt",
            rationale="because",
            metadata={"k": "v"},
            span_id="00" * 7 + "01",
            update_time_ms=NOW_MS + 5,
        )
        assessed.assessments.put_assessment(put)

        assert assessed.assessments.get_assessment(trace_id(1), put.assessment_id) == put
        assert assessed.assessments.of_traces([trace_id(2), trace_id(1), trace_id(9)]) == {trace_id(1): [put]}

    def test_they_stand_by_age(self, assessed: Store) -> None:
        for number in (3, 1, 2):
            assessed.assessments.put_assessment(an_assessment(number))

        found = assessed.assessments.of_traces([trace_id(1)])[trace_id(1)]

        assert [item.create_time_ms - NOW_MS for item in found] == [1, 2, 3]

    def test_putting_one_again_replaces_it(self, assessed: Store) -> None:
        assessed.assessments.put_assessment(an_assessment(value="good"))
        assessed.assessments.put_assessment(an_assessment(value="bad", name="renamed"))

        [found] = assessed.assessments.of_traces([trace_id(1)])[trace_id(1)]
        assert (found.value, found.name) == ("bad", "renamed")

    def test_one_that_overrides_makes_the_other_invalid_until_it_is_deleted(self, assessed: Store) -> None:
        first, second = an_assessment(1), an_assessment(2, overrides=an_assessment(1).assessment_id)
        assessed.assessments.put_assessment(first)
        assessed.assessments.put_assessment(second)
        assert not assessed.assessments.get_assessment(trace_id(1), first.assessment_id).valid

        assessed.assessments.delete_assessment(trace_id(1), second.assessment_id)

        assert assessed.assessments.get_assessment(trace_id(1), first.assessment_id) == first

    def test_what_does_not_exist_cannot_be_read_assessed_or_overridden(self, assessed: Store) -> None:
        with pytest.raises(NotFound):
            assessed.assessments.get_assessment(trace_id(1), "a-nothing")
        with pytest.raises(NotFound):
            assessed.assessments.put_assessment(an_assessment(trace=9))
        with pytest.raises(NotFound):
            assessed.assessments.put_assessment(an_assessment(overrides="a-nothing"))

        assert assessed.assessments.of_traces([trace_id(1)]) == {}

    def test_deleting_what_is_not_there_does_nothing(self, assessed: Store) -> None:
        kept = an_assessment(trace=2)
        assessed.assessments.put_assessment(kept)

        assessed.assessments.delete_assessment(trace_id(1), "a-nothing")
        assessed.assessments.delete_assessment(trace_id(1), kept.assessment_id)

        assert assessed.assessments.of_traces([trace_id(2)]) == {trace_id(2): [kept]}

    def test_a_declaration_brings_assessments_once(self, assessed: Store) -> None:
        brought = an_assessment(trace=3)
        assessed.writer.write([declared(3, assessments=[brought])])
        assessed.assessments.put_assessment(an_assessment(trace=3, value="changed since"))

        assessed.writer.write([declared(3, assessments=[brought])])

        [found] = assessed.assessments.of_traces([trace_id(3)])[trace_id(3)]
        assert found.value == "changed since"

    def test_two_traces_may_have_assessments_of_one_id(self, assessed: Store) -> None:
        assessed.assessments.put_assessment(an_assessment(1, trace=1, value="one"))
        assessed.assessments.put_assessment(an_assessment(1, trace=2, value="two"))

        found = assessed.assessments.of_traces([trace_id(1), trace_id(2)])
        assert {trace: [item.value for item in items] for trace, items in found.items()} == {
            trace_id(1): ["one"],
            trace_id(2): ["two"],
        }

    @pytest.mark.parametrize(
        "hard",
        [
            an_assessment(name="a\x00b", assessment_id="a-\x00", value="\x00"),
            an_assessment(name="".join(random.Random(7).choices("abcdefghij\u00e9\u4e2d", k=10_000))),
            an_assessment(value="v" * 100_000),
            an_assessment(value=10**400),
            an_assessment(value=1e308),
            an_assessment(value=""),
        ],
        ids=["nul", "long name", "long value", "huge integer", "huge float", "empty"],
    )
    def test_hard_values_are_kept_and_found_by_name(self, assessed: Store, hard: Assessment) -> None:
        assessed.assessments.put_assessment(hard)

        field = AssessmentField(AssessmentScope.FEEDBACK, hard.name)
        tree = Comparison(field, Operator.IS_NOT_NULL, None)
        page = assessed.reader.search(TraceQuery(experiment_ids=(ExperimentId(0),), filter=tree))
        assert [info.trace_id for info in page.traces] == [trace_id(1)]
        assert assessed.assessments.of_traces([trace_id(1)]) == {trace_id(1): [hard]}
        assert assessed.assessments.get_assessment(trace_id(1), hard.assessment_id) == hard

    def test_what_several_override_is_valid_again_when_the_last_of_them_goes(self, assessed: Store) -> None:
        first, second, third = (an_assessment(number).assessment_id for number in (1, 2, 3))
        for number, overrides in ((1, None), (2, first), (3, first)):
            assessed.assessments.put_assessment(an_assessment(number, overrides=overrides))

        assessed.assessments.delete_assessment(trace_id(1), second)
        assert valid_of(assessed) == {first: False, third: True}

        assessed.assessments.delete_assessment(trace_id(1), third)
        assert valid_of(assessed) == {first: True}

    def test_who_overrides_what_is_deleted_overrides_what_that_overrode(self, assessed: Store) -> None:
        first, second, third = (an_assessment(number).assessment_id for number in (1, 2, 3))
        for number, overrides in ((1, None), (2, first), (3, second)):
            assessed.assessments.put_assessment(an_assessment(number, overrides=overrides))

        assessed.assessments.delete_assessment(trace_id(1), second)
        assert valid_of(assessed) == {first: False, third: True}

        assessed.assessments.delete_assessment(trace_id(1), third)
        assert valid_of(assessed) == {first: True}


def valid_of(store: Store) -> dict[str, bool]:
    """Which assessments of the first trace are valid."""
    return {one.assessment_id: one.valid for one in store.assessments.of_traces([trace_id(1)])[trace_id(1)]}
