"""What every store promises about finding traces."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from trilha import names
from trilha_server.domain.assessment import Assessment
from trilha_server.domain.batch import RunLinked, TagsEdited, TraceUpdate
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.filter import Attribute, AttributeField, Filter, LabelField, LabelScope, OrderTerm
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.span import Span
from trilha_server.domain.trace import TraceInfo, TraceState
from trilha_server.ports import Store, TraceQuery
from trilha_server.search.evaluate import matches
from trilha_server.search.order import parse_order
from trilha_server.search.page_token import encode_page_token
from trilha_server.search.parse import parse_filter
from trilha_server.search.printing import print_filter, print_order_term

from server.tests.support.filters import RandomTrace, filters, random_traces
from server.tests.support.spans import NOW_MS, a_span, an_assessment, arrived, declared, trace_id

ZERO = ExperimentId(0)
_experiments = count(100)


class SeenTrace:
    """A trace as the evaluator sees it, read through the store's other methods."""

    def __init__(self, info: TraceInfo, assessments: Sequence[Assessment], spans: Sequence[Span]) -> None:
        self.info = info
        self.assessments = assessments
        self.spans = spans


def search(
    store: Store, text: str = "", *, order: Sequence[str] = (), limit: int = 1000, experiments: Sequence[int] = (0,)
) -> list[TraceId]:
    """Find traces by what people write, page by page."""
    tree = parse_filter(text)
    return [info.trace_id for info in found_by(store, tree, parse_order(order), limit, experiments)]


def found_by(
    store: Store,
    tree: Filter | None,
    order: tuple[OrderTerm, ...] = (),
    limit: int = 1000,
    experiments: Sequence[int] = (0,),
) -> Iterator[TraceInfo]:
    token = None
    while True:
        query = TraceQuery(
            experiment_ids=tuple(ExperimentId(number) for number in experiments),
            filter=tree,
            order=order,
            limit=limit,
            page_token=token,
        )
        page = store.reader.search(query)
        assert len(page.traces) <= limit
        yield from page.traces
        if page.next_page_token is None:
            return
        assert len(page.traces) == limit, "a page before the last is full"
        token = page.next_page_token


def numbered(store: Store, *updates: TraceUpdate) -> None:
    store.writer.write(updates)


