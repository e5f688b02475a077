"""Finds where the artifacts of each experiment are kept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from trilha_server.domain.artifact import ArtifactInfo, ArtifactPath, ByteRange
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import ArtifactContent
from trilha_server.storage.artifacts.location import Location, Locations

MAX_REMEMBERED = 10_000


class Files(Protocol):
    """One folder or bucket: the methods of `ArtifactStore` that reach it."""

    async def write(self, path: ArtifactPath, content: AsyncIterator[bytes], *, size_bytes: int | None = None) -> int:
        """Keep a file."""
        ...

    async def read(self, path: ArtifactPath, part: ByteRange | None = None) -> ArtifactContent:
        """Read a file, or a part of it."""
        ...

    async def list_folder(self, folder: ArtifactPath) -> list[ArtifactInfo]:
        """List a folder."""
        ...

    async def delete(self, path: ArtifactPath) -> None:
        """Forget a file or a folder."""
        ...


class LocatedArtifacts:
    """Artifacts of each experiment where its location says, in a folder named by its id.

    The id is part of every path, so that experiments which name the same location do not see each other's artifacts.
    """

    def __init__(
        self,
        locations: Locations,
        location_of: Callable[[ExperimentId], str | None],
        open_files: Callable[[Location], Files],
        root_files: Files,
    ) -> None:
        self._locations = locations
        self._location_of = location_of
        self._open_files = open_files
        self._places: dict[ExperimentId, Location] = {}  # an experiment's location never changes
        self._opened = {locations.root: root_files}

    async def write(self, path: ArtifactPath, content: AsyncIterator[bytes], *, size_bytes: int | None = None) -> int:
        """Keep a file."""
        return await (await self._files(path)).write(path, content, size_bytes=size_bytes)

    async def read(self, path: ArtifactPath, part: ByteRange | None = None) -> ArtifactContent:
        """Read a file, or a part of it."""
        return await (await self._files(path)).read(path, part)

    async def list_folder(self, folder: ArtifactPath) -> list[ArtifactInfo]:
        """List a folder."""
        return await (await self._files(folder)).list_folder(folder)

    async def delete(self, path: ArtifactPath) -> None:
        """Forget a file or a folder."""
        await (await self._files(path)).delete(path)

    def check_location(self, location: str) -> None:
        """Refuse a location where an experiment may not keep its files."""
        self._locations.resolve(location)

    async def _files(self, path: ArtifactPath) -> Files:
        place = self._places.get(path.experiment_id)
        if place is None:
            place = self._locations.resolve(await asyncio.to_thread(self._location_of, path.experiment_id))
            if len(self._places) >= MAX_REMEMBERED:
                self._places.clear()
            self._places[path.experiment_id] = place
        if place not in self._opened:
            self._opened[place] = self._open_files(place)  # no waiting between: one is opened once
        return self._opened[place]
