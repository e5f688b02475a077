"""Walks over filters, for whatever is filtered."""

from collections.abc import Callable, Iterator

from trilha_server.domain.filter import And, Comparison, Filter, Not, Or, SpanField


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


def all_of(*filters: Filter | None) -> Filter | None:
    """Ask for what each filter finds by itself: what two of them ask of spans need not hold for one span."""
    present = [tree for tree in filters if tree is not None]
    if sum(map(_asks_of_spans, present)) > 1:
        present = [Or((tree,)) if _asks_of_spans(tree) else tree for tree in present]
    return None if not present else present[0] if len(present) == 1 else And(tuple(present))


def _asks_of_spans(tree: Filter) -> bool:
    return any(isinstance(comparison.field, SpanField) for comparison in comparisons(tree))
