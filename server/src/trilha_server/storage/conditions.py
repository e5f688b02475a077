"""What SQL can say of a filter. A condition may let too much through, and says so; it never holds anything back."""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import ColumnElement, and_, not_, or_

from trilha_server.domain.filter import And, Comparison, Filter, Not, Or
from trilha_server.storage.bounds import Bounds


class Condition(msgspec.Struct, frozen=True):
    """What SQL can say of a filter."""

    sql: ColumnElement[bool] | None
    """`None` where SQL can say nothing and lets everything through."""
    exact: bool
    """Whether what passes is sure to match."""


ANYTHING = Condition(None, False)


def compiled(tree: Filter, bounds_of: Callable[[Comparison], Bounds], *, negated: bool = False) -> Condition:
    """Say a filter, or its opposite, in SQL, where each comparison stands alone."""
    match tree:
        case Not(term=term):
            return compiled(term, bounds_of, negated=not negated)
        case And(terms=terms):
            parts = [compiled(term, bounds_of, negated=negated) for term in terms]
            return any_of(parts) if negated else all_of(parts)
        case Or(terms=terms):
            parts = [compiled(term, bounds_of, negated=negated) for term in terms]
            return all_of(parts) if negated else any_of(parts)
        case Comparison():
            return signed(bounds_of(tree), negated=negated)


def signed(bounds: Bounds, *, negated: bool) -> Condition:
    """Take a comparison as it is, or its opposite."""
    return Condition(not_(bounds.surely) if negated else bounds.maybe, bounds.exact)


def all_of(parts: Sequence[Condition]) -> Condition:
    """Ask for all conditions at once."""
    clauses = [part.sql for part in parts if part.sql is not None]
    return Condition(and_(*clauses) if clauses else None, all(part.exact for part in parts))


def any_of(parts: Sequence[Condition]) -> Condition:
    """Ask for one condition or another."""
    clauses = [part.sql for part in parts if part.sql is not None]
    if len(clauses) < len(parts):
        return ANYTHING
    return Condition(or_(*clauses), all(part.exact for part in parts))