class SearchSuite:
    """What is asked for is found."""

    def test_the_newest_come_first_over_all_experiments_asked_for(self, store: Store) -> None:
        times = {1: (0, 30), 2: (1, 40), 3: (2, 50), 4: (1, 10), 5: (0, 20)}
        numbered(
            store,
            *(declared(n, experiment=experiment, request_time_ms=time) for n, (experiment, time) in times.items()),
        )

        expected = [trace_id(number) for number in (2, 1, 5, 4)]
        assert [search(store, limit=limit, experiments=(0, 1, 0)) for limit in (1, 2, 3, 10)] == [expected] * 4
        assert search(store, experiments=()) == []
        assert search(store, experiments=(99,)) == []

    def test_traces_of_one_moment_are_all_found_once(self, store: Store) -> None:
        numbered(store, *(declared(number) for number in range(1, 51)))

        found = search(store, limit=7)

        assert sorted(found) == [trace_id(number) for number in range(1, 51)]

    @pytest.mark.parametrize("limit", [1, 3])
    def test_what_is_written_meanwhile_neither_repeats_nor_hides_a_trace_of_later_pages(
        self, store: Store, limit: int
    ) -> None:
        numbered(store, *(declared(number, request_time_ms=NOW_MS + number) for number in range(1, 21)))
        found: list[TraceId] = []
        for position, info in enumerate(found_by(store, None, limit=limit)):
            found.append(info.trace_id)
            numbered(store, declared(100 + position, request_time_ms=NOW_MS + 50 + position))
            if position == 3:
                store.writer.delete(ZERO, [trace_id(17), trace_id(20)])

        assert found == [trace_id(number) for number in range(20, 0, -1)]

    @pytest.mark.parametrize("field", ["tags.env", "tags.`long key`", "metadata.env", "client_request_id", "user"])
    @pytest.mark.parametrize("length", [255, 256, 10_000])
    def test_long_values_are_told_apart_and_found_by_equality_and_by_pattern(
        self, store: Store, field: str, length: int
    ) -> None:
        first, second = "v" * (length - 1) + "1", "v" * (length - 1) + "2"
        for number, value in enumerate((first, second), start=1):
            labels = {"env": value, "long key": value}
            metadata = {"env": value, names.TRACE_USER: value}
            numbered(store, declared(number, client_request_id=value, tags=labels, metadata=metadata))

        one, both = [trace_id(1)], [trace_id(2), trace_id(1)]
        assert search(store, f"{field} = '{first}'") == one
        assert search(store, f"{field} != '{second}'") == one
        assert search(store, f"{field} IN ('{first}', 'x')") == one
        assert search(store, f"{field} NOT IN ('{second}', 'x')") == one
        assert search(store, f"{field} LIKE '%v1'") == one
        assert search(store, f"{field} ILIKE 'V%1'") == one
        assert search(store, f"{field} RLIKE 'v1$'") == one
        assert search(store, f"NOT {field} LIKE '%v2'") == one
        assert search(store, f"{field} LIKE 'vv%'") == both

    @pytest.mark.parametrize("length", [255, 256, 10_000])
    def test_long_names_are_told_apart(self, store: Store, length: int) -> None:
        first, second = "n" * (length - 1) + "1", "n" * (length - 1) + "2"
        numbered(store, arrived(a_span(trace=1, name=first)), arrived(a_span(trace=2, name=second)))

        for field in ("name", "span.name"):
            assert search(store, f"{field} = '{first}'") == [trace_id(1)]
            assert search(store, f"{field} != '{first}'") == [trace_id(2)]
            assert search(store, f"{field} LIKE '%n2'") == [trace_id(2)]
            assert search(store, f"NOT {field} RLIKE 'n2$'") == [trace_id(1)]

    def test_the_whole_key_of_a_label_counts(self, store: Store) -> None:
        long = "k" * 1000
        numbered(store, declared(1, tags={f"{long}1": "v"}), declared(2, tags={f"{long}2": "v"}))

        assert search(store, f"tags.{long}1 = 'v'") == [trace_id(1)]
        assert search(store, f"tags.{long}2 IS NULL") == [trace_id(1)]

    def test_span_comparisons_must_hold_for_one_span(self, store: Store) -> None:
        failed, ok = Status.STATUS_CODE_ERROR, Status.STATUS_CODE_OK
        numbered(
            store,
            arrived(a_span(1, trace=1, name="a", status=failed), a_span(2, trace=1, parent=1, name="b", status=ok)),
            arrived(a_span(1, trace=2, name="a", status=ok), a_span(2, trace=2, parent=1, name="b", status=failed)),
        )

        assert search(store, "span.name = 'a' AND span.status = 'ERROR'") == [trace_id(1)]
        assert search(store, "NOT (span.name = 'a' AND span.status = 'ERROR')") == [trace_id(2)]

    def test_text_is_found_in_any_span_whenever_it_came(self, store: Store) -> None:
        numbered(store, arrived(a_span(1, trace=1, attributes={"q": "the passport renewal"})))
        numbered(store, arrived(a_span(1, trace=2, attributes={"q": "another question"})))
        numbered(store, arrived(a_span(2, trace=1, parent=1, attributes={"a": {"text": ["Umbrellas at noon"]}})))

        both_words = "trace.text LIKE '%passport%' AND trace.text ILIKE '%UMBRELLAS%'"
        assert search(store, both_words) == [trace_id(1)]
        assert search(store, "span.content LIKE '%passport%' AND span.content LIKE '%Umbrellas%'") == []
        assert search(store, "trace.text LIKE '%question%'") == [trace_id(2)]

    def test_labels_of_a_trace_that_changed_are_those_of_now(self, store: Store) -> None:
        numbered(store, arrived(a_span(name="old"), attributes_of("s-1")))
        numbered(store, declared(tags={names.TRACE_NAME: "new", "env": "test"}, request_time_ms=NOW_MS + 5))
        numbered(
            store, TagsEdited(trace_id=trace_id(1), tags={"env": "prod"}), RunLinked(trace_id=trace_id(1), run_id="r")
        )

        assert [search(store, f"name = '{name}'") for name in ("old", "new")] == [[], [trace_id(1)]]
        assert [search(store, f"tags.env = '{env}'") for env in ("test", "prod")] == [[], [trace_id(1)]]
        assert search(store, "run_id = 'r' AND name = 'new' AND tags.env = 'prod'") == [trace_id(1)]

    @pytest.mark.parametrize(
        "expression", ["^gpt-[0-9]", "(?i)GPT", r"\d", r"\pN", "(?P<family>gpt)", r"gpt\-4o(?:-mini)?$", "[[:digit:]]"]
    )
    def test_regular_expressions_mean_the_same_on_every_store(self, store: Store, expression: str) -> None:
        feedback = an_assessment(name="model", value="gpt-4o")
        numbered(store, arrived(a_span(name="gpt-4o")), declared(tags={"model": "gpt-4o"}, assessments=[feedback]))
        numbered(store, declared(2, tags={"model": "other"}))

        for field in ("tags.model", "name", "span.name", "feedback.model"):
            assert search(store, f"{field} RLIKE '{expression}'") == [trace_id(1)]
        assert search(store, f"NOT tags.model RLIKE '{expression}'") == [trace_id(2)]

    @pytest.mark.parametrize("pattern", ["éCOLE", "ÉCOLE", "%cole", "_cole"])
    def test_case_is_ignored_beyond_ascii(self, store: Store, pattern: str) -> None:
        feedback = an_assessment(name="school", value="École")
        numbered(store, arrived(a_span(name="École", attributes={"q": "École"})), declared(tags={"school": "École"}))
        store.assessments.put_assessment(feedback)

        for field in ("tags.school", "name", "span.name", "feedback.school"):
            assert search(store, f"{field} ILIKE '{pattern}'") == [trace_id(1)]
        assert search(store, f"trace.text ILIKE '%{pattern}%'") == [trace_id(1)]

    def test_feedback_that_is_no_longer_valid_is_not_found(self, store: Store) -> None:
        numbered(store, declared())
        store.assessments.put_assessment(an_assessment(1, value="bad"))
        store.assessments.put_assessment(an_assessment(2, value="good", overrides=an_assessment(1).assessment_id))

        assert search(store, "feedback.quality = 'bad'") == []
        assert search(store, "feedback.quality = 'good'") == [trace_id(1)]


