"""Keeps assessments."""

from collections.abc import Sequence

import msgspec

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.errors import NotFound
from trilha_server.domain.ids import TraceId, otel_trace_id, trace_id_of
from trilha_server.storage import statements as sql
from trilha_server.storage.assessment_rows import assessment_row, find_assessment, read_assessment, set_valid
from trilha_server.storage.database import Cursor, Database, marks
from trilha_server.storage.labels import index_value
from trilha_server.storage.sequences import CHANGES, take_numbers

_PORTION = 500


class SqlAssessments:
    """Assessments in a database. Each change of one is a change of its trace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_traces(self, trace_ids: Sequence[TraceId]) -> dict[TraceId, list[Assessment]]:
        """Read the assessments of traces, oldest first."""
        found: dict[TraceId, list[Assessment]] = {}
        ids = [otel_trace_id(trace_id) for trace_id in trace_ids]
        with self._database.reading() as cursor:
            for start in range(0, len(ids), _PORTION):
                portion = ids[start : start + _PORTION]
                cursor.execute(sql.ASSESSMENTS_OF_TRACES.format(marks(len(portion))), portion)
                for trace_id, body in cursor:
                    found.setdefault(trace_id_of(trace_id), []).append(read_assessment(body))
        for items in found.values():
            items.sort(key=lambda item: (item.create_time_ms, item.assessment_id))
        return found

    def get_assessment(self, trace_id: TraceId, assessment_id: str) -> Assessment:
        """Read one. Raises `NotFound`."""
        for found in self.of_traces([trace_id]).get(trace_id, []):
            if found.assessment_id == assessment_id:
                return found
        raise NotFound("there is no such assessment", trace_id=trace_id, assessment_id=assessment_id)

    def put_assessment(self, assessment: Assessment) -> None:
        """Keep one, new or changed; marks what it overrides as not valid."""
        with self._database.writing() as cursor:
            key = _touch(cursor, assessment.trace_id)
            overridden = assessment.overrides
            if overridden is not None and not set_valid(cursor, key, overridden, valid=False):
                raise NotFound("there is no such assessment to override", assessment_id=overridden)
            cursor.execute(sql.PUT_ASSESSMENT, assessment_row(assessment, key))

    def delete_assessment(self, trace_id: TraceId, assessment_id: str) -> None:
        """Forget one; what it overrode is valid again, unless another overrides it too."""
        with self._database.writing() as cursor:
            key = _touch(cursor, trace_id)
            found = find_assessment(cursor, key, assessment_id)
            if found is None:
                return
            cursor.execute(sql.DELETE_ASSESSMENT, (index_value(assessment_id), key))
            cursor.execute(sql.ASSESSMENTS_OF_KEY, (key,))
            others = [read_assessment(body) for (body,) in cursor.rows()]
            heirs = [other for other in others if other.overrides == assessment_id]
            for heir in heirs:  # what it overrode is theirs now
                taken_over = msgspec.structs.replace(heir, overrides=found.overrides)
                cursor.execute(sql.PUT_ASSESSMENT, assessment_row(taken_over, key))
            is_overridden = heirs or any(other.overrides == found.overrides for other in others)
            if found.overrides is not None and not is_overridden:
                set_valid(cursor, key, found.overrides, valid=True)


def _touch(cursor: Cursor, trace_id: TraceId) -> int:
    change = take_numbers(cursor, CHANGES)
    cursor.execute(sql.TRACE_KEY, (otel_trace_id(trace_id),))
    rows = cursor.rows()
    if not rows:
        raise NotFound("there is no such trace", trace_id=trace_id)
    key = int(rows[0][0])
    cursor.execute(sql.TOUCH_TRACE, (change, key))
    return key
