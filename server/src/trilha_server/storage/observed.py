"""Which fields traces have and with which values, by index: a look for each key and each value, not for each trace."""

from collections.abc import Iterator

from trilha_server.domain.assessment import AssessmentKind
from trilha_server.domain.filter import AssessmentField, AssessmentScope, AttributeField, LabelField, LabelScope
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import ObservedValue, ObservedValues
from trilha_server.storage import statements as sql
from trilha_server.storage.database import Cursor, Database
from trilha_server.storage.labels import CUT_MARK, MAX_VALUE_CHARS, Scope, key_of

MAX_KEYS = 1000
MAX_NAMES = 200
MAX_COUNTED = 1000
"""Traces of one value are counted so far."""

_COMPARED = 50  # so many values are counted to find the most frequent
_LOOKED_AT = 500  # so many values are looked at to find those that begin alike, where order is not that of letters
_NEWEST_ASSESSMENTS = 1000

# The least value is one look into the index; whether there is any might be asked of all labels at once.
_KEYS = """
SELECT scope, name FROM label_key
WHERE scope <> 'trace'
    AND (SELECT min(value) FROM label WHERE experiment_id = ? AND key_id = label_key.id) IS NOT NULL
ORDER BY scope, name LIMIT ?
"""

# Each step is one look into the index, however many traces have the value.
_VALUES = """
WITH RECURSIVE found (value, number) AS (
    SELECT (SELECT min(value) FROM label WHERE experiment_id = ? AND key_id = ? AND value >= ?), 1
    UNION ALL
    SELECT (SELECT min(label.value) FROM label WHERE experiment_id = ? AND key_id = ? AND label.value > found.value),
        number + 1
    FROM found WHERE found.value IS NOT NULL AND number < ?
)
SELECT value FROM found WHERE value IS NOT NULL ORDER BY number
"""

_COUNT = """
SELECT count(*) FROM (SELECT 1 FROM label WHERE experiment_id = ? AND key_id = ? AND value = ? LIMIT ?) AS counted
"""

_NEXT_NAME = "SELECT min(name) FROM assessment WHERE kind = ? AND name > ?"

_NEWEST_OF_NAME = """
FROM (
    SELECT trace_key, value_text, value_number FROM assessment WHERE kind = ? AND name = ? AND valid
    ORDER BY trace_key DESC LIMIT ?
) AS newest CROSS JOIN trace
WHERE trace.key = newest.trace_key AND trace.experiment_id = ?
"""
_SUM_OF_NAME = f"SELECT count(DISTINCT trace_key), count(value_text), count(value_number) {_NEWEST_OF_NAME}"
_VALUES_OF_NAME = f"""
SELECT value_text, count(DISTINCT trace_key) {_NEWEST_OF_NAME} AND length(value_text) <= {MAX_VALUE_CHARS}
GROUP BY value_text
"""


