"""Sessions: conversations of several traces."""

from collections.abc import Sequence

from trilha import names
from trilha._client.experiments import active_experiment_id
from trilha._client.flushing import at_least_one, send_first
from trilha._client.http import V1, connection
from trilha._client.pages import PagedList, all_pages
from trilha._client.traces import all_of, filter_of, quoted, search_page
from trilha.entities._catalog import Session
from trilha.entities._traces import Trace
from trilha.exceptions import NotFound

_PAGE = 100
_TOGETHER = 20
"""So many sessions are asked for at a time, since the server walks its index for no more values."""
_SCANNED = 1000
"""How many of the newest traces are looked through where the server knows no sessions."""


def search_sessions(  # noqa: PLR0913  # as MLflow has them
    max_results: int = 100,
    run_id: str | None = None,
    model_id: str | None = None,
    include_spans: bool = True,
    locations: Sequence[str] | None = None,
    *,
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    flush: bool = True,
) -> list[Session]:
    """Find sessions, the latest first, each with its traces."""
    at_least_one("max_results", max_results)
    send_first(wanted=flush)
    places = [str(place) for place in (*(experiment_ids or ()), *(locations or ()))] or [active_experiment_id()]
    text = filter_of(filter_string, run_id=run_id, model_id=model_id)
    try:
        found = _of_server(places, text, max_results)
    except NotFound:  # a server that knows no sessions
        return _of_traces(places, text, max_results, include_spans=include_spans)
    turns: dict[tuple[str, str | None], list[Trace]] = {each: [] for each in found}
    for place in dict.fromkeys(place for place, _ in found):
        names_there = [name for its_place, name in found if its_place == place]
        for start in range(0, len(names_there), _TOGETHER):
            some = names_there[start : start + _TOGETHER]
            for trace in _traces_of(place, some, text, include_spans=include_spans):
                # Left out where it belongs to another session by now.
                turns.get((place, _session_of(trace)), []).append(trace)
    return [Session(name, turns[place, name]) for place, name in found]


def _of_server(places: list[str], text: str | None, most: int) -> list[tuple[str, str]]:
    def read(token: str | None) -> PagedList[tuple[str, str]]:
        body = {
            "experiment_ids": places,
            "filter": text or "",
            "max_results": min(most, _PAGE),
            "page_token": token,
        }
        answer = connection().call("POST", f"{V1}/sessions/search", body=body, is_safe=True)
        found = ((each["experiment_id"], each["session"]) for each in answer["sessions"])
        return PagedList(found, answer.get("next_page_token"))

    return all_pages(read, most)


def _traces_of(place: str, sessions: list[str], text: str | None, *, include_spans: bool) -> list[Trace]:
    wanted = all_of(text, f"metadata.`{names.TRACE_SESSION}` IN ({', '.join(map(quoted, sessions))})")

    def read(token: str | None) -> PagedList[Trace]:
        return search_page([place], wanted, _PAGE, ["timestamp ASC"], token, include_spans=include_spans)

    return all_pages(read)


def _of_traces(places: list[str], text: str | None, most: int, *, include_spans: bool) -> list[Session]:
    def read(token: str | None) -> PagedList[Trace]:
        return search_page(places, text, _PAGE, ["timestamp DESC"], token, include_spans=include_spans)

    sessions: dict[str, list[Trace]] = {}
    for trace in all_pages(read, _SCANNED):
        name = _session_of(trace)
        if name is not None:
            sessions.setdefault(name, []).append(trace)
    return [Session(name, traces[::-1]) for name, traces in list(sessions.items())[:most]]


def _session_of(trace: Trace) -> str | None:
    """Read the session in either spelling; the tag wins, as with the server."""
    info = trace.info
    return info.tags.get(names.TRACE_SESSION, info.trace_metadata.get(names.TRACE_SESSION))
