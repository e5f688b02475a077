"""A file that belongs to an experiment: where it is kept inside it, and what is known of it."""

import re
from typing import Self
from urllib.parse import unquote

import msgspec

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import ExperimentId, TraceId, parse_experiment_id

MAX_NAME_BYTES = 255  # what file systems allow
MAX_PATH_BYTES = 900  # S3 allows keys of 1024, and the folder that holds everything needs room too

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]")


class ArtifactPath(msgspec.Struct, frozen=True):
    """A place among an experiment's artifacts. Whatever it was made of, it never leaves the experiment."""

    experiment_id: ExperimentId
    parts: tuple[str, ...] = ()
    """The folders from the outermost in, then the file; empty for all that the experiment has."""

    def __post_init__(self) -> None:
        """Refuse what could mean another place. Raises `InvalidInput`."""
        for part in self.parts:
            _check_part(part)
        if sum(len(part.encode()) + 1 for part in self.parts) > MAX_PATH_BYTES:
            raise InvalidInput("the artifact's path is too long", max_bytes=MAX_PATH_BYTES)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `<experiment id>/<folder>/<file>`. Raises `InvalidInput`."""
        first, *parts = text.split("/")
        if not first.isascii() or not first.isdigit():
            raise InvalidInput("an artifact's path begins with the id of its experiment", path=text[:200])
        return cls(parse_experiment_id(first), tuple(parts))

    @classmethod
    def of(cls, experiment_id: ExperimentId, *relatives: str) -> Self:
        """Put a path together of pieces, each of one or more parts. Raises `InvalidInput`."""
        return cls(experiment_id, tuple(part for relative in relatives for part in relative.split("/")))

    def inside(self, relative: str) -> Self:
        """Name what lies in this folder under a relative path; the folder itself for no path. Raises `InvalidInput`."""
        return type(self)(self.experiment_id, (*self.parts, *relative.split("/"))) if relative else self

    def relative_to(self, folder: "ArtifactPath") -> str:
        """Write the way from a folder that holds this."""
        assert (folder.experiment_id, folder.parts) == (self.experiment_id, self.parts[: len(folder.parts)])
        return "/".join(self.parts[len(folder.parts) :])

    @property
    def name(self) -> str:
        """The last part; the experiment's id where there is none."""
        return self.parts[-1] if self.parts else str(self.experiment_id)

    def __str__(self) -> str:
        return "/".join((str(self.experiment_id), *self.parts))


class ArtifactInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder lists of a file or a folder in it."""

    path: ArtifactPath
    is_folder: bool
    size_bytes: int | None
    """`None` for a folder."""


class ByteRange(msgspec.Struct, frozen=True):
    """A part of a file, as RFC 9110 (14.1.2) has it."""

    first: int | None
    """`None` for the last bytes of the file: as many as `last` says."""
    last: int | None
    """Inclusive; `None` for all from `first` on."""

    def within(self, size_bytes: int) -> tuple[int, int] | None:
        """Tell start and end (exclusive) in a file of a size; `None` where it has no such bytes."""
        if self.first is None:
            start, end = size_bytes - min(self.last or 0, size_bytes), size_bytes
        else:
            start, end = self.first, size_bytes if self.last is None else min(self.last + 1, size_bytes)
        return (start, end) if start < end else None


def run_artifacts(experiment_id: ExperimentId, run_id: str) -> ArtifactPath:
    """Name the folder of a run. Raises `InvalidInput`."""
    return ArtifactPath(experiment_id, (run_id, "artifacts"))


def version_artifacts(experiment_id: ExperimentId, version_id: str) -> ArtifactPath:
    """Name the folder of a version. Raises `InvalidInput`."""
    return ArtifactPath(experiment_id, ("models", version_id, "artifacts"))


def trace_artifacts(experiment_id: ExperimentId, trace_id: TraceId) -> ArtifactPath:
    """Name the folder of a trace."""
    return traces_folder(experiment_id).inside(f"{trace_id}/artifacts")


def trace_attachment(experiment_id: ExperimentId, trace_id: TraceId, attachment_id: str) -> ArtifactPath:
    """Name the file of an attachment, where MLflow's clients have it."""
    return trace_artifacts(experiment_id, trace_id).inside(f"attachments/{attachment_id}")


def traces_folder(experiment_id: ExperimentId) -> ArtifactPath:
    """Name the folder that has those of all traces of an experiment."""
    return ArtifactPath(experiment_id, ("traces",))


def _check_part(part: str) -> None:
    if not part:
        raise InvalidInput("an artifact's path has no empty parts: begin and end without '/', and write it once")
    try:
        size_bytes = len(part.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput("an artifact's path is Unicode text") from error
    if size_bytes > MAX_NAME_BYTES:
        raise InvalidInput("a name in an artifact's path is too long", max_bytes=MAX_NAME_BYTES)
    meant = _decoded(part)  # a name that a second decoding, here or elsewhere, would turn into another place
    if _FORBIDDEN.search(part) or _FORBIDDEN.search(meant):
        raise InvalidInput(
            "an artifact's path has no backslashes, control characters or encoded slashes", part=part[:80]
        )
    if part in (".", "..") or meant in (".", ".."):
        raise InvalidInput("an artifact's path goes downwards only: '.' and '..' are not taken")


def _decoded(part: str) -> str:
    while (decoded := unquote(part)) != part:
        part = decoded
    return part
