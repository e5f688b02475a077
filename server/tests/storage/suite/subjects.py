"""What every store promises about sessions, users, and what traces call their version."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from trilha import names
from trilha_server.domain.batch import InfoDeclared, TagsEdited
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.subject import FeedbackFigures, Session, SubjectOrder, SubjectQuery, User
from trilha_server.domain.trace import TraceInfo, TraceState
from trilha_server.ports import Store
from trilha_server.search.parse import parse_filter

from server.tests.storage.suite.searching import search
from server.tests.support.spans import NOW_MS, a_span, an_assessment, arrived, declared, trace_id
from server.tests.support.versions import a_version, version_id

ONE, TWO = ExperimentId(1), ExperimentId(2)
_numbers = count(1)


def turn(
    number: int,
    session: str | None = "s",
    user: str | None = None,
    *,
    at: int | None = None,
    tagged: bool = False,
    **fields: Any,  # Any: fields of the declaration
) -> InfoDeclared:
    """A trace of experiment 1, a second after the one before."""
    names_of = {names.TRACE_SESSION: session, names.TRACE_USER: user}
    labels = {key: value for key, value in names_of.items() if value is not None}
    labels |= fields.pop("labels", {})
    experiment = fields.pop("experiment", 1)
    time_ms = NOW_MS + 1000 * (number if at is None else at)
    where = {"tags" if tagged else "metadata": labels}
    return declared(number, experiment=experiment, request_time_ms=time_ms, **where, **fields)


def sessions(store: Store, text: str = "", **query: Any) -> list[Session]:  # Any: fields of the query
    asked: SubjectQuery | None = _query(text, query)
    found: list[Session] = []
    while asked is not None:
        page = store.subjects.sessions(asked)
        found += page.sessions
        asked = _next(asked, len(page.sessions), page.next_page_token)
    return found


def users(store: Store, text: str = "", **query: Any) -> list[User]:  # Any: fields of the query
    asked: SubjectQuery | None = _query(text, query)
    found: list[User] = []
    while asked is not None:
        page = store.subjects.users(asked)
        found += page.users
        asked = _next(asked, len(page.users), page.next_page_token)
    return found


def _query(text: str, fields: dict[str, Any]) -> SubjectQuery:  # Any: fields of the query
    known: dict[str, Any] = {"experiment_ids": (ONE,), "filter": parse_filter(text)}
    return SubjectQuery(**known | fields)


def _next(query: SubjectQuery, count: int, token: str | None) -> SubjectQuery | None:
    assert count <= query.limit
    return None if token is None else msgspec.structs.replace(query, page_token=token)


def ids(found: Sequence[Session]) -> list[str]:
    return [session.session for session in found]


class SubjectsSuite:
    """Traces of one session, or of one user, are found together."""

    def test_a_session_is_what_its_turns_come_to(self, store: Store) -> None:
        usage = {names.TRACE_TOKEN_USAGE: '{"input_tokens": 3, "output_tokens": 4}'}
        cost = {names.TRACE_COST: '{"total_cost": 0.25}'}
        store.writer.write(
            [
                turn(1, user="ana", duration_ms=5, request_preview="first", labels={names.MODEL_ID: "v1", **usage}),
                turn(2, user="bob", duration_ms=7, state=TraceState.ERROR, labels={**usage, **cost}),
                turn(3, user="ana", response_preview="last", labels={"app_version": "2.0", **cost}),
                turn(4, "other"),
                turn(5, None, "ana"),
            ]
        )

        [_, found] = sessions(store)

        assert found.session == "s"
        assert (found.totals.traces, found.totals.errors, found.totals.duration_ms) == (3, 1, 12)
        assert (found.totals.total_tokens, found.totals.cost_usd) == (14, 0.5)
        assert (found.totals.first_time_ms, found.totals.last_time_ms) == (NOW_MS + 1000, NOW_MS + 3000)
        assert (found.users, found.versions) == (("ana", "bob"), ("2.0", "v1"))
        assert (found.first_request, found.last_response) == ("first", "last")
        assert found.totals.experiment_id == ONE
        assert store.subjects.session(ONE, "s") == found

    def test_a_user_is_what_the_traces_come_to(self, store: Store) -> None:
        store.writer.write(
            [
                turn(1, "a", "ana"),
                turn(2, "b", "ana", state=TraceState.ERROR),
                turn(3, "b", "ana"),
                turn(4, None, "ana"),
            ]
        )
        store.writer.write([turn(5, "c", "anatole"), turn(6, "c", "an")])

        found = {user.user: user for user in users(store)}

        assert {name: (user.sessions, user.totals.traces) for name, user in found.items()} == {
            "ana": (2, 4),
            "anatole": (1, 1),
            "an": (1, 1),
        }
        assert found["ana"].totals.errors == 1
        assert store.subjects.user(ONE, "ana") == found["ana"]

    @pytest.mark.parametrize("tagged", [False, True])
    def test_either_spelling_is_the_same(self, store: Store, tagged: bool) -> None:
        store.writer.write([turn(1, "s", "ana", tagged=tagged), turn(2, "s", "ana", tagged=not tagged)])

        assert [(each.session, each.totals.traces) for each in sessions(store)] == [("s", 2)]
        assert [(each.user, each.sessions) for each in users(store)] == [("ana", 1)]
        assert (
            ids(sessions(store, "user = 'ana'")) == ids(sessions(store, f"tags.`{names.TRACE_USER}` = 'ana'")) == ["s"]
        )

    def test_what_spans_tell_of_session_and_user_counts(self, store: Store) -> None:
        attributes = {names.OTEL_SESSION_ID: "s", names.OTEL_USER_ID: "ana"}
        store.writer.write([arrived(a_span(trace=1, attributes=attributes), experiment=1)])

        assert ids(sessions(store)) == ["s"]
        assert [each.user for each in users(store)] == ["ana"]

    @pytest.mark.parametrize(
        "session", ["a/b", "été 🚂", "a" * 1000, "a'b\"%_", "a\x00b", " ", "x" * 255, "\x1d", "é" * 300]
    )
    def test_any_text_may_be_a_session_and_a_user(self, store: Store, session: str) -> None:
        store.writer.write([turn(1, session, session), turn(2, session + "!", session), turn(3, session, "other")])

        assert [each.session for each in sessions(store)] == [session, session + "!"]
        assert [(each.user, each.sessions) for each in users(store)] == [("other", 1), (session, 2)]
        assert store.subjects.session(ONE, session).totals.traces == 2
        assert store.subjects.user(ONE, session).totals.traces == 2
        assert [info.trace_id for info in store.subjects.turns(ONE, session, 9).traces] == [trace_id(1), trace_id(3)]

    def test_turns_come_oldest_first_page_by_page(self, store: Store) -> None:
        store.writer.write([turn(number, at=number // 3) for number in range(9)] + [turn(20, "other")])

        def read(limit: int) -> list[TraceId]:
            found: list[TraceId] = []
            token = None
            while True:
                page = store.subjects.turns(ONE, "s", limit, token)
                found += [info.trace_id for info in page.traces]
                token = page.next_page_token
                if token is None:
                    return found

        assert read(2) == read(3) == read(100) == [trace_id(number) for number in range(9)]
        assert store.subjects.turns(TWO, "s", 5).traces == []
        for token in ("x", "", "WyJhIl0"):
            with pytest.raises(InvalidInput):
                store.subjects.turns(ONE, "s", 5, token)

    def test_who_is_not_there_is_told(self, store: Store) -> None:
        store.writer.write([turn(1, "s", "ana")])

        for experiment_id, text in ((ONE, "S"), (TWO, "s"), (ONE, "ana")):
            with pytest.raises(NotFound):
                store.subjects.session(experiment_id, text)
        with pytest.raises(NotFound):
            store.subjects.user(ONE, "s")

    def test_the_last_active_come_first_whatever_is_written_between_two_pages(self, store: Store) -> None:
        store.writer.write([turn(number, f"s{number % 7}") for number in range(21)])
        query = SubjectQuery(experiment_ids=(ONE,), limit=3)
        first = store.subjects.sessions(query)
        store.writer.write([turn(30, "s6"), turn(31, "new")])
        rest = sessions(store, limit=3, page_token=first.next_page_token)

        assert [*ids(first.sessions), *ids(rest)] == [f"s{number}" for number in (6, 5, 4, 3, 2, 1, 0)]

    def test_sessions_that_left_are_gone(self, store: Store) -> None:
        store.writer.write([turn(1, "a"), turn(2, "a"), turn(3, "b")])
        store.writer.write([TagsEdited(trace_id=trace_id(2), tags={names.TRACE_SESSION: "b"})])
        assert [(each.session, each.totals.traces) for each in sessions(store)] == [("b", 2), ("a", 1)]

        store.writer.delete(ONE, [trace_id(1)])

        assert ids(sessions(store)) == ["b"]

    def test_the_same_name_in_two_experiments_is_two(self, store: Store) -> None:
        store.writer.write(
            [turn(1, "s", "ana", at=5), turn(2, "s", "ana", at=5, experiment=2), turn(3, "t", experiment=2)]
        )

        for limit in (1, 2, 9):
            found = sessions(store, experiment_ids=(TWO, ONE, TWO), limit=limit)
            assert [(each.session, each.totals.experiment_id) for each in found] == [("s", ONE), ("s", TWO), ("t", TWO)]
            filtered = sessions(store, "trace_id != 'x'", experiment_ids=(ONE, TWO), limit=limit)
            assert sorted((each.session, each.totals.experiment_id) for each in filtered) == [
                ("s", ONE),
                ("s", TWO),
                ("t", TWO),
            ]
        assert sessions(store, experiment_ids=()) == []

    def test_a_filter_finds_whom_some_trace_fits_and_shows_the_whole(self, store: Store) -> None:
        store.writer.write([turn(1, "a", state=TraceState.ERROR), turn(2, "a"), turn(3, "b"), turn(4, None)])

        [found] = sessions(store, "status = 'ERROR'")

        assert (found.session, found.totals.traces, found.totals.errors) == ("a", 2, 1)
        assert sessions(store, "status = 'IN_PROGRESS'") == []
        with pytest.raises(InvalidInput):
            sessions(store, "status = 'ERROR'", page_token="x")

    def test_feedback_is_added_up_by_name(self, store: Store) -> None:
        store.writer.write([turn(1, "s", "ana"), turn(2, "s", "ana"), turn(3, "t", "ana")])
        said = [
            (1, 1, "ok", True),
            (2, 2, "ok", False),
            (3, 2, "note", "fine"),
            (4, 3, "ok", "yes"),
            (5, 3, "score", 0.25),
        ]
        for number, trace, name, value in said:
            store.assessments.put_assessment(an_assessment(number, trace=trace, name=name, value=value))

        assert store.subjects.session(ONE, "s").feedback == (
            FeedbackFigures("note", 1, None),
            FeedbackFigures("ok", 2, 0.5),
        )
        assert store.subjects.user(ONE, "ana").feedback == (
            FeedbackFigures("note", 1, None),
            FeedbackFigures("ok", 3, 2 / 3),
            FeedbackFigures("score", 1, 0.25),
        )

    def test_a_token_of_another_search_is_refused(self, store: Store) -> None:
        store.writer.write([turn(1, "a"), turn(2, "b")])
        for token in ("x", "WzEsMl0", "WyJhIiwxLCJhIl0"):
            for order in SubjectOrder:
                with pytest.raises(InvalidInput):
                    sessions(store, page_token=token, order=order)

    @pytest.mark.slow
    @settings(max_examples=40, phases=[Phase.generate])
    @given(data=st.data())
    def test_all_are_found_once_in_order(self, store: Store, data: st.DataObject) -> None:
        experiment = ExperimentId(next(_numbers) + 100)
        drawn = data.draw(st.lists(_turns, min_size=1, max_size=12))
        base = next(_numbers) * 100
        updates = [
            turn(base + number, session, None, at=at, state=state, experiment=experiment, duration_ms=duration_ms)
            for number, (session, at, state, duration_ms) in enumerate(drawn)
        ]
        store.writer.write(updates)
        infos = store.reader.get([update.trace_id for update in updates])
        order = data.draw(st.sampled_from(SubjectOrder))
        descending, limit = data.draw(st.booleans()), data.draw(st.integers(1, 4))
        text = data.draw(st.sampled_from(("", "status = 'ERROR'", "trace.text LIKE '%x%' OR status = 'ERROR'")))

        found = sessions(store, text, experiment_ids=(experiment,), order=order, descending=descending, limit=limit)

        fitting = [info for info in infos if not text or info.state is TraceState.ERROR]
        expected = {info.session for info in fitting if info.session}
        assert sorted(ids(found)) == sorted(expected)
        by_activity = order is SubjectOrder.LAST_TIME and descending and bool(text)
        values = [
            _value(each, order, [info for info in fitting if by_activity and info.session == each.session])
            for each in found
        ]
        assert values == sorted(values, reverse=descending)


_turns = st.tuples(
    st.none() | st.sampled_from("abcd"),
    st.integers(0, 5),
    st.sampled_from((TraceState.OK, TraceState.ERROR)),
    st.integers(0, 3),
)


def _value(session: Session, order: SubjectOrder, fitting: Sequence[TraceInfo]) -> float:
    """What a session is ordered by; its last activity is that of the traces that fit, if there is a filter."""
    return max(info.request_time_ms for info in fitting) if fitting else getattr(session.totals, order.value)


class VersionNamesSuite:
    """Traces mean a version by its id or by its name."""

    @pytest.fixture
    def named(self, store: Store) -> Store:
        """Two versions of one name, and traces that name them by id, by name, as a tag, or not at all."""
        for number, at in ((1, 10), (2, 20)):
            store.versions.create_version(a_version(number, name="agent-v1.0", create_time_ms=NOW_MS + 1000 * at))
        store.versions.create_version(a_version(3, name="sole"))
        carried = {
            5: "agent-v1.0",
            15: "agent-v1.0",
            16: version_id(1),
            25: "agent-v1.0",
            26: version_id(2),
            27: "sole",
            28: version_id(3),
            29: "nobody",
        }
        store.writer.write(
            [turn(number, labels={names.MODEL_ID: text}, tagged=number % 2 == 0) for number, text in carried.items()]
        )
        store.writer.write([turn(30), turn(31, labels={"app_version": "sole"})])
        return store

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("{field} = '{one}'", [16, 15, 5]),
            ("{field} = '{two}'", [26, 25]),
            ("{field} = 'agent-v1.0'", [26, 25, 16, 15, 5]),
            ("{field} = 'sole'", [28, 27]),
            ("{field} = '{three}'", [28, 27]),
            ("{field} = 'nobody'", [29]),
            ("{field} IN ('{one}', '{three}')", [28, 27, 16, 15, 5]),
            ("{field} != '{two}'", [29, 28, 27, 16, 15, 5]),
            ("{field} != 'sole'", [29, 26, 25, 16, 15, 5]),
            ("{field} NOT IN ('{one}', 'sole')", [29, 26, 25]),
            ("{field} LIKE 'agent-%'", [26, 25, 16, 15, 5]),
            ("NOT {field} RLIKE '^agent' AND {field} IS NOT NULL", [29, 28, 27]),
            ("{field} = '{two}' AND session = 's'", [26, 25]),
            ("{field} = '{one}' AND timestamp_ms > {later}", [16]),
            ("{field} = '{one}' OR {field} = 'sole'", [28, 27, 16, 15, 5]),
            ("{field} = '{one}' AND {field} = 'agent-v1.0' AND NOT {field} = '{two}'", [16, 15, 5]),
            ("span.name = 'x' OR {field} = '{three}'", [28, 27]),
        ],
    )
    def test_by_name_and_by_id_the_same_are_found(self, named: Store, text: str, found: list[int]) -> None:
        for field in ("model_id", f"tags.`{names.MODEL_ID}`", f"metadata.`{names.MODEL_ID}`"):
            written = text.format(
                field=field, one=version_id(1), two=version_id(2), three=version_id(3), later=NOW_MS + 15_500
            )
            expected = [trace_id(number) for number in found]
            for limit in (1, 2, 100):
                assert search(named, written, limit=limit, experiments=[1]) == expected, written
            assert search(named, written, experiments=[1, 2]) == expected
            assert search(named, written, order=["timestamp_ms"], experiments=[1]) == expected[::-1]

    def test_a_version_may_come_in_any_field_that_tells_it(self, named: Store) -> None:
        expected = [trace_id(number) for number in (31, 28, 27)]

        assert search(named, "version = 'sole'", experiments=[1]) == expected
        assert search(named, f"version = '{version_id(3)}'", experiments=[1]) == expected

    def test_a_version_that_is_made_later_takes_what_was_there(self, named: Store) -> None:
        named.versions.create_version(a_version(4, name="nobody", create_time_ms=NOW_MS + 99_000))

        assert search(named, f"model_id = '{version_id(4)}'", experiments=[1]) == [trace_id(29)]

    def test_a_name_means_a_version_of_its_own_experiment(self, named: Store) -> None:
        named.writer.write([turn(40, experiment=2, labels={names.MODEL_ID: "sole"})])

        assert search(named, f"model_id = '{version_id(3)}'", experiments=[1, 2]) == [trace_id(28), trace_id(27)]
        assert search(named, "model_id = 'sole'", experiments=[1, 2]) == [trace_id(40), trace_id(28), trace_id(27)]

    def test_a_deleted_version_answers_to_no_name(self, named: Store) -> None:
        named.versions.delete_version(version_id(3), NOW_MS)

        assert search(named, f"model_id = '{version_id(3)}'", experiments=[1]) == [trace_id(28)]
        assert search(named, "model_id = 'sole'", experiments=[1]) == [trace_id(27)]

    def test_a_book_holds_the_versions_that_texts_name_with_their_namesakes(self, named: Store) -> None:
        book = named.versions.version_book([version_id(1), "sole", "nobody", "x" * 1000, "\x00"], [ONE])

        assert sorted(version.version_id for version in book) == [version_id(1), version_id(2), version_id(3)]
        meant = book.meant(ONE, "agent-v1.0", NOW_MS + 15_000)
        assert meant is not None
        assert meant.version_id == version_id(1)
        assert not named.versions.version_book(["sole"], [TWO])
        assert not named.versions.version_book([], [ONE])
