"""Where artifacts are kept, as a URL says it, and which places an experiment may name."""

import re
from enum import StrEnum
from typing import Self

import msgspec

from trilha_server.domain.errors import InvalidInput

MAX_LOCATION_CHARS = 1000
UPLOADS = ".trilha-uploads"
"""Where a folder keeps files under way: beside the experiments' folders, so that a rename stays in one file system."""

_FORMS = "file:///folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(//(?P<host>[^/]*))?(?P<path>/.*)?", re.IGNORECASE)
_BUCKET = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._-]{0,254}")
_AZURE_HOST = re.compile(r"(?P<account>[a-z0-9]{3,24})\.(dfs|blob)\.core\.windows\.net")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\%?#*]")
_VOLUMES = "Volumes"


class Kind(StrEnum):
    """What serves a location."""

    FOLDER = "file"
    S3 = "s3"
    GCS = "gs"
    AZURE = "az"


_KINDS = {
    "file": Kind.FOLDER,
    "s3": Kind.S3,
    "s3a": Kind.S3,
    "gs": Kind.GCS,
    "gcs": Kind.GCS,
    "az": Kind.AZURE,
    "abfss": Kind.AZURE,
    "wasbs": Kind.AZURE,
}


class Location(msgspec.Struct, frozen=True):
    """A folder, or a prefix in a bucket."""

    kind: Kind
    account: str
    """Of Azure, where the URL names it; empty otherwise."""
    bucket: str
    """Empty for folders."""
    parts: tuple[str, ...]

    def inside(self, *parts: str) -> Self:
        """Name a place below this one."""
        return msgspec.structs.replace(self, parts=(*self.parts, *parts))

    def holds(self, other: "Location") -> bool:
        """Tell whether another place is this one or below it."""
        mine, its = (self.kind, self.account, self.bucket), (other.kind, other.account, other.bucket)
        return mine == its and other.parts[: len(self.parts)] == self.parts

    def below(self, other: "Location") -> tuple[str, ...]:
        """Name the way from here to a place that this one holds."""
        return other.parts[len(self.parts) :]

    def __str__(self) -> str:
        host = f"{self.bucket}@{self.account}" if self.account else self.bucket
        return f"{self.kind.value}://{host}/{'/'.join(self.parts)}"


def parse_location(text: str) -> Location:
    """Read a URL or the absolute path of a folder. Raises `InvalidInput`."""
    if len(text) > MAX_LOCATION_CHARS:
        raise InvalidInput("the location is too long", max_chars=MAX_LOCATION_CHARS)
    if text.startswith("/"):
        return Location(Kind.FOLDER, "", "", _parts(text, text))
    found = _URL.fullmatch(text)
    kind = _KINDS.get(found["scheme"].lower()) if found else None
    if found is None or kind is None:
        raise InvalidInput(f"a location is {_FORMS}", location=text[:200])
    host, path = found["host"] or "", found["path"] or ""
    if kind is Kind.FOLDER:
        if host not in ("", "localhost") or not path:
            raise InvalidInput("a folder's URL has three slashes: file:///folder", location=text[:200])
        return Location(kind, "", "", _parts(path, text))
    account, bucket = _azure(host, text) if kind is Kind.AZURE else ("", host)
    if _BUCKET.fullmatch(bucket) is None:
        raise InvalidInput("the location names no bucket, or one that cannot be", location=text[:200])
    return Location(kind, account, bucket, _parts(path, text))


def parse_locations(text: str) -> tuple[Location, ...]:
    """Read locations that are separated by commas. Raises `InvalidInput`."""
    return tuple(parse_location(each.strip()) for each in text.split(",") if each.strip())


class Locations(msgspec.Struct, frozen=True):
    """Where the operator lets experiments keep their artifacts."""

    root: Location
    """Where those go whose experiment names no location."""
    allowed: tuple[Location, ...] = ()
    """Other places that experiments may name, with all below."""

    def resolve(self, text: str | None) -> Location:
        """Find the place that an experiment's location means. Raises `InvalidInput` where it is not allowed."""
        if not text:
            return self.root
        if (volume := _volume(text)) is not None:
            location = self.root.inside(_VOLUMES, *volume)
        else:
            location = parse_location(text)
        ways = [place.below(location) for place in (self.root, *self.allowed) if place.holds(location)]
        if any(not any(map(_is_experiment, way)) for way in ways):
            return location
        if ways:
            raise InvalidInput(
                "a folder in the location is named by a number, as the folders of experiments are: choose a name",
                artifact_location=text[:200],
            )
        raise InvalidInput(
            "this server may not keep artifacts there: its operator allows places with --artifact-roots"
            " (TRILHA_ARTIFACT_ROOTS); without a location, they are kept in the server's own",
            artifact_location=text[:200],
        )


def _is_experiment(part: str) -> bool:
    """Tell what could be the folder of an experiment, so that no location lies in one."""
    return part.isascii() and part.isdigit()


def _volume(text: str) -> tuple[str, ...] | None:
    """Read the path of a Unity Catalog volume, `/Volumes/catalog/schema/volume/…`; `None` for anything else."""
    path = re.sub(r"^dbfs:(//)?(?=/(?!/))", "", text)
    if path == text and not text.startswith(f"/{_VOLUMES}/"):
        return None
    parts = _parts(path, text)
    if len(parts) < 4 or parts[0] != _VOLUMES:
        raise InvalidInput(
            "of Databricks' file system only volumes can be named: dbfs:/Volumes/catalog/schema/volume/folder",
            artifact_location=text[:200],
        )
    return parts[1:]


def _azure(host: str, text: str) -> tuple[str, str]:
    container, at, server = host.partition("@")
    if not at:
        return "", container
    found = _AZURE_HOST.fullmatch(server)
    if found is None:
        raise InvalidInput(
            "the location names no Azure account: container@account.dfs.core.windows.net", url=text[:200]
        )
    return found["account"], container


def _parts(path: str, text: str) -> tuple[str, ...]:
    parts = tuple(path.strip("/").split("/")) if path.strip("/") else ()
    for part in parts:
        if part in ("", ".", "..", UPLOADS) or _UNSAFE.search(part):
            raise InvalidInput(
                "a location has no empty parts, no '.' or '..', and none of \\ % ? # * in it", location=text[:200]
            )
    return parts