class SqlObserved:
    """What a database knows of fields."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def label_fields(self, experiment_id: ExperimentId) -> list[LabelField]:
        """List the tags and keys of metadata that some trace has."""
        with self._database.reading() as cursor:
            cursor.execute(_KEYS, (experiment_id, MAX_KEYS))
            scopes = [(LabelScope.TAG if scope == Scope.TAG else LabelScope.METADATA, name) for scope, name in cursor]
        return [LabelField(scope, name) for scope, name in scopes if CUT_MARK not in name]

    def label_values(
        self, experiment_id: ExperimentId, field: AttributeField | LabelField, prefix: str, limit: int
    ) -> ObservedValues | None:
        """List values of a field that is indexed as a label; `None` for any other."""
        key = key_of(field)
        if key is None:
            return None
        with self._database.reading() as cursor:
            cursor.execute(sql.FIND_LABEL_KEY, (key.scope.value, key.name))
            rows = cursor.rows()
            if not rows:
                return ObservedValues([], is_complete=True)
            key_id = int(rows[0][0])
            found, is_complete = self._values(cursor, experiment_id, key_id, prefix, max(limit, _COMPARED))
            counted = [ObservedValue(value, _count(cursor, experiment_id, key_id, value)) for value in found]
        if is_complete:
            counted.sort(key=lambda one: (one.traces is not None, -(one.traces or 0), one.value))
        return ObservedValues(counted[:limit], is_complete=is_complete and len(counted) <= limit)

    def assessment_fields(self, experiment_id: ExperimentId) -> list[tuple[AssessmentField, bool]]:
        """List the names of feedback and expectations, each with whether all of it is numbers."""
        with self._database.reading() as cursor:
            return [
                (AssessmentField(AssessmentScope(kind.value), name), is_number)
                for kind in (AssessmentKind.FEEDBACK, AssessmentKind.EXPECTATION)
                for name, _, is_number in _recent_names(cursor, kind, experiment_id)
            ]

    def assessment_values(
        self, experiment_id: ExperimentId, field: AssessmentField, prefix: str, limit: int
    ) -> ObservedValues:
        """List values that were given of late under a name, the most frequent first; of issues, their ids."""
        with self._database.reading() as cursor:
            if field.scope is AssessmentScope.ISSUE:
                issues = _recent_names(cursor, AssessmentKind.ISSUE, experiment_id)
                counts = [(name, traces) for name, traces, _ in issues]
            else:
                values = (field.scope.value, field.name, _NEWEST_ASSESSMENTS, experiment_id)
                cursor.execute(_VALUES_OF_NAME, values)
                counts = [(value, traces) for value, traces in cursor]
        fitting = [ObservedValue(value, traces) for value, traces in counts if value.startswith(prefix)]
        fitting.sort(key=lambda one: (-(one.traces or 0), one.value))
        is_complete = len(fitting) <= limit and sum(traces for _, traces in counts) < _NEWEST_ASSESSMENTS
        return ObservedValues(fitting[:limit], is_complete=is_complete)

    def _values(
        self, cursor: Cursor, experiment_id: ExperimentId, key_id: int, prefix: str, wanted: int
    ) -> tuple[list[str], bool]:
        """Read values that begin with a prefix, in order, and whether these are all."""
        is_bytewise = self._database.is_sqlite
        steps = wanted + 1 if is_bytewise or not prefix else _LOOKED_AT
        cursor.execute(_VALUES, (experiment_id, key_id, prefix, experiment_id, key_id, steps))
        found = [value for (value,) in cursor]
        fitting = [value for value in found if value.startswith(prefix)]
        is_last = len(found) < steps or (is_bytewise and len(fitting) < len(found))
        whole = [value for value in fitting if CUT_MARK not in value]
        return whole[:wanted], is_last and len(fitting) == len(whole) <= wanted


def _count(cursor: Cursor, experiment_id: ExperimentId, key_id: int, value: str) -> int | None:
    """Count the traces of a value; `None` for more than `MAX_COUNTED`."""
    cursor.execute(_COUNT, (experiment_id, key_id, value, MAX_COUNTED + 1))
    count = int(cursor.rows()[0][0])
    return count if count <= MAX_COUNTED else None


def _names(cursor: Cursor, kind: AssessmentKind) -> Iterator[str]:
    name = ""
    for _ in range(MAX_NAMES):
        cursor.execute(_NEXT_NAME, (kind.value, name))
        [(found,)] = cursor.rows()
        if found is None:
            return
        name = found
        yield name


def _recent_names(cursor: Cursor, kind: AssessmentKind, experiment_id: ExperimentId) -> Iterator[tuple[str, int, bool]]:
    """List the names that traces of an experiment have of late, with how many, and whether all of it is numbers."""
    for name in _names(cursor, kind):
        cursor.execute(_SUM_OF_NAME, (kind.value, name, _NEWEST_ASSESSMENTS, experiment_id))
        [(traces, texts, numbers)] = cursor.rows()
        if traces and CUT_MARK not in name:
            yield name, traces, 0 < texts == numbers
