"""What every store promises about huge structures, spans as they are kept, and the fields that traces have."""

import pytest
from trilha_server.domain.assessment import AssessmentKind
from trilha_server.domain.batch import TagsEdited
from trilha_server.domain.filter import AssessmentField, AssessmentScope, Attribute, AttributeField, FilterField
from trilha_server.domain.ids import ExperimentId
from trilha_server.normalise.otlp import decode_spans
from trilha_server.ports import ObservedValue, ObservedValues, Store
from trilha_server.search.parse import parse_field
from trilha_server.storage import observed, structures

from server.tests.support.spans import NOW_MS, START_NS, a_span, an_assessment, arrived, declared, span_id, trace_id

ONE, TWO = ExperimentId(1), ExperimentId(2)


def values(store: Store, text: str, prefix: str = "", limit: int = 20) -> ObservedValues | None:
    """The values of a label of experiment 1."""
    field: FilterField = parse_field(text)
    assert not isinstance(field, AssessmentField)
    return store.fields.label_values(ONE, field, prefix, limit)  # pyright: ignore[reportArgumentType]  # no span


class WindowsSuite:
    """The structure of a trace in parts."""

    @pytest.mark.parametrize("huge", [1, 10_000], ids=["kept", "not kept"])
    def test_parts_put_together_are_the_structure(
        self, store: Store, monkeypatch: pytest.MonkeyPatch, huge: int
    ) -> None:
        monkeypatch.setattr(structures, "MIN_SPANS", huge)
        spans = [a_span(n, parent=1 if n > 1 else None, start_ns=START_NS - n % 7) for n in range(1, 2501)]
        store.writer.write([arrived(*spans)])
        whole = store.reader.structure(trace_id(1))

        for size in (700, 1000, 2500, 9999):
            parts = [store.reader.window(trace_id(1), offset, size) for offset in range(0, 2500, size)]
            assert [facts for part in parts for facts in part.spans] == whole
            assert {(part.total, part.start_ns) for part in parts} == {(2500, START_NS - 6)}
        assert store.reader.window(trace_id(1), 2500, 10).spans == []
        assert store.reader.window(trace_id(2), 0, 10).total == 0

    def test_a_part_is_of_the_trace_as_it_is_now(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(structures, "MIN_SPANS", 1)
        store.writer.write([arrived(a_span(1))])
        assert store.reader.window(trace_id(1), 0, 10).total == 1

        store.writer.write([arrived(a_span(2, parent=1, start_ns=START_NS + 1))])
        assert store.reader.window(trace_id(1), 1, 10).spans[0].span_id == span_id(2)

        store.writer.write([arrived(a_span(2, parent=1, name="ended", start_ns=START_NS + 1, end_ns=START_NS + 9))])
        assert store.reader.window(trace_id(1), 0, 10).spans == store.reader.structure(trace_id(1))

        store.writer.delete(ExperimentId(0), [trace_id(1)])
        assert store.reader.window(trace_id(1), 0, 10).total == 0

    def test_each_span_is_read_once_as_it_is_kept(self, store: Store) -> None:
        store.writer.write([arrived(a_span(1, end_ns=None), resource={"service.name": "a"})])
        store.writer.write([arrived(a_span(1, name="ended"), a_span(2, parent=1), resource={"service.name": "b"})])

        def read(*ids: int) -> dict[bytes, tuple[str, object]]:
            found = store.reader.encoded_spans(trace_id(1), [span_id(n) for n in ids] if ids else None)
            spans = [span for portion in found for span in decode_spans(*portion)]
            assert len({span.facts.span_id for span in spans}) == len(spans)
            return {span.facts.span_id: (span.facts.name, span.resource.get("service.name")) for span in spans}

        assert read() == {span_id(1): ("ended", "b"), span_id(2): ("step", "b")}
        assert read(2, 9) == {span_id(2): ("step", "b")}


class FieldsSuite:
    """Which fields traces have, and with which values."""

    def test_keys_are_those_of_the_experiment(self, store: Store) -> None:
        store.writer.write(
            [
                declared(1, experiment=1, tags={"team": "a", "mlflow.user": "x"}, metadata={"build": "7"}),
                declared(2, experiment=2, tags={"elsewhere": "b"}),
            ]
        )
        wanted = {parse_field(text) for text in ("tags.team", "metadata.build", "metadata.`mlflow.user`")}

        assert set(store.fields.label_fields(ONE)) == wanted
        assert store.fields.label_fields(ExperimentId(3)) == []

    def test_few_values_come_with_the_most_frequent_first(self, store: Store) -> None:
        envs = ["prod", "prod", "dev", "prod", "stage", "dev"]
        store.writer.write([declared(n, experiment=1, tags={"env": env}) for n, env in enumerate(envs, 1)])
        store.writer.write([declared(9, experiment=2, tags={"env": "other"})])

        counted = [ObservedValue("prod", 3), ObservedValue("dev", 2), ObservedValue("stage", 1)]
        assert values(store, "tags.env") == ObservedValues(counted, is_complete=True)
        assert values(store, "tags.env", limit=2) == ObservedValues(counted[:2], is_complete=False)
        assert values(store, "tags.env", "pr") == ObservedValues(counted[:1], is_complete=True)
        assert values(store, "tags.env", "x") == ObservedValues([], is_complete=True)
        assert values(store, "tags.nothing") == ObservedValues([], is_complete=True)

    def test_of_many_values_the_first_in_order_come(self, store: Store) -> None:
        users = [f"user-{n:03d}" for n in range(120)]
        store.writer.write(
            [declared(n, experiment=1, tags={"mlflow.trace.user": user}) for n, user in enumerate(users, 1)]
        )

        found = values(store, "user", limit=5)
        assert found is not None
        assert ([one.value for one in found.values], found.is_complete) == (users[:5], False)
        within = values(store, "user", "user-11")
        assert within is not None
        assert ([one.value for one in within.values], within.is_complete) == (users[110:], True)

    def test_values_that_very_many_traces_have_are_not_counted(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(observed, "MAX_COUNTED", 2)
        store.writer.write([declared(n, experiment=1, tags={"env": "b" if n < 4 else "a"}) for n in range(1, 6)])

        counted = [ObservedValue("b", None), ObservedValue("a", 2)]
        assert values(store, "tags.env") == ObservedValues(counted, is_complete=True)

    def test_values_too_long_for_the_index_are_left_out_and_it_says_so(self, store: Store) -> None:
        store.writer.write([declared(1, experiment=1, tags={"note": "n" * 300})])
        store.writer.write([declared(2, experiment=1, tags={"note": "short"})])

        assert values(store, "tags.note") == ObservedValues([ObservedValue("short", 1)], is_complete=False)

    def test_what_changed_is_seen(self, store: Store) -> None:
        store.writer.write([declared(1, experiment=1, tags={"env": "old"})])
        store.writer.write([TagsEdited(trace_id=trace_id(1), tags={"env": "new", "more": "1"})])

        assert values(store, "tags.env") == ObservedValues([ObservedValue("new", 1)], is_complete=True)
        assert len(store.fields.label_fields(ONE)) == 2

    def test_what_no_index_has_is_told(self, store: Store) -> None:
        assert store.fields.label_values(ONE, AttributeField(Attribute.TEXT), "", 5) is None
        assert values(store, "metadata.`mlflow.traceInputs`") is None

    def test_names_and_values_of_assessments_are_those_of_the_experiment(self, store: Store) -> None:
        store.writer.write([declared(1, experiment=1), declared(2, experiment=1), declared(3, experiment=2)])
        for item in (
            an_assessment(1, name="score", value=0.5),
            an_assessment(2, trace=2, name="score", value=0.5),
            an_assessment(3, trace=2, name="score", value=1),
            an_assessment(4, name="good", value=True),
            an_assessment(5, name="said", value="overridden", valid=False),
            an_assessment(6, name="answer", value="42", kind=AssessmentKind.EXPECTATION),
            an_assessment(7, trace=3, name="elsewhere", value=1),
        ):
            store.assessments.put_assessment(item)
        score = AssessmentField(AssessmentScope.FEEDBACK, "score")

        assert store.fields.assessment_fields(ONE) == [
            (AssessmentField(AssessmentScope.FEEDBACK, "good"), False),
            (score, True),
            (AssessmentField(AssessmentScope.EXPECTATION, "answer"), False),
        ]
        found = [ObservedValue("0.5", 2), ObservedValue("1", 1)]
        assert store.fields.assessment_values(ONE, score, "", 9) == ObservedValues(found, is_complete=True)
        assert store.fields.assessment_values(ONE, score, "1", 9).values == found[1:]
        assert store.fields.assessment_values(TWO, score, "", 9).values == []

    def test_issues_are_named_by_their_ids(self, store: Store) -> None:
        store.writer.write([declared(1, experiment=1, request_time_ms=NOW_MS)])
        for number in (1, 2):  # twice of one trace
            assessment = an_assessment(number, name="issue-7", kind=AssessmentKind.ISSUE, value=True)
            store.assessments.put_assessment(assessment)
        field = AssessmentField(AssessmentScope.ISSUE, "id")

        assert store.fields.assessment_values(ONE, field, "", 9).values == [ObservedValue("issue-7", 1)]
        assert store.fields.assessment_fields(ONE) == []
