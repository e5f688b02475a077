"""Reads what statistics need, trace by trace."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.figures import Measurement, score_of
from trilha_server.domain.ids import trace_id_of
from trilha_server.domain.trace import TraceState
from trilha_server.storage.assessment_rows import read_assessment
from trilha_server.storage.figures_matches import Matches
from trilha_server.storage.schema import assessment, trace


def measured_traces(matches: Matches, conditions: Sequence[ColumnElement[bool]], limit: int) -> list[Measurement]:
    """Read the newest traces that meet some conditions."""
    statement = (
        select(
            trace.c.key,
            trace.c.trace_id,
            trace.c.state,
            trace.c.duration_ms,
            trace.c.tokens_total,
            trace.c.cost_total,
        )
        .where(*conditions)
        .order_by(trace.c.time_ms.desc(), trace.c.key.desc())
        .limit(limit)
    )
    rows = matches.connection.execute(statement).all()
    scores = _scores(matches, [row.key for row in rows])
    return [
        Measurement(
            trace_id=trace_id_of(bytes(trace_id)),
            is_error=state == TraceState.ERROR.value,
            has_ended=state != TraceState.IN_PROGRESS.value,
            duration_ms=duration_ms,
            total_tokens=total_tokens,
            cost_usd=cost_usd,
            assessments=scores.get(key, {}),
        )
        for key, trace_id, state, duration_ms, total_tokens, cost_usd in rows
    ]


def _scores(matches: Matches, keys: list[int]) -> dict[int, dict[str, float]]:
    """Read the newest score of each name."""
    said: dict[int, list[Assessment]] = {}
    statement = (
        select(assessment.c.trace_key, assessment.c.body)
        .join(trace, trace.c.key == assessment.c.trace_key)
        .where(
            matches.one_of(keys),
            assessment.c.valid.is_(True),
            assessment.c.kind == AssessmentKind.FEEDBACK.value,
        )
    )
    for key, body in matches.connection.execute(statement):
        said.setdefault(key, []).append(read_assessment(body))
    scores: dict[int, dict[str, float]] = {}
    for key, items in said.items():
        items.sort(key=lambda item: (item.create_time_ms, item.assessment_id))
        found = {item.name: score for item in items if (score := score_of(item.value)) is not None}
        scores[key] = found
    return scores
