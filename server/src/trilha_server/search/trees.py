"""Walks over filters, for whatever is filtered."""

from collections.abc import Callable, Iterator

from trilha_server.domain.filter import And, Comparison, Filter, Not, Or


def holds_by(tree: Filter, compared: Callable[[Comparison], bool]) -> bool:
    """Say whether a filter holds where each comparison stands alone."""
    match tree:
        case Comparison():
            return compared(tree)
        case Not():
            return not holds_by(tree.term, compared)
        case Or():
            return any(holds_by(term, compared) for term in tree.terms)
        case And():
            return all(holds_by(term, compared) for term in tree.terms)


def comparisons(tree: Filter | None) -> Iterator[Comparison]:
    """List all comparisons of a filter, from left to right."""
    match tree:
        case None:
            return
        case Comparison():
            yield tree
        case Not():
            yield from comparisons(tree.term)
        case And() | Or():
            for term in tree.terms:
                yield from comparisons(term)


def with_comparisons(tree: Filter, change: Callable[[Comparison], Filter]) -> Filter:
    """Make the same filter with something else for each comparison."""
    match tree:
        case Comparison():
            return change(tree)
        case Not():
            return Not(with_comparisons(tree.term, change))
        case Or():
            return Or(tuple(with_comparisons(term, change) for term in tree.terms))
        case And():
            return And(tuple(with_comparisons(term, change) for term in tree.terms))
