"""What every store promises about change numbers and about deletion."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.batch import TagsEdited
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Store, TraceQuery

from server.tests.support.spans import NOW_MS, START_NS, a_span, an_assessment, arrived, declared, trace_id

ZERO, ONE, TWO = ExperimentId(0), ExperimentId(1), ExperimentId(2)


def seen_since(store: Store, change: int, limit: int, experiments: list[ExperimentId] | None = None) -> list[object]:
    """Read all changes page by page: what a reader who keeps the traces knows in the end."""
    happened: list[object] = []
    for _ in range(1000):
        changes = store.reader.changes_since(change, limit, experiments)
        numbered = [(info.change, info.trace_id) for info in changes.traces]
        numbered += [(deletion.change, f"-{deletion.trace_id}") for deletion in changes.deletions]
        assert all(change < number <= changes.last_change for number, _ in numbered)
        happened += [what for _, what in sorted(numbered)]
        if changes.last_change == change:
            return happened
        change = changes.last_change
    raise AssertionError("the changes never end")


class ChangesSuite:
    """Every change has a number, and none is missed."""

    def test_every_kind_of_change_takes_a_larger_number(self, store: Store) -> None:
        feedback = an_assessment()
        changes = [
            lambda: store.writer.write([arrived(a_span())]),
            lambda: store.writer.write([arrived(a_span(2, parent=1))]),
            lambda: store.writer.write([declared(tags={"env": "prod"})]),
            lambda: store.writer.write([TagsEdited(trace_id=trace_id(1), tags={"a": "b"})]),
            lambda: store.assessments.put_assessment(feedback),
            lambda: store.assessments.delete_assessment(trace_id(1), feedback.assessment_id),
        ]
        numbers = [store.reader.last_change()]
        for change in changes:
            change()
            numbers.append(store.reader.get([trace_id(1)])[0].change)

        assert all(earlier < later for earlier, later in pairwise(numbers))
        assert store.reader.last_change() >= numbers[-1]

    def test_traces_of_one_batch_have_numbers_of_their_own(self, store: Store) -> None:
        store.writer.write([arrived(a_span(trace=number)) for number in range(1, 21)])

        numbers = [info.change for info in store.reader.get([trace_id(number) for number in range(1, 21)])]
        assert len(set(numbers)) == 20

    def test_a_trace_that_changes_twice_is_told_once_as_it_is_now(self, store: Store) -> None:
        store.writer.write([arrived(a_span())])
        store.writer.write([TagsEdited(trace_id=trace_id(1), tags={"env": "prod"})])

        changes = store.reader.changes_since(0, 10)

        assert [info.tags.get("env") for info in changes.traces] == ["prod"]
        assert store.reader.changes_since(changes.last_change, 10).traces == []

    def test_nothing_new_leaves_the_number_where_it_was(self, store: Store) -> None:
        store.writer.write([arrived(a_span())])
        last = store.reader.changes_since(0, 10).last_change

        again = store.reader.changes_since(last, 10)

        assert (again.traces, again.deletions, again.last_change) == ([], [], last)

    def test_changes_can_be_asked_for_some_experiments_only(self, store: Store) -> None:
        store.writer.write([arrived(a_span(trace=n), experiment=n % 3) for n in range(1, 7)])
        store.writer.delete(ONE, [trace_id(4)])
        store.writer.delete(TWO, [trace_id(5)])

        assert seen_since(store, 0, 2, [ONE]) == [trace_id(1), f"-{trace_id(4)}"]
        assert seen_since(store, 0, 1, [ZERO, TWO]) == [trace_id(2), trace_id(3), trace_id(6), f"-{trace_id(5)}"]

    @given(
        steps=st.lists(st.tuples(st.sampled_from(("write", "edit", "delete")), st.integers(1, 6)), max_size=25),
        limit=st.integers(1, 4),
    )
    def test_who_follows_the_changes_knows_what_is_there(
        self, store: Store, steps: list[tuple[str, int]], limit: int
    ) -> None:
        begin = store.reader.last_change()
        present: set[str] = set()
        for step, number in steps:
            match step:
                case "write":
                    store.writer.write([declared(number, tags={"n": "1"})])
                    present.add(trace_id(number))
                case "edit" if trace_id(number) in present:
                    store.writer.write([TagsEdited(trace_id=trace_id(number), tags={"n": "2"})])
                case _:
                    store.writer.delete(ZERO, [trace_id(number)])
                    present.discard(trace_id(number))
        known: set[str] = set()
        for what in seen_since(store, begin, limit):
            text = str(what)
            known = known - {text[1:]} if text.startswith("-") else known | {text}

        assert known == present
        store.writer.delete(ZERO, [trace_id(number) for number in range(1, 7)])

    @given(limit=st.integers(1, 3), every=st.integers(1, 4))
    def test_writing_while_somebody_reads_on_hides_nothing(self, store: Store, limit: int, every: int) -> None:
        change = begin = store.reader.last_change()
        expected = [trace_id(number) for number in range(begin + 1, begin + 13)]
        seen: list[str] = []
        for position, number in enumerate(range(begin + 1, begin + 13)):
            store.writer.write([declared(number)])
            if position % every == 0:
                changes = store.reader.changes_since(change, limit)
                seen += [info.trace_id for info in changes.traces]
                change = changes.last_change
        seen += [str(what) for what in seen_since(store, change, limit)]

        assert seen == expected


class DeletionSuite:
    """What is deleted is gone, and nothing else is."""

    def test_a_deleted_trace_is_gone_with_all_that_belongs_to_it(self, store: Store) -> None:
        store.writer.write([arrived(a_span(), a_span(2, parent=1)), declared(tags={"env": "prod"})])
        store.assessments.put_assessment(an_assessment())

        assert store.writer.delete(ZERO, [trace_id(1), trace_id(1), trace_id(9)]) == 1

        assert store.reader.get([trace_id(1)]) == []
        assert store.reader.structure(trace_id(1)) == []
        assert list(store.reader.spans(trace_id(1))) == []
        assert store.assessments.of_traces([trace_id(1)]) == {}
        assert store.reader.search(TraceQuery(experiment_ids=(ZERO,))).traces == []

    def test_traces_of_other_experiments_stay(self, store: Store) -> None:
        store.writer.write([arrived(a_span(trace=1), experiment=1), arrived(a_span(trace=2), experiment=2)])

        assert store.writer.delete(ONE, [trace_id(1), trace_id(2)]) == 1

        assert [info.trace_id for info in store.reader.get([trace_id(1), trace_id(2)])] == [trace_id(2)]

    def test_a_deleted_trace_may_come_again_and_is_new(self, store: Store) -> None:
        store.writer.write([arrived(a_span()), declared(tags={"old": "1"})])
        store.assessments.put_assessment(an_assessment())
        store.writer.delete(ZERO, [trace_id(1)])

        assert store.writer.write([arrived(a_span(2, parent=1))]) == [1]

        [info] = store.reader.get([trace_id(1)])
        assert (info.tags, info.span_count) == ({}, 1)
        assert store.assessments.of_traces([trace_id(1)]) == {}

    def test_the_oldest_are_deleted_up_to_and_with_a_time(self, store: Store) -> None:
        store.writer.write([arrived(a_span(trace=n, start_ns=START_NS + n * 1_000_000)) for n in range(1, 8)])

        assert store.writer.delete_before(ZERO, NOW_MS + 5, 2) == 2
        assert store.writer.delete_before(ZERO, NOW_MS + 5, None) == 3
        assert store.writer.delete_before(ONE, NOW_MS + 99, None) == 0

        assert [info.trace_id for info in store.reader.get([trace_id(n) for n in range(1, 8)])] == [
            trace_id(6),
            trace_id(7),
        ]

    def test_more_traces_than_fit_one_transaction_can_be_deleted(self, store: Store) -> None:
        numbers = range(1, 1202)
        store.writer.write([declared(number) for number in numbers])

        assert store.writer.delete(ZERO, [trace_id(number) for number in numbers if number % 2]) == 601
        assert store.writer.delete_before(ZERO, NOW_MS, None) == 600
        assert store.reader.search(TraceQuery(experiment_ids=(ZERO,))).traces == []

    def test_deleting_nothing_is_no_change(self, store: Store) -> None:
        store.writer.write([declared()])
        last = store.reader.changes_since(0, 10).last_change

        assert store.writer.delete(ZERO, []) == 0
        assert store.writer.delete(ZERO, [trace_id(5)]) == 0

        assert store.reader.changes_since(last, 10).deletions == []
