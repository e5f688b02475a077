"""Ended spans to OTLP."""

import re
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

from trilha import _wire, names
from trilha._capture import Captured, json_bytes
from trilha._export.attached import NONE_ATTACHED, Attached, NoneAttached
from trilha._span import Event, Span

SPAN_KIND: Final = "otel.span.kind"
"""The attribute that says of a span of OpenTelemetry's interface how it stands to other processes."""
_KINDS: Final = {"SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_BRACKETS = re.compile(r"[\[\]{}]")
_MOST_LEVELS: Final = 20
"""Protobuf is read a hundred levels deep, and each level of a map takes three."""
Files: TypeAlias = Attached | NoneAttached
_SCALARS = (str, bool, int, float)


def encode_span(span: Span, files: Files = NONE_ATTACHED) -> bytes:
    """Write a span as a field of its scope; the root carries what is said of the whole trace.

    Files in it become references; `files` has them then.
    """
    parts = [_type_attribute(span.span_type)] if span.span_type else []
    if span.inputs_kept is not None:
        parts.append(_wire.utf8_attribute(names.SPAN_INPUTS, files.written(span.inputs_kept)))
    if span.outputs_kept is not None:
        parts.append(_wire.utf8_attribute(names.SPAN_OUTPUTS, files.written(span.outputs_kept)))
    if span.attributes_kept:
        for key, value in span.attributes_kept.items():
            parts.append(_attribute(key, value, files))
        if SPAN_KIND in span.attributes_kept:
            parts.append(_kind(span.attributes_kept[SPAN_KIND]))
    if span.description is not None:
        parts.append(_wire.text_attribute(names.SPAN_DESCRIPTION, span.description))
    if span.is_local_root:
        parts.extend(_of_trace(span))
    if span.events_kept:
        parts.extend([_event(event, files) for event in span.events_kept])
    for trace_id, span_id, attributes in span.links_kept or ():
        parts.append(
            _wire.link(bytes.fromhex(trace_id.removeprefix("tr-")), bytes.fromhex(span_id), _plain(attributes, files))
        )
    parts.extend(files.events())
    parts.append(_wire.status(span.status_code, span.status_message))
    return _wire.span(
        span.trace.number,
        span.number,
        span.parent_number,
        span.name,
        span.start_ns,
        span.start_ns if span.end_ns is None else span.end_ns,
        parts,
    )


def _of_trace(root: Span) -> list[bytes]:
    trace = root.trace
    said = {
        names.TRACE_CLIENT_REQUEST_ID: trace.client_request_id,
        names.TRACE_REQUEST_PREVIEW: trace.request_preview,
        names.TRACE_RESPONSE_PREVIEW: trace.response_preview,
        names.TRACE_STATE: trace.state,
        names.TRACE_RUN_ID: trace.run_id,
    }
    if root.parent_number is not None:  # the root is another service's: who it was for is then read from any span
        said[names.OTEL_SESSION_ID] = trace.metadata.get(names.TRACE_SESSION)
        said[names.OTEL_USER_ID] = trace.metadata.get(names.TRACE_USER)
    parts = [_wire.text_attribute(key, text) for key, text in said.items() if text is not None]
    parts += [_wire.text_attribute(names.TRACE_TAG_PREFIX + key, value) for key, value in trace.tags.items()]
    parts += [_wire.text_attribute(names.TRACE_METADATA_PREFIX + key, value) for key, value in trace.metadata.items()]
    return parts


def _attribute(key: str, value: Captured, files: Files) -> bytes:
    if type(value) is str:
        if key == names.SPAN_FUNCTION_NAME:
            return _functions[value]
        return _wire.text_attribute(key, files.written_text(value))
    return _wire.attribute(key, value if isinstance(value, _SCALARS) else _structure(value, files))


def _structure(value: Captured, files: Files) -> _wire.AttributeValue:
    """Write what is no scalar as OTLP's lists and maps; as JSON text where it is too deep for the server to read."""
    text = files.written(value).decode()
    deepest = level = 0
    for sign in _BRACKETS.findall(text):
        level += 1 if sign in "[{" else -1
        deepest = max(deepest, level)
    return msgspec.json.decode(text) if deepest <= _MOST_LEVELS else text


def _kind(name: Captured) -> bytes:
    number = _KINDS.get(name) if isinstance(name, str) else None
    return b"" if number is None else b"\x30" + _wire.varint(number)


def _event(event: Event, files: Files) -> bytes:
    return _wire.event(event.name, event.time_ns, _plain(event.attributes, files))


def _plain(attributes: dict[str, Captured], files: Files) -> dict[str, _wire.AttributeValue]:
    return {
        key: value if isinstance(value, _SCALARS) else files.written(value).decode()
        for key, value in attributes.items()
    }


@lru_cache(maxsize=256)
def _type_attribute(span_type: str) -> bytes:
    return _wire.utf8_attribute(names.SPAN_TYPE, json_bytes(span_type))


_functions = _wire.Remembered(lambda name: _wire.text_attribute(names.SPAN_FUNCTION_NAME, name))
