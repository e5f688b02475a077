"""What a registered version is made from: a source as clients write it, followed to its files."""

import re

import msgspec

from trilha_server.domain.artifact import ArtifactPath, run_artifacts, version_artifacts
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.domain.registered_model import LATEST_ALIAS, RegisteredVersion, parse_version_number
from trilha_server.domain.version import Version, VersionId
from trilha_server.ports import Store

MAX_SOURCE_CHARS = 2_000

_VERSION_ID = re.compile(r"m-[0-9a-f]{32}")
# mlflow-artifacts:/7/…, or with the address of the server that the client talks to
_PROXIED = re.compile(r"mlflow-artifacts:(?://[^/]*)?/(?P<path>.+)")
_TRACKED = re.compile(r"dbfs:/databricks/mlflow-tracking/(?P<experiment>\d+)/(?P<path>.+)")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source has led."""

    files: ArtifactPath | None = None
    """`None` where the server does not keep them."""
    outside: str | None = None
    """Where they are instead."""
    version: Version | None = None
    """What it is the files of, if that is a version."""


def follow(store: Store, source: str) -> Origin:
    """Find the files that a source names. Raises `NotFound` for what should be here and is not, and `InvalidInput`."""
    if not source.strip() or len(source) > MAX_SOURCE_CHARS:
        raise InvalidInput("the source is empty or too long", max_chars=MAX_SOURCE_CHARS)
    scheme, _, rest = source.partition(":")
    match scheme:
        case "models":
            return _of_model_uri(store, rest.lstrip("/"))
        case "runs":
            run_id, _, path = rest.lstrip("/").partition("/")
            run = store.runs.get_run(run_id)
            return Origin(files=run_artifacts(run.experiment_id, run_id).inside(path.rstrip("/")))
        case _:
            return _of_location(source)


def find_registered(store: Store, uri: str) -> RegisteredVersion:
    """Read what `name/1` or `name@alias` names. Raises `NotFound` and `InvalidInput`."""
    name, slash, number = uri.rpartition("/")
    if slash:
        return store.registered_versions.get_version(name, parse_version_number(number))
    name, _, alias = uri.rpartition("@")
    return version_by_alias(store, name, alias)


def version_by_alias(store: Store, name: str, alias: str) -> RegisteredVersion:
    """Read the version that an alias names; `latest` names the newest. Raises `NotFound`."""
    model = store.registry.get_model(name)
    if alias.lower() == LATEST_ALIAS:
        number = max((each.number for each in store.registered_versions.latest_versions([name])), default=None)
    else:
        number = model.aliases.get(alias)
    if number is None:
        raise NotFound("the registered model has no such alias", name=name, alias=alias[:80])
    return store.registered_versions.get_version(name, number)


def _of_model_uri(store: Store, rest: str) -> Origin:
    first, _, path = rest.partition("/")
    if _VERSION_ID.fullmatch(first):
        version = store.versions.get_version(VersionId(first))
        files = version_artifacts(version.experiment_id, first).inside(path.rstrip("/"))
        return Origin(files=files, version=version)
    copied = find_registered(store, rest)
    if copied.files is None:
        return Origin(outside=copied.outside)
    return Origin(files=copied.files)


def _of_location(location: str) -> Origin:
    proxied, tracked = _PROXIED.fullmatch(location), _TRACKED.fullmatch(location)
    if proxied is not None:
        return Origin(files=ArtifactPath.parse(proxied["path"].rstrip("/")))
    if tracked is not None:
        first, *others = tracked["path"].rstrip("/").split("/")
        parts = ("models" if first == "logged_models" else first, *others)
        return Origin(files=ArtifactPath(parse_experiment_id(tracked["experiment"]), parts))
    return Origin(outside=location)
