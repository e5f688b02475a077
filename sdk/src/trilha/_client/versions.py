"""Versions of applications, which MLflow calls logged models."""

import logging
import re
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import TracebackType
from typing import Any, Final, Literal

from trilha import _active_version, names
from trilha._active_version import Choice, ChosenVersion, active_version, chosen_version
from trilha._begin import outlets
from trilha._client import later
from trilha._client.experiments import active_experiment_id, experiment_id_of
from trilha._client.http import V2, Json, connection
from trilha._client.pages import PagedList, all_pages
from trilha._client.table import has_pandas
from trilha._client.traces import quoted
from trilha._settings import Destination, change, settings
from trilha._source import source_metadata
from trilha.entities._catalog import LoggedModel, LoggedModelStatus
from trilha.exceptions import InvalidInput, NotFound, TrilhaError, Unavailable

_BASE = f"{V2}/logged-models"
_PAGE = 100
_EXTERNAL = "mlflow.model.isExternal"
_ID: Final = re.compile("m-[0-9a-f]{32}")
_FRESH_S: Final = 60.0
"""How long a name means the version that it was found to mean: another one may be made."""
_MOST_SOUGHT: Final = 1000
_log = logging.getLogger("trilha")

# Here, and not by the first request, which is made on a thread of its own, maybe while the application forks.
import_module("encodings.idna")

Texts = Mapping[str, Any]  # Any: whatever has a text


def create_external_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Texts | None = None,
    params: Texts | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
    *,
    get_or_create: bool = True,
) -> LoggedModel:
    """Make a version of an application, or return the one of that name, so that CI may run again.

    What is there already stays as it is: where this call says something else, a warning tells of it. With
    `get_or_create=False` another version of the same name is made.
    """
    told = {_EXTERNAL: "true", **source_metadata(), **(tags or {})}
    version = None
    if get_or_create and name is not None:
        version = _named(name, experiment_id or active_experiment_id())
        told[names.GET_OR_CREATE] = "true"  # two pipelines may come this far at the same moment
    if version is None:
        made = initialize_logged_model(
            name, source_run_id, told, params, model_type=model_type, experiment_id=experiment_id
        )
        version = finalize_logged_model(made.model_id, LoggedModelStatus.READY)
    _warn_of_differences(version, tags, params, {"model_type": model_type, "source_run_id": source_run_id})
    _newest_id[:] = [version.model_id]
    return version


