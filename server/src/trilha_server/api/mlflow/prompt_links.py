"""Which prompts a trace has used: a tag of the trace, by which traces are found again (`prompt = 'name/1'`)."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from trilha import names

from trilha_server.api.lookups import existing_trace
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.batch import TagsEdited
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.trace import TraceInfo

MAX_LINKS = 100


class PromptRef(msgspec.Struct, frozen=True):
    """Name a version of a prompt."""

    name: str
    version: str


class LinkToTrace(msgspec.Struct):
    """Say which prompts a trace has used."""

    trace_id: str
    prompt_versions: list[PromptRef] = []


class LinkToTraces(msgspec.Struct):
    """Say which prompts some traces have used."""

    trace_ids: list[str] = []
    prompt_versions: list[PromptRef] = []


def link_to_trace(services: Services, request: LinkToTrace) -> Empty:
    """Remember which prompts a trace has used."""
    return link_to_traces(services, LinkToTraces(trace_ids=[request.trace_id], prompt_versions=request.prompt_versions))


def link_to_traces(services: Services, request: LinkToTraces) -> Empty:
    """Remember which prompts some traces have used."""
    if max(len(request.trace_ids), len(request.prompt_versions)) > MAX_LINKS:
        raise InvalidInput("too many links at once: send them in parts", max_links=MAX_LINKS)
    traces = [existing_trace(services, trace_id) for trace_id in request.trace_ids]
    services.store.writer.write([_linked(info, request.prompt_versions) for info in traces])
    return Empty()


def _linked(info: TraceInfo, added: Sequence[PromptRef]) -> TagsEdited:
    refs = dict.fromkeys((*_refs(info.prompts), *added))
    return TagsEdited(trace_id=info.trace_id, tags={names.LINKED_PROMPTS: msgspec.json.encode(list(refs)).decode()})


def _refs(prompts: Iterable[str]) -> list[PromptRef]:
    return [PromptRef(name, version) for name, _, version in (prompt.rpartition("/") for prompt in prompts)]


ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(
        method="POST",
        path="/api/2.0/mlflow/traces/link-prompts",
        permission=Permission.WRITE,
        request=LinkToTrace,
        handle=link_to_trace,
    ),
    MlflowRoute(
        method="POST",
        path="/api/2.0/mlflow/unity-catalog/prompt-versions/links-to-traces",
        permission=Permission.WRITE,
        request=LinkToTraces,
        handle=link_to_traces,
    ),
]
