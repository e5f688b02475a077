"""Ids of traces and spans. They have dice of their own: `random.seed` in the application changes nothing."""

import random

from trilha._forks import around_forks

_dice = random.Random()  # seeds itself from the system  # noqa: S311


def new_trace_id() -> int:
    """Draw the 128 bits of a trace's id, not all zero."""
    return _dice.getrandbits(128) or 1


def new_span_id() -> int:
    """Draw the 64 bits of a span's id, not all zero."""
    return _dice.getrandbits(64) or 1


around_forks(in_child=_dice.seed)