def attributes_of(session: str):
    return a_span(2, parent=1, attributes={names.OTEL_SESSION_ID: session})


FIELDS = [AttributeField(attribute) for attribute in Attribute if attribute is not Attribute.TEXT] + [
    LabelField(scope, key) for scope in LabelScope for key in ("env", names.TRACE_SESSION, names.TRACE_NAME, "k" * 300)
]


class OrderSuite:
    """Results come in the order asked for, page after page."""

    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("field", FIELDS, ids=repr)
    def test_any_field_orders_with_what_has_none_at_the_end(
        self, ordered: Store, field: AttributeField | LabelField, descending: bool
    ) -> None:
        order = (OrderTerm(field, descending=descending),)
        whole = list(found_by(ordered, None, order))

        assert len({info.trace_id for info in whole}) == 12
        by_pages = [[info.trace_id for info in found_by(ordered, None, order, limit)] for limit in (1, 5)]
        assert by_pages == [[info.trace_id for info in whole]] * 2
        if (key := _KEYS.get(repr(field))) is not None:
            values = [key(info) for info in whole]
            present = [value for value in values if value is not None]
            assert values == sorted(present, reverse=descending) + [None] * (len(values) - len(present))

    def test_equal_traces_are_ordered_by_the_next_term_and_then_by_age(self, ordered: Store) -> None:
        order = parse_order(["tags.env DESC", "status", "execution_time_ms DESC"])
        found = list(found_by(ordered, parse_filter("status != 'ERROR'"), order, 2))

        def key(info: TraceInfo) -> tuple[object, ...]:
            duration_ms = info.duration_ms
            envs = ("bb", "b", "aa", "a", "", None)
            return (
                envs.index(info.tags.get("env")),
                info.state.value,
                (duration_ms is None, -(duration_ms or 0)),
                -info.request_time_ms,
            )

        assert found == sorted(found, key=key)
        assert len(found) == 8

    def test_a_token_of_another_order_is_refused(self, ordered: Store) -> None:
        def page(order: list[str], token: str | None) -> str | None:
            query = TraceQuery(experiment_ids=(ZERO,), order=parse_order(order), limit=2, page_token=token)
            return ordered.reader.search(query).next_page_token

        token = page(["tags.env"], None)
        for order in ([], ["timestamp_ms ASC"], ["tags.env", "status"], ["execution_time_ms"]):
            with pytest.raises(InvalidInput):
                page(order, token)
        for forged in ("", "x", encode_page_token(["zz", 1, 2]), encode_page_token([1, 2, 3]), encode_page_token([])):
            with pytest.raises(InvalidInput):
                page(["request_id"], forged)


