"""Figures of what was said of traces."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.figures import AssessmentFigures, score_of
from trilha_server.storage.figures_totals import distribution

MAX_VALUES = 100


def assessment_figures(said: Iterable[Assessment], percentiles: Sequence[float]) -> tuple[AssessmentFigures, ...]:
    """Add up assessments by name and kind."""
    by_name: dict[tuple[str, AssessmentKind], list[Assessment]] = {}
    for each in said:
        by_name.setdefault((each.name, each.kind), []).append(each)
    return tuple(_figures(*key, by_name[key], percentiles) for key in sorted(by_name))


def _figures(
    name: str, kind: AssessmentKind, said: list[Assessment], percentiles: Sequence[float]
) -> AssessmentFigures:
    scores = [score for each in said if (score := score_of(each.value)) is not None]
    values = Counter(json.dumps(each.value) for each in said)
    return AssessmentFigures(
        name=name,
        kind=kind,
        count=len(said),
        scores=distribution(scores, percentiles),
        values=dict(values.most_common(MAX_VALUES)),
    )
