"""A scorer: a judge or a function that an experiment keeps by name, to assess its traces."""

from typing import Annotated, TypeAlias

import msgspec

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import ExperimentId

MAX_NAME_CHARS = 500

ScorerNumber: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
"""Which version of a scorer, as clients name it."""


class Scorer(msgspec.Struct, frozen=True, kw_only=True):
    """One registration of a scorer. Registering under the same name again makes the next version."""

    scorer_id: str
    """A UUID, the same for all versions of a name."""
    experiment_id: ExperimentId
    name: str
    version: int
    """Counts up from 1; a number is not given twice while any version of the name is kept."""
    definition: str
    """A JSON object as the client wrote it: what a judge is asked, or the source text of a function."""
    create_time_ms: int
    """Unix time."""


class OnlineScoring(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what arrives a scorer is to assess. One for each name."""

    online_scoring_id: str
    """A UUID, the same whenever it is changed."""
    scorer_id: str
    experiment_id: ExperimentId
    sample_rate: float
    """From 0 for none to 1 for all."""
    filter: str | None
    """Which traces, in the language that traces are searched with; `None` for all."""


def check_scorer_name(name: str) -> str:
    """Raise `InvalidInput` for a name that no scorer can have."""
    if not name.strip():
        raise InvalidInput("a scorer's name must not be empty")
    if len(name) > MAX_NAME_CHARS:
        raise InvalidInput("a scorer's name is too long", max_chars=MAX_NAME_CHARS)
    return name


def check_definition(definition: str) -> str:
    """Raise `InvalidInput` for a definition that is not a JSON object."""
    try:
        is_object = isinstance(msgspec.json.decode(definition), dict)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        is_object = False
    if not is_object:
        raise InvalidInput("a scorer's definition must be a JSON object")
    return definition


def check_sample_rate(sample_rate: float | None) -> None:
    """Raise `InvalidInput` for a rate that is not from 0 to 1."""
    if sample_rate is not None and not 0 <= sample_rate <= 1:
        raise InvalidInput("'sample_rate' is from 0 for none to 1 for all", sample_rate=sample_rate)
