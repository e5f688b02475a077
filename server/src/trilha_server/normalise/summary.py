"""What the spans of a trace tell together, whatever order they came in."""

from collections.abc import Mapping, Sequence

from trilha import names

from trilha_server.domain.batch import RootFacts
from trilha_server.domain.ids import SpanId
from trilha_server.domain.span import Cost, SpanFacts, SpanStatus, TokenUsage
from trilha_server.domain.trace import Previews, SpanSummary, TraceState
from trilha_server.normalise.counting import holders
from trilha_server.normalise.previews import of_root

_NOTHING_SAID = Previews()


def summarise(
    spans: Mapping[SpanId, SpanFacts], root: RootFacts | None, previews: Previews = _NOTHING_SAID
) -> SpanSummary:
    """Add up the spans of a trace.

    `root` is what is known of the payload of the root, or of a former one; `previews` what all spans said.
    """
    first_root: SpanFacts | None = None
    start_ns = None
    counted: list[SpanFacts] = []
    telling: list[SpanFacts] = []
    for span in spans.values():
        if start_ns is None or span.start_ns < start_ns:
            start_ns = span.start_ns
        if span.parent_id is None and (first_root is None or _order(span) < _order(first_root)):
            first_root = span
        if span.usage is not None or span.cost is not None:
            counted.append(span)
        if span.session is not None or span.user is not None:
            telling.append(span)
    usage, cost = _totals(spans, counted) if counted else (None, None)
    if first_root is None:
        return SpanSummary(
            span_count=len(spans),
            start_ns=start_ns or 0,
            metadata=_told_metadata(telling, None),
            usage=usage,
            cost=cost,
            previews=None if previews == _NOTHING_SAID else previews,
        )
    known = root if root is not None and root.span_id == first_root.span_id else RootFacts(span_id=first_root.span_id)
    return SpanSummary(
        span_count=len(spans),
        start_ns=first_root.start_ns,
        end_ns=first_root.end_ns,
        state=_state(first_root, known.state),
        root_span_id=first_root.span_id,
        name=first_root.name or None,
        request_preview=known.request_preview,
        response_preview=known.response_preview,
        metadata=known.metadata | _told_metadata(telling, first_root),
        tags=known.tags,
        client_request_id=known.client_request_id,
        said_state=known.state,
        usage=usage,
        cost=cost,
        previews=None if previews in (_NOTHING_SAID, of_root(first_root, known)) else previews,
    )


def _told_metadata(telling: Sequence[SpanFacts], root: SpanFacts | None) -> dict[str, str]:
    """Read session and user: the root's, else those of the earliest span that tells them."""
    found: dict[str, str] = {}
    if not telling:
        return found
    session, user = (None, None) if root is None else (root.session, root.user)
    if session is None:
        told = [span for span in telling if span.session is not None]
        session = min(told, key=_order).session if told else None
    if user is None:
        told = [span for span in telling if span.user is not None]
        user = min(told, key=_order).user if told else None
    if session is not None:
        found[names.TRACE_SESSION] = session
    if user is not None:
        found[names.TRACE_USER] = user
    return found


def newer(kept: SpanFacts | None, arrived: SpanFacts) -> bool:
    """Tell whether a span that came in replaces the one that is kept: not if it says the same, or is less complete."""
    if kept is None:
        return True
    return not say_the_same(kept, arrived) and (arrived.end_ns is not None or kept.end_ns is None)


def say_the_same(left: SpanFacts, right: SpanFacts) -> bool:
    """Tell whether two spans are the same but for the costs that were computed, which change with the prices."""
    return left == right or left.as_told() == right.as_told()


def earlier_root(
    spans: Mapping[SpanId, SpanFacts], kept: RootFacts | None, arrived: RootFacts | None
) -> RootFacts | None:
    """Choose the payload of the root among what was kept and what came in."""
    if kept is None or arrived is None:
        return arrived or kept
    if kept.span_id == arrived.span_id or kept.span_id not in spans:
        return arrived
    return min((kept, arrived), key=lambda root: _order(spans[root.span_id]))


def _order(span: SpanFacts) -> tuple[int, SpanId]:
    return span.start_ns, span.span_id


def _state(root: SpanFacts, said: TraceState | None) -> TraceState:
    if root.end_ns is None:
        return TraceState.IN_PROGRESS
    if said is not None:
        return said
    return TraceState.ERROR if root.status is SpanStatus.ERROR else TraceState.OK


def _totals(spans: Mapping[SpanId, SpanFacts], counted: list[SpanFacts]) -> tuple[TokenUsage | None, Cost | None]:
    """Sum usage, and cost, over the spans that have it while no ancestor has: an agent's total holds its calls."""
    with_usage = {span.span_id for span in counted if span.usage is not None}
    with_cost = {span.span_id for span in counted if span.cost is not None}
    usage_in = holders(spans, with_usage)
    cost_in = usage_in if with_cost == with_usage else holders(spans, with_cost)
    usage: TokenUsage | None = None
    cost: Cost | None = None
    for span in sorted(counted, key=_order):
        if span.usage is not None and usage_in[span.span_id] is None:
            usage = span.usage if usage is None else usage + span.usage
        if span.cost is not None and cost_in[span.span_id] is None:
            cost = span.cost if cost is None else cost + span.cost
    return usage, cost