_ATTRIBUTE_KEYS: dict[Attribute, Callable[[TraceInfo], Any]] = {  # Any: what can be sorted
    Attribute.REQUEST_ID: lambda info: info.trace_id,
    Attribute.STATUS: lambda info: info.state.value,
    Attribute.TIMESTAMP_MS: lambda info: info.request_time_ms,
    Attribute.EXECUTION_TIME_MS: lambda info: info.duration_ms,
    Attribute.END_TIME_MS: lambda info: info.end_time_ms,
    Attribute.TOKENS_TOTAL: lambda info: info.usage and info.usage.total_tokens,
    Attribute.COST_TOTAL: lambda info: info.cost and info.cost.total_usd,
    Attribute.NAME: lambda info: info.name,
    Attribute.USER: lambda info: info.user,
    Attribute.SESSION: lambda info: info.session,
    Attribute.MODEL_ID: lambda info: info.model_id,
    Attribute.VERSION: lambda info: info.version,
}
_KEYS = {repr(AttributeField(attribute)): key for attribute, key in _ATTRIBUTE_KEYS.items()}


@pytest.fixture
def ordered(store: Store) -> Store:
    """A store with twelve traces, each field of which is missing somewhere."""
    states = (TraceState.OK, TraceState.ERROR, TraceState.IN_PROGRESS)
    for n in range(1, 13):
        usage = f'{{"input_tokens": {n % 5}, "output_tokens": 0}}'
        cost = f'{{"input_cost": {n % 4 / 3}, "output_cost": 0, "total_cost": {n % 4 / 3}}}'
        metadata = {
            names.TRACE_TOKEN_USAGE: usage if n % 3 else "",
            names.TRACE_COST: cost if n % 2 else "",
            "env": "é" * (n % 3),
            **({names.MODEL_ID: f"m-{n % 3}", "k" * 300: "v" * n * 30} if n % 2 else {}),
        }
        tags = {
            **({"env": "ab"[n % 2] * (n % 3)} if n % 4 else {}),
            **({names.TRACE_SESSION: f"s{n}", names.TRACE_NAME: f"n{n % 2}"} if n % 3 else {}),
            **({names.LINKED_PROMPTS: f'[{{"name": "p", "version": "{n}"}}]'} if n % 2 else {}),
        }
        declaration = declared(
            n,
            request_time_ms=NOW_MS + n * 7 % 12 // 2,
            duration_ms=n % 4 * 10 if n % 5 else None,
            state=states[n % 3],
            client_request_id=f"c{n % 3}" if n % 2 else None,
            tags=tags,
            metadata=metadata,
        )
        store.writer.write([declaration, *([RunLinked(trace_id=trace_id(n), run_id=f"r{n % 3}")] if n % 4 else [])])
    return store


class AgreementSuite:
    """The database and the evaluator mean the same by every filter."""

    @pytest.mark.slow
    @settings(max_examples=40, phases=[Phase.generate])  # to shrink takes minutes; the filter is told
    @given(data=st.data())
    def test_a_search_finds_exactly_what_the_filter_matches(self, store: Store, data: st.DataObject) -> None:
        experiment = next(_experiments)
        traces = [data.draw(random_traces(number, experiment)) for number in range(1, data.draw(st.integers(2, 5)))]
        wanted = data.draw(st.lists(filters, min_size=8, max_size=8))
        try:
            view = _keep(store, traces, experiment)
            for tree in wanted:
                expected = [trace.info.trace_id for trace in view if matches(tree, trace)]
                found = [info.trace_id for info in found_by(store, tree, experiments=[experiment])]
                assert found == expected, print_filter(tree)
                order = (OrderTerm(AttributeField(Attribute.NAME)),)
                paged = [info.trace_id for info in found_by(store, tree, order, 2, [experiment])]
                assert sorted(paged) == sorted(expected), f"{print_filter(tree)} by {print_order_term(order[0])}"
        finally:
            store.writer.delete(ExperimentId(experiment), [trace_id(trace.number) for trace in traces])


def _keep(store: Store, traces: list[RandomTrace], experiment: int) -> list[SeenTrace]:
    """Write traces; what the evaluator is to see of them, the newest first."""
    for trace in traces:
        updates: list[TraceUpdate] = [] if trace.declaration is None else [trace.declaration]
        updates += [arrived(span, experiment=experiment) for span in trace.spans]
        identifier = trace_id(trace.number)
        if trace.tag_edits:
            updates.append(TagsEdited(trace_id=identifier, tags=trace.tag_edits))
        if trace.run_id is not None:
            updates.append(RunLinked(trace_id=identifier, run_id=trace.run_id))
        store.writer.write(updates)
        for assessment in trace.assessments:
            store.assessments.put_assessment(assessment)
    ids = [trace_id(trace.number) for trace in traces]
    assessments = store.assessments.of_traces(ids)
    infos = sorted(store.reader.get(ids), key=lambda info: (-info.request_time_ms, -ids.index(info.trace_id)))
    return [
        SeenTrace(info, assessments.get(info.trace_id, []), list(store.reader.spans(info.trace_id))) for info in infos
    ]
