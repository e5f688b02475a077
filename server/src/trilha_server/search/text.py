"""The text of a span that `trace.text` and `span.content` look into."""

import re

from trilha_server.domain.span import AttributeValue, Span

_WITNESS = re.compile(r"[^\s\"{}\[\],:%_\\]+")
_LITERAL = re.compile(r"[-+.0-9eEinfa]+")
_OWN_WORDS = (
    *("name", "type", "status", "status_message", "attributes", "events", "resource"),
    *("true", "false", "null", "(bytes)", "unset", "error", "ok"),
)


def span_text(span: Span) -> str:
    """Write a span as JSON reads, but every string as it is, unescaped."""
    document: dict[str, AttributeValue] = {
        "name": span.facts.name,
        "type": span.facts.span_type,
        "status": span.facts.status.name,
        "status_message": span.status_message,
        "attributes": span.attributes,
        "events": [{"name": event.name, "attributes": event.attributes} for event in span.events],
        "resource": span.resource,
    }
    return rendered(document)


def witnesses(pattern: str) -> list[str]:
    """Find what must stand in one string of a span if the span's text matches a LIKE pattern; lower case.

    Numbers and the words that the rendering itself writes prove nothing: they are not text in the stored bytes.
    """
    found: list[str] = []
    for run in _WITNESS.findall(pattern):
        lower = run.lower()
        if _LITERAL.fullmatch(run) is None and not any(lower in word for word in _OWN_WORDS):
            found.append(lower)
    return found


def rendered(value: AttributeValue) -> str:
    """Write a value as JSON reads, but every string as it is, unescaped."""
    if isinstance(value, str):
        return f'"{value}"'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return '"(bytes)"'
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {rendered(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(rendered(item) for item in value) + "]"
    return repr(value)
