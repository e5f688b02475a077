"""Messages as events of a span, as OpenTelemetry's conventions had them before they became attributes."""

from collections.abc import Iterable, Mapping, Sequence

from trilha_server.domain.span import AttributeValue, SpanEvent
from trilha_server.normalise.attributes import parsed

_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE = "gen_ai.choice"
_PROMPT, _COMPLETION = "gen_ai.content.prompt", "gen_ai.content.completion"

_BODY_KEYS = ("gen_ai.event.content", "event_body", "body")
"""Where the whole message is one text of JSON: Azure's SDKs and others."""


def events_in(events: Iterable[SpanEvent]) -> list[AttributeValue]:
    """Gather what the model was told."""
    return messages_in((event.name, event.attributes) for event in events)


def events_out(events: Iterable[SpanEvent]) -> list[AttributeValue]:
    """Gather what the model answered."""
    return messages_out((event.name, event.attributes) for event in events)


def messages_in(events: Iterable[tuple[str, Mapping[str, AttributeValue]]]) -> list[AttributeValue]:
    """Gather the messages to a model from events by name."""
    found: list[AttributeValue] = []
    for name, attributes in events:
        if name in _ROLES:
            body = _body(attributes)
            found.append({**body, "role": body.get("role") or _ROLES[name], "content": parsed(body.get("content"))})
        elif name == _PROMPT:
            found.extend(_listed(attributes.get("gen_ai.prompt")))
    return found


def messages_out(events: Iterable[tuple[str, Mapping[str, AttributeValue]]]) -> list[AttributeValue]:
    """Gather the answers of a model from events by name."""
    found: list[AttributeValue] = []
    for name, attributes in events:
        if name == _CHOICE:
            body = _body(attributes)
            message = parsed(body.get("message"))
            inner = message if isinstance(message, dict) else {"content": message or parsed(body.get("content"))}
            known = {key: body[key] for key in ("finish_reason", "tool_calls") if body.get(key) is not None}
            found.append({"role": body.get("role") or "assistant", **known, **inner})
        elif name == _COMPLETION:
            found.extend(_listed(attributes.get("gen_ai.completion")))
    return found


def _body(attributes: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
    body = {key: parsed(value) if key == "tool_calls" else value for key, value in attributes.items()}
    for key in _BODY_KEYS:
        inner = parsed(attributes.get(key))
        if isinstance(inner, dict):
            return body | inner
    return body


def _listed(value: AttributeValue) -> Sequence[AttributeValue]:
    value = parsed(value)
    if isinstance(value, list):
        return value
    return () if value is None or value == "" else (value,)
