"""Assessments as rows."""

import math
from typing import Any

import msgspec

from trilha_server.domain.assessment import Assessment
from trilha_server.normalise.values import json_text
from trilha_server.storage import statements as sql
from trilha_server.storage.database import Cursor, Row
from trilha_server.storage.labels import index_value, storable

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Assessment)


def assessment_row(assessment: Assessment, trace_key: int) -> Row:
    """Write an assessment as the columns of its table."""
    value = assessment.value
    return (
        index_value(assessment.assessment_id),
        trace_key,
        assessment.kind.value,
        index_value(assessment.name),
        assessment.valid,
        None if value is None else storable(value_text(value)),
        _number(value),
        _encoder.encode(assessment),
    )


def read_assessment(body: bytes) -> Assessment:
    """Read an assessment back from its column."""
    return _decoder.decode(body)


def value_text(value: Any) -> str:  # Any: a JSON value
    """Write a value as filters compare it: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json_text(value)


def _number(value: Any) -> float | None:  # Any: a JSON value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # more digits than a column holds
        return math.inf if value > 0 else -math.inf


def find_assessment(cursor: Cursor, key: int, assessment_id: str) -> Assessment | None:
    """Read one of a trace's assessments."""
    cursor.execute(sql.ASSESSMENT_BODY, (index_value(assessment_id), key))
    rows = cursor.rows()
    return read_assessment(rows[0][0]) if rows else None


def set_valid(cursor: Cursor, key: int, assessment_id: str, *, valid: bool) -> bool:
    """Mark an assessment as overridden, or as valid again; says whether there is one."""
    found = find_assessment(cursor, key, assessment_id)
    if found is not None:
        cursor.execute(sql.PUT_ASSESSMENT, assessment_row(msgspec.structs.replace(found, valid=valid), key))
    return found is not None
