"""Which spans count: of several above each other that tell the same thing, the highest holds the others."""

from collections.abc import Collection, Mapping

from trilha_server.domain.ids import SpanId
from trilha_server.domain.span import SpanFacts


def holders(
    spans: Mapping[SpanId, SpanFacts], wanted: Collection[SpanId], asked: Collection[SpanId] | None = None
) -> dict[SpanId, SpanId | None]:
    """Find the highest of the wanted spans above each that is asked about; `None` where there is none.

    Without `asked`, the wanted are asked about themselves: those with `None` are the ones that count.

    Takes time linear in the spans, however deep they lie. Ids come from outside: of spans that are each others'
    parents, the least id stands above the rest.
    """
    highest: dict[SpanId, SpanId | None] = {}  # of every span that was met: the highest wanted one, itself included
    asked = wanted if asked is None else asked
    for span_id in asked:
        path: dict[SpanId, None] = {}
        at: SpanId | None = span_id
        while at is not None and at not in highest and at not in path:
            path[at] = None
            span = spans.get(at)
            at = None if span is None else span.parent_id
        above = highest.get(at) if at is not None else None
        way_down = list(reversed(path))
        if at is not None and at in path:
            circle = way_down[: way_down.index(at) + 1]
            above = min((member for member in circle if member in wanted), default=None)
            highest |= dict.fromkeys(circle, above)
            del way_down[: len(circle)]
        for member in way_down:
            if above is None and member in wanted:
                above = member
            highest[member] = above
    return {span_id: None if highest[span_id] == span_id else highest[span_id] for span_id in asked}
