"""What Trilha's own client says of a whole trace, on its root."""

from collections.abc import Mapping

import msgspec
from trilha import names

from trilha_server.domain.span import AttributeValue
from trilha_server.domain.trace import TraceState

_STATES = {"OK": TraceState.OK, "ERROR": TraceState.ERROR}


class TraceSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What an application said of a trace. It wins over what the spans tell."""

    metadata: dict[str, str] = {}
    client_request_id: str | None = None
    state: TraceState | None = None
    request_preview: str | None = None
    response_preview: str | None = None


def trace_said(attributes: Mapping[str, AttributeValue]) -> TraceSaid:
    """Read what a root says of its trace; what is no text is not ours."""
    said = {
        key: value for key, value in attributes.items() if key.startswith("trilha.trace.") and isinstance(value, str)
    }
    if not said:
        return _NOTHING
    prefix = names.TRACE_METADATA_PREFIX
    metadata = {key.removeprefix(prefix): value for key, value in said.items() if key.startswith(prefix)}
    run_id = said.get(names.TRACE_RUN_ID)
    if run_id:
        metadata[names.SOURCE_RUN] = run_id
    return TraceSaid(
        metadata=metadata,
        client_request_id=said.get(names.TRACE_CLIENT_REQUEST_ID),
        state=_STATES.get(said.get(names.TRACE_STATE, "")),
        request_preview=said.get(names.TRACE_REQUEST_PREVIEW),
        response_preview=said.get(names.TRACE_RESPONSE_PREVIEW),
    )


_NOTHING = TraceSaid()
