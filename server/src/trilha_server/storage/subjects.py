"""Reads sessions and users: sums that the writer keeps, and of the few that are shown what their traces tell."""

from collections.abc import Iterable, Sequence

from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.figures import score_of
from trilha_server.domain.filter import Attribute, AttributeField
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.subject import (
    MAX_TRACES_READ,
    FeedbackFigures,
    Session,
    SessionPage,
    SubjectQuery,
    User,
    UserPage,
)
from trilha_server.domain.trace import TraceInfo
from trilha_server.ports import TracePage
from trilha_server.search.page_token import decode_page_token, encode_page_token
from trilha_server.storage import statements as sql
from trilha_server.storage.assessment_rows import read_assessment
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Cursor, Database
from trilha_server.storage.labels import CUT_MARK, index_value, key_of
from trilha_server.storage.rollup_deltas import SESSION, USER
from trilha_server.storage.sequences import read_progress
from trilha_server.storage.subject_pages import Found, found_subjects, totals_of
from trilha_server.storage.trace_reader import SqlTraceReader

_OF_SUBJECT = "FROM label WHERE experiment_id = ? AND key_id = ? AND value = ?"
_TRACES = """
SELECT trace.trace_id, trace.experiment_id, trace.change, trace.record, label.time_ms, label.trace_key
FROM label JOIN trace ON trace.key = label.trace_key
WHERE label.experiment_id = ? AND label.key_id = ? AND label.value = ?
"""
_NEWEST = f"{_TRACES} ORDER BY label.time_ms DESC, label.trace_key DESC LIMIT ?"
_OLDEST = f"{_TRACES} ORDER BY label.time_ms, label.trace_key LIMIT ?"
_OLDEST_AFTER = f"""
{_TRACES} AND (label.time_ms, label.trace_key) > (?, ?) ORDER BY label.time_ms, label.trace_key LIMIT ?
"""
# The join that is none keeps SQLite from walking through all feedback there is.
_ASSESSMENTS = f"""
SELECT assessment.body
FROM (SELECT trace_key {_OF_SUBJECT} ORDER BY time_ms DESC, trace_key DESC LIMIT ?) AS newest CROSS JOIN assessment
WHERE assessment.trace_key = newest.trace_key AND assessment.valid
"""
_COUNT_SESSIONS = "SELECT count(*) FROM user_session WHERE experiment_id = ? AND user_value = ?"


