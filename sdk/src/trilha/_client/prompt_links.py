"""Which prompts a trace has used, and which the version of an application."""

import json
import threading
from typing import Any, Final, cast

from trilha import names
from trilha._client import later
from trilha._client.http import V2, connection
from trilha._client.versions import get_logged_model, set_logged_model_tags
from trilha._context import current
from trilha._forks import around_forks
from trilha._span import Span
from trilha.entities._prompts import PromptVersion

_MOST_LINKED: Final = 10_000
_Entry = dict[str, str]


def link_to_trace(prompt: PromptVersion) -> None:
    """Have the trace that is going on, and its open span, tell of a prompt. Without a trace nothing happens.

    It travels with the trace, without a request of its own, unless the trace's first span has ended already.
    """
    span = current()
    if not isinstance(span, Span):
        return
    entry, trace = _entry(prompt), span.trace
    with merging[0]:  # several threads may load prompts for one trace
        if not span.is_sealed:
            span.set_attribute(names.LINKED_PROMPTS, _merged(span.get_attribute(names.LINKED_PROMPTS), entry))
        if not trace.is_ended:
            trace.tags[names.LINKED_PROMPTS] = _merged(trace.tags.get(names.LINKED_PROMPTS), entry)
            return
    link = {"trace_id": trace.trace_id, "prompt_versions": [entry]}
    later.soon(lambda: connection().call("POST", f"{V2}/traces/link-prompts", body=link, is_safe=True))


def link_to_version(prompt: PromptVersion, model_id: str) -> None:
    """Have the version of an application tell of a prompt: once in this process, and on another thread."""
    place = (connection().base_url, model_id, prompt.uri)
    if place in _linked:
        return
    if len(_linked) >= _MOST_LINKED:
        _linked.clear()
    _linked.add(place)

    def link() -> None:
        try:
            version = get_logged_model(model_id)
            before = version.tags.get(names.LINKED_PROMPTS)
            after = _merged(before, _entry(prompt))
            if after != before:
                set_logged_model_tags(version.model_id, {names.LINKED_PROMPTS: after})
        except Exception:
            _linked.discard(place)  # the next one tries again
            raise

    later.soon(link)


def _entry(prompt: PromptVersion) -> _Entry:
    return {"name": prompt.name, "version": str(prompt.version)}


def _merged(before: Any, entry: _Entry) -> str:  # Any: what the application may have written itself
    """Add a prompt to a list that is written as JSON, unless it is there; what is no such list gives way."""
    try:
        known: Any = json.loads(before) if before else []
    except (TypeError, ValueError):
        known = []
    entries = cast("list[Any]", known) if isinstance(known, list) else []
    # Written as MLflow's client does, letter by letter, so that both leave what the other has written.
    return json.dumps(entries if entry in entries else [*entries, entry])


def _begin_anew() -> None:
    merging[:] = [threading.Lock()]


merging = [threading.Lock()]
"""Held while a list is read and written anew, for microseconds."""
_linked: set[tuple[str, str, str]] = set()
"""What versions tell of already, or are about to be told: server, version and prompt."""
around_forks(in_child=_begin_anew)
