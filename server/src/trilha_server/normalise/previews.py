"""The words that a trace is shown with: its root's, or where the root has none, the first and the last of its steps.

A plain web server is the usual root in production, and the agent stands below it. Spans come in any order and in
several requests, so each request gives what it knows with its place in the trace, and the smallest place speaks.
"""

from collections.abc import Mapping, Sequence

from trilha_server.domain.batch import EncodedSpans, RootFacts
from trilha_server.domain.ids import SpanId
from trilha_server.domain.span import UNKNOWN_TYPE, SpanFacts
from trilha_server.domain.trace import Excerpt, Previews, SpanSummary
from trilha_server.normalise import meaning
from trilha_server.normalise.envelope import open_span
from trilha_server.normalise.span_facts import scope_name_of, told_by

_ASKED = 16
"""So many steps of a request are asked at each end."""


def of_root(facts: SpanFacts, root: RootFacts) -> Previews | None:
    """Take the words of a root; `None` where it has none."""
    request, response = root.request_preview, root.response_preview
    if request is None and response is None:
        return None
    return Previews(
        None if request is None else Excerpt(_first_place(facts), request),
        None if response is None else Excerpt(_last_place(facts), response),
    )


def of_steps(facts: Sequence[SpanFacts], encoded: EncodedSpans) -> Previews:
    """Find the first words and the last among spans that are steps of an agent; others have none."""
    steps = [index for index, span in enumerate(facts) if span.span_type != UNKNOWN_TYPE or span.model is not None]
    if not steps:
        return Previews()
    scopes = [scope_name_of(group.scope) for group in encoded.groups for _ in range(group.span_count)]
    said: dict[int, tuple[str | None, str | None]] = {}
    first = sorted(steps, key=lambda index: _first_place(facts[index]))[:_ASKED]
    last = sorted(steps, key=lambda index: _last_place(facts[index]))[:_ASKED]

    def words(index: int) -> tuple[str | None, str | None]:
        if index not in said:
            told = told_by(open_span(encoded.spans[index]), facts[index].name, scopes[index])
            said[index] = meaning.previews_of(told)
        return said[index]

    request = next((Excerpt(_first_place(facts[index]), text) for index in first if (text := words(index)[0])), None)
    response = next((Excerpt(_last_place(facts[index]), text) for index in last if (text := words(index)[1])), None)
    return Previews(request, response)


def merged(kept: Previews, arrived: Previews) -> Previews:
    """Choose the words that stand first and last; of one span, those that came later."""
    return Previews(_smaller(kept.request, arrived.request), _smaller(kept.response, arrived.response))


def previews_kept(summary: SpanSummary | None, spans: Mapping[SpanId, SpanFacts]) -> Previews:
    """Read back what the summary of a trace knows of its words."""
    if summary is None or summary.previews is not None:
        return Previews() if summary is None or summary.previews is None else summary.previews
    root = None if summary.root_span_id is None else spans.get(summary.root_span_id)
    if root is None:
        return Previews()
    known = RootFacts(
        span_id=root.span_id, request_preview=summary.request_preview, response_preview=summary.response_preview
    )
    return of_root(root, known) or Previews()


def shown(summary: SpanSummary) -> tuple[str | None, str | None]:
    """Choose what a trace shows of its request and its response: what its root says, if it says anything."""
    said, root = summary.previews, (summary.request_preview, summary.response_preview)
    if said is None or root != (None, None):
        return root
    return said.request and said.request.text, said.response and said.response.text


def _smaller(kept: Excerpt | None, arrived: Excerpt | None) -> Excerpt | None:
    if kept is None or arrived is None:
        return arrived or kept
    return kept if kept.place < arrived.place else arrived


def _first_place(span: SpanFacts) -> tuple[int, int, SpanId]:
    """Order spans by their start, the longer before those that it holds."""
    return span.start_ns, -(span.end_ns or 0), span.span_id


def _last_place(span: SpanFacts) -> tuple[int, int, SpanId]:
    """Order spans by their end from the last, the longer before those that it holds."""
    return -(span.end_ns or 0), span.start_ns, span.span_id