class SqlSubjects:
    """Sessions and users in a database."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec
        self._reader = SqlTraceReader(database, codec)

    def sessions(self, query: SubjectQuery) -> SessionPage:
        """Find sessions."""
        found, token = found_subjects(self._database, self._codec, self._reader, SESSION, query)
        with self._database.reading() as cursor:
            reading = _Reading(cursor, self._reader, Attribute.SESSION)
            return SessionPage([reading.session(item) for item in found], token, read_progress(cursor).has_all_subjects)

    def users(self, query: SubjectQuery) -> UserPage:
        """Find users."""
        found, token = found_subjects(self._database, self._codec, self._reader, USER, query)
        with self._database.reading() as cursor:
            reading = _Reading(cursor, self._reader, Attribute.USER)
            return UserPage([reading.user(item) for item in found], token, read_progress(cursor).has_all_subjects)

    def session(self, experiment_id: ExperimentId, session: str) -> Session:
        """Read one."""
        with self._database.reading() as cursor:
            [found] = totals_of(cursor, SESSION, experiment_id, [index_value(session)]) or [None]
            if found is None:
                raise NotFound("there is no such session", session=session[:80])
            return _Reading(cursor, self._reader, Attribute.SESSION).session(found)

    def user(self, experiment_id: ExperimentId, user: str) -> User:
        """Read one."""
        with self._database.reading() as cursor:
            [found] = totals_of(cursor, USER, experiment_id, [index_value(user)]) or [None]
            if found is None:
                raise NotFound("there is no such user", user=user[:80])
            return _Reading(cursor, self._reader, Attribute.USER).user(found)

    def turns(self, experiment_id: ExperimentId, session: str, limit: int, page_token: str | None = None) -> TracePage:
        """Read the traces of a session, the oldest first."""
        after = () if page_token is None else _place(page_token)
        with self._database.reading() as cursor:
            key_id = _key_id(cursor, Attribute.SESSION)
            statement = _OLDEST_AFTER if after else _OLDEST
            cursor.execute(statement, (experiment_id, key_id, index_value(session), *after, limit + 1))
            rows = cursor.rows()
        token = encode_page_token(rows[limit - 1][4:]) if len(rows) > limit else None
        return TracePage([self._reader.info(*row[:4]) for row in rows[:limit]], token)


class _Reading:
    """Reads what the traces of sessions, or of users, tell, within one transaction."""

    def __init__(self, cursor: Cursor, reader: SqlTraceReader, attribute: Attribute) -> None:
        self._cursor = cursor
        self._reader = reader
        self._key_id = _key_id(cursor, attribute)

    def session(self, found: Found) -> Session:
        newest = self._traces(_NEWEST, found, MAX_TRACES_READ)
        oldest = newest[-1:]
        if found.totals.traces > len(newest):
            oldest = self._traces(_OLDEST, found, 1)
        read = [*newest, *oldest]
        return Session(
            session=_whole(found.value, (info.session for info in read)),
            totals=found.totals,
            users=_distinct(info.user for info in read),
            versions=_distinct(info.version for info in read),
            first_request=oldest[0].request_preview if oldest else None,
            last_response=newest[0].response_preview if newest else None,
            feedback=self._feedback(found),
        )

    def user(self, found: Found) -> User:
        is_cut = CUT_MARK in found.value
        read = self._traces(_NEWEST, found, 1) if is_cut else []
        self._cursor.execute(_COUNT_SESSIONS, (found.totals.experiment_id, found.value))
        return User(
            user=_whole(found.value, (info.user for info in read)),
            totals=found.totals,
            sessions=self._cursor.rows()[0][0],
            feedback=self._feedback(found),
        )

    def _traces(self, statement: str, found: Found, limit: int) -> list[TraceInfo]:
        self._cursor.execute(statement, (*self._labelled(found), limit))
        return [self._reader.info(*row[:4]) for row in self._cursor.rows()]

    def _feedback(self, found: Found) -> tuple[FeedbackFigures, ...]:
        self._cursor.execute(_ASSESSMENTS, (*self._labelled(found), MAX_TRACES_READ))
        said = [read_assessment(body) for (body,) in self._cursor.rows()]
        return feedback_figures(item for item in said if item.kind is AssessmentKind.FEEDBACK)

    def _labelled(self, found: Found) -> tuple[int, int, str]:
        return (found.totals.experiment_id, self._key_id, found.value)


def feedback_figures(feedback: Iterable[Assessment]) -> tuple[FeedbackFigures, ...]:
    """Add feedback up by name."""
    values: dict[str, list[float | None]] = {}
    for item in feedback:
        values.setdefault(item.name, []).append(score_of(item.value))
    figures: list[FeedbackFigures] = []
    for name, scores in sorted(values.items()):
        known = [score for score in scores if score is not None]
        figures.append(FeedbackFigures(name, len(scores), sum(known) / len(known) if known else None))
    return tuple(figures)


def _key_id(cursor: Cursor, attribute: Attribute) -> int:
    key = key_of(AttributeField(attribute))
    assert key is not None
    cursor.execute(sql.FIND_LABEL_KEY, (key.scope.value, key.name))
    rows = cursor.rows()
    return rows[0][0] if rows else -1


def _whole(value: str, told: Iterable[str | None]) -> str:
    """Find the whole of a value that the index has cut."""
    if CUT_MARK not in value:
        return value
    return next((text for text in told if text is not None), value)


def _distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _place(page_token: str) -> Sequence[int]:
    match decode_page_token(page_token):
        case (int() as time_ms, int() as key):
            return (time_ms, key)
        case _:
            raise InvalidInput("this page token is not one of a session's turns")