def initialize_logged_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Texts | None = None,
    params: Texts | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Make a version that is not ready yet."""
    body: Json = {
        "experiment_id": experiment_id or active_experiment_id(),
        "name": name,
        "model_type": model_type,
        "source_run_id": source_run_id,
        "tags": _pairs(tags),
        "params": _pairs(params),
    }
    known = {key: value for key, value in body.items() if value is not None}
    _sought.clear()
    made = _read(connection().call("POST", _BASE, body=known, is_safe=names.GET_OR_CREATE in (tags or {})))
    _newest_id[:] = [made.model_id]
    return made


def finalize_logged_model(model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
    """Say whether a version can be used. Raises `NotFound`."""
    told = LoggedModelStatus.of(status.value if isinstance(status, LoggedModelStatus) else status.upper())
    names = {LoggedModelStatus.FAILED: "LOGGED_MODEL_UPLOAD_FAILED"}
    if told is LoggedModelStatus.UNSPECIFIED:
        raise InvalidInput("a status is READY or FAILED")
    body = {"model_id": _id_of(model_id), "status": names.get(told, f"LOGGED_MODEL_{told.value}")}
    return _read(connection().call("PATCH", f"{_BASE}/{body['model_id']}", body=body, is_safe=True))


def get_logged_model(model_id: str) -> LoggedModel:
    """Read a version, by its id or as the newest of a name. Raises `NotFound`."""
    return _read(connection().call("GET", f"{_BASE}/{_id_of(model_id)}"))


def last_logged_model() -> LoggedModel | None:
    """Read the version that was made last in this process; `None` where there is none. Raises `NotFound`."""
    return get_logged_model(_newest_id[0]) if _newest_id else None


def delete_logged_model(model_id: str) -> None:
    """Put a version away, which only its id names. Raises `NotFound`."""
    _sought.clear()
    connection().call("DELETE", f"{_BASE}/{model_id}")


def search_logged_models(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    datasets: Sequence[Mapping[str, str]] | None = None,
    max_results: int | None = None,
    order_by: Sequence[Mapping[str, Any]] | None = None,
    output_format: Literal["pandas", "list"] | None = None,
) -> Any:  # Any: a DataFrame, where pandas is installed
    """Find versions: a DataFrame where pandas is installed, or else a list."""
    places = [str(each) for each in experiment_ids or [active_experiment_id()]]

    def read(token: str | None) -> PagedList[LoggedModel]:
        most = min(max_results or _PAGE, _PAGE)
        return search_versions_page(places, filter_string, most, order_by, token, datasets)

    found = all_pages(read, max_results)
    if output_format == "list" or (output_format is None and not has_pandas()):
        return list(found)
    if not has_pandas():
        raise TrilhaError("pandas is not installed: install it, or ask for output_format='list'")
    import pandas as pd  # noqa: PLC0415  # pyright: ignore[reportMissingImports]  # half a second, where it is wanted

    frame: Any = pd  # pandas is no dependency, so that its types may be unknown
    return frame.DataFrame([vars(version) for version in found])


def search_versions_page(
    experiment_ids: Sequence[str],
    filter_string: str | None = None,
    max_results: int = _PAGE,
    order_by: Sequence[Mapping[str, Any]] | None = None,
    page_token: str | None = None,
    datasets: Sequence[Mapping[str, str]] | None = None,
) -> PagedList[LoggedModel]:
    """Read one page of a search for versions."""
    body: Json = {
        "experiment_ids": list(experiment_ids),
        "filter": filter_string or None,
        "datasets": [dict(dataset) for dataset in datasets or ()],
        "max_results": max_results,
        "order_by": [dict(term) for term in order_by or ()],
        "page_token": page_token or None,
    }
    answer = connection().call("POST", f"{_BASE}/search", body=body, is_safe=True)
    return PagedList(map(LoggedModel.from_dictionary, answer.get("models") or ()), answer.get("next_page_token"))


def set_logged_model_tags(model_id: str, tags: Texts) -> None:
    """Set tags of a version. Raises `NotFound`."""
    version_id = _id_of(model_id)
    body = {"model_id": version_id, "tags": _pairs(tags)}
    connection().call("PATCH", f"{_BASE}/{version_id}/tags", body=body, is_safe=True)


def delete_logged_model_tag(model_id: str, key: str) -> None:
    """Delete a tag of a version. Raises `NotFound`."""
    connection().call("DELETE", f"{_BASE}/{_id_of(model_id)}/tags/{key}")


def log_model_params(params: Texts, model_id: str | None = None) -> None:
    """Give a version parameters; the active one if none is named."""
    wanted = model_id or get_active_model_id()
    if wanted is None:
        raise InvalidInput("name a version, or set the active one")
    version_id = _id_of(wanted)
    body = {"model_id": version_id, "params": _pairs(params)}
    connection().call("POST", f"{_BASE}/{version_id}/params", body=body, is_safe=True)


class _Sought(ChosenVersion):
    """A version that the server is asked for when somebody has the time, and that it makes where it lacks the name."""

    __slots__ = ("_is_asked_for", "_is_trouble_told", "_known", "_place", "born_s", "model_id", "name")

    def __init__(self, name: str | None, model_id: str | None) -> None:
        super().__init__(str(model_id or name))
        self.name = name
        self.model_id = model_id
        self.born_s = time.monotonic()
        self._place = settings().destination
        self._known: LoggedModel | None = None
        self._is_asked_for = False
        self._is_trouble_told = False

    def known(self) -> LoggedModel:
        """Return the version, and let traces carry its id from now on. Raises `TrilhaError`."""
        if self._known is None:
            self._known = self._look_up()
            self.text = self._known.model_id
        return self._known

    def see_to(self) -> None:
        """Have another thread ask for the version, once."""
        if not self._is_asked_for:
            self._is_asked_for = True
            later.soon(self._ask)

    def _look_up(self) -> LoggedModel:
        if self.model_id is None:
            return create_external_model(self.name, experiment_id=experiment_id_of(self._place))
        found = get_logged_model(self.model_id)
        if self.name not in (None, found.name):
            raise InvalidInput(f"the version {self.model_id!r} is called {found.name!r}, not {self.name!r}")
        return found

    def _ask(self) -> None:
        try:
            self.known()
        except NotFound:
            _log.warning("there is no version %r: traces name it, and belong to it once it is made", self.text)
        except Unavailable as error:
            if not self._is_trouble_told:
                _log.warning("the version %r cannot be looked up yet: %s", self.text, error)
            self._is_trouble_told = True
            later.soon(self._ask)
        except TrilhaError as error:
            _log.warning("traces name the version %r, but it cannot be used: %s", self.text, error)


class ActiveModel:
    """The version that traces are linked to; as a context, those of this thread or task until its end."""

    def __init__(self, sought: _Sought) -> None:
        self._sought = sought
        self._choice = Choice(sought)

    def __getattr__(self, field: str) -> Any:  # Any: as the fields of LoggedModel are
        """Ask the server for the rest; a version of the name is made where there is none."""
        if field.startswith("_"):
            raise AttributeError(field)
        return getattr(self._sought.known(), field)

    def __enter__(self) -> "ActiveModel":  # noqa: PYI034  # Python 3.10 has no Self
        self._choice.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self._choice.leave()


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> ActiveModel:
    """Link traces to a version from now on: those of this thread or task, and of all that choose none themselves.

    Waits for nothing: another thread finds the newest version of the name in the active experiment, and makes one where
    there is none. What is wrong with the name or the id is logged. Fields of what is returned wait for the server.
    """
    if name is None and model_id is None:
        raise InvalidInput("name a version, or give its id")
    sought = _sought_version(name, model_id)
    if settings().is_enabled and not outlets:
        sought.see_to()
    return ActiveModel(sought)


def clear_active_model() -> None:
    """Link traces to no version from now on, but in threads and tasks that have chosen one themselves."""
    _active_version.forget()
    change(active_model_id=None)


def get_active_model_id() -> str | None:
    """Return the version that traces are linked to: its id, or its name as long as the server has not told the id.

    Where an id is wanted the name does as well.
    """
    return active_version()


def see_to_environment() -> None:
    """Have it logged where there is no such version as the environment names."""
    text = settings().active_model_id
    if text is not None:
        _Sought(None, text).see_to()


def _sought_version(name: str | None, model_id: str | None) -> _Sought:
    """Return the version that was asked for lately, for a service may choose one in each request."""
    now = settings()
    key = (now.tracking_uri, now.destination, name, model_id)
    before = _sought.get(key)
    if before is not None and time.monotonic() - before.born_s < _FRESH_S:
        return before
    if len(_sought) >= _MOST_SOUGHT:
        _sought.clear()
    sought = _sought[key] = _Sought(name, model_id)
    if before is not None:
        sought.text = before.text
    return sought


def _id_of(told: str) -> str:
    """Return the id of a version that may be named by its name; what is neither is for the server to refuse."""
    if _ID.fullmatch(told):
        return told
    chosen = chosen_version()
    if isinstance(chosen, _Sought) and chosen.model_id is None and told == chosen.name:
        return chosen.known().model_id
    known = _named(told, active_experiment_id())
    return told if known is None else known.model_id


def _warn_of_differences(
    version: LoggedModel, tags: Texts | None, params: Texts | None, fields: Mapping[str, str | None]
) -> None:
    others = [f"tag {key}" for key, value in (tags or {}).items() if version.tags.get(key) != str(value)]
    others += [f"parameter {key}" for key, value in (params or {}).items() if version.params.get(key) != str(value)]
    others += [key for key, value in fields.items() if value not in (None, getattr(version, key))]
    if others:
        _log.warning("the version %r was there before, and keeps what it had as %s", version.name, ", ".join(others))


def _named(name: str, experiment_id: str) -> LoggedModel | None:
    newest = [{"field_name": "creation_timestamp", "ascending": False}]
    found = search_versions_page([experiment_id], f"name = {quoted(name)}", 1, newest)
    return found[0] if found else None


def _read(answer: Json) -> LoggedModel:
    return LoggedModel.from_dictionary(answer["model"])


def _pairs(values: Texts | None) -> list[dict[str, str]]:
    return [{"key": str(key), "value": str(value)} for key, value in (values or {}).items()]


_sought: dict[tuple[str, Destination, str | None, str | None], _Sought] = {}
"""Versions that were chosen, by server, experiment, name and id."""
_newest_id: list[str] = []
"""Of the version that was made last."""
