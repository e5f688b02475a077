"""Traces as the native API shows them, each with the version that it means."""

from collections.abc import Iterable, Sequence

from trilha_server.api.v1.models import TraceModel
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.trace import TraceInfo
from trilha_server.domain.version_names import VersionBook
from trilha_server.ports import VersionStore


def trace_models(versions: VersionStore, infos: Sequence[TraceInfo]) -> list[TraceModel]:
    """Write traces."""
    book = book_of(versions, (info.version for info in infos), [info.experiment_id for info in infos])
    return [TraceModel.of(info, book) for info in infos]


def book_of(versions: VersionStore, texts: Iterable[str | None], experiment_ids: Iterable[ExperimentId]) -> VersionBook:
    """Look up what traces of some experiments call their versions."""
    wanted = {text for text in texts if text}
    return versions.version_book(wanted, sorted(set(experiment_ids))) if wanted else VersionBook([])
