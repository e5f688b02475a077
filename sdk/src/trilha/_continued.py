"""Traces that another process has begun: what is said of them here has no root to go with."""

from trilha._span import Ended, OpenTrace, Span


class TellingTags:
    """Hands spans on, and has the tags of their trace told to the server once they are there.

    Tags stand on the root, which is the other process's. Session and user need no such telling: they are read from any
    span.
    """

    def __init__(self, ended: Ended) -> None:
        self._ended = ended

    def put(self, span: Span) -> None:
        """Take a span over."""
        # Before those of the process are added: the first service's own stand on the root.
        tags = dict(span.trace.tags) if span.is_local_root else {}
        self._ended.put(span)
        if tags:
            _tell(span.trace, tags)


def _tell(trace: OpenTrace, tags: dict[str, str]) -> None:
    from trilha._client import later  # noqa: PLC0415  # who begins all traces itself needs no client

    later.when_sent(trace, lambda: _send(trace.trace_id, tags))


def _send(trace_id: str, tags: dict[str, str]) -> None:
    from trilha._client.traces import set_tag  # noqa: PLC0415  # on a thread that nobody waits for

    for key, value in tags.items():
        set_tag(trace_id, key, value)
