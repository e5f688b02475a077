"""Opens the artifact store that the settings name."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import ArtifactStore
from trilha_server.storage.artifacts.folder import FolderArtifacts
from trilha_server.storage.artifacts.located import Files, LocatedArtifacts
from trilha_server.storage.artifacts.location import Kind, Location, Locations, parse_location, parse_locations

if TYPE_CHECKING:
    from trilha_server.storage.artifacts.objects import ObjectArtifacts

T = TypeVar("T")


def artifacts_at(
    url: str | None, default_folder: Path, roots: str | None, location_of: Callable[[ExperimentId], str | None]
) -> ArtifactStore:
    """Open the store and look whether it works. Raises `InvalidInput` and `StoreUnavailable`.

    Without a URL it is the default folder, which is made when there is something to keep. `roots` are the other places
    that experiments may name, separated by commas.
    """
    allowed = _named("artifact_roots", parse_locations, roots or "")
    if url is None:
        root = Location(Kind.FOLDER, "", "", default_folder.resolve().parts[1:])
        folder = FolderArtifacts(default_folder.resolve())
        folder.clean()
        return LocatedArtifacts(Locations(root, allowed), location_of, _open, folder)
    root = _named("artifacts_url", parse_location, url)
    return LocatedArtifacts(Locations(root, allowed), location_of, _open, _checked(root))


def _named(setting: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except InvalidInput as error:
        raise InvalidInput(f"setting '{setting}' (TRILHA_{setting.upper()}): {error.text}", **error.context) from error


def _open(place: Location) -> Files:
    return FolderArtifacts(_path(place)) if place.kind is Kind.FOLDER else _objects(place)


def _checked(place: Location) -> Files:
    if place.kind is not Kind.FOLDER:
        objects = _objects(place)
        objects.check()
        return objects
    folder = FolderArtifacts(_path(place))
    folder.prepare()
    return folder


def _objects(place: Location) -> "ObjectArtifacts":
    from trilha_server.storage.artifacts.objects import ObjectArtifacts  # noqa: PLC0415  # 15 MB that few need

    return ObjectArtifacts(place)


def _path(place: Location) -> Path:
    return Path("/", *place.parts)
