"""What traces call their version: its id or its name, and which version they mean by that."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.version import VersionId


class NamedVersion(msgspec.Struct, frozen=True):
    """What a version is known by, and since when."""

    version_id: VersionId
    experiment_id: ExperimentId
    name: str
    create_time_ms: int
    """Unix time."""


class Tenure(msgspec.Struct, frozen=True):
    """When a name means one version: from when it was made until the next one of the name was."""

    version: NamedVersion
    start_ms: int | None
    """Unix time, inclusive; `None` for the oldest, which also stands for what came before it."""
    end_ms: int | None
    """Exclusive; `None` for the newest."""


class VersionBook:
    """Knows versions by id and by name. It must be given all versions of a name, or none."""

    def __init__(self, versions: Iterable[NamedVersion]) -> None:
        """Read versions in the order in which they were made."""
        self._by_id: dict[str, NamedVersion] = {}
        self._by_name: dict[tuple[ExperimentId, str], list[NamedVersion]] = {}
        for version in versions:
            self._by_id[version.version_id] = version
            self._by_name.setdefault((version.experiment_id, version.name), []).append(version)

    def __bool__(self) -> bool:
        return bool(self._by_id)

    def __iter__(self) -> Iterator[NamedVersion]:
        return iter(self._by_id.values())

    def by_id(self, text: str) -> NamedVersion | None:
        """Find the version of an id."""
        return self._by_id.get(text)

    def tenures(self, experiment_id: ExperimentId, name: str) -> list[Tenure]:
        """List the versions of a name with the times in which it means them: all time, without gaps, oldest first."""
        versions = self._by_name.get((experiment_id, name), [])
        changes = [version.create_time_ms for version in versions[1:]]
        times = pairwise((None, *changes, None))
        return [Tenure(version, *span) for version, span in zip(versions, times, strict=False)]

    def meant(self, experiment_id: ExperimentId, text: str, time_ms: int) -> NamedVersion | None:
        """Find the version that a trace of a time means by an id or a name; `None` where none is known by it.

        A name means the newest version of its experiment that existed at that time, or the oldest if none did yet.
        """
        version = self._by_id.get(text)
        if version is not None:
            return version
        for tenure in reversed(self.tenures(experiment_id, text)):
            if tenure.start_ms is None or tenure.start_ms <= time_ms:
                return tenure.version
        return None
