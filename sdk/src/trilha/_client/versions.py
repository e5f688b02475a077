"""Versions of applications, which MLflow calls logged models."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

from trilha import names
from trilha._client.experiments import active_experiment_id
from trilha._client.http import V2, Json, connection
from trilha._client.pages import PagedList, all_pages
from trilha._client.table import has_pandas
from trilha._client.traces import quoted
from trilha._settings import change, settings
from trilha._source import source_metadata
from trilha.entities._catalog import LoggedModel, LoggedModelStatus
from trilha.exceptions import InvalidInput, TrilhaError

_BASE = f"{V2}/logged-models"
_PAGE = 100
_EXTERNAL = "mlflow.model.isExternal"

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

    With `get_or_create=False` another version of the same name is made.
    """
    told = {_EXTERNAL: "true", **source_metadata(), **(tags or {})}
    if get_or_create and name is not None:
        known = _named(name, experiment_id or active_experiment_id())
        if known is not None:
            return known
        told[names.GET_OR_CREATE] = "true"  # two pipelines may come this far at the same moment
    made = initialize_logged_model(
        name, source_run_id, told, params, model_type=model_type, experiment_id=experiment_id
    )
    return finalize_logged_model(made.model_id, LoggedModelStatus.READY)


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
    return _read(connection().call("POST", _BASE, body=known, is_safe=names.GET_OR_CREATE in (tags or {})))


def finalize_logged_model(model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
    """Say whether a version can be used. Raises `NotFound`."""
    told = LoggedModelStatus.of(status.value if isinstance(status, LoggedModelStatus) else status.upper())
    names = {LoggedModelStatus.FAILED: "LOGGED_MODEL_UPLOAD_FAILED"}
    if told is LoggedModelStatus.UNSPECIFIED:
        raise InvalidInput("a status is READY or FAILED")
    body = {"model_id": model_id, "status": names.get(told, f"LOGGED_MODEL_{told.value}")}
    return _read(connection().call("PATCH", f"{_BASE}/{model_id}", body=body, is_safe=True))


def get_logged_model(model_id: str) -> LoggedModel:
    """Read a version. Raises `NotFound`."""
    return _read(connection().call("GET", f"{_BASE}/{model_id}"))


def delete_logged_model(model_id: str) -> None:
    """Put a version away. Raises `NotFound`."""
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
    body = {"model_id": model_id, "tags": _pairs(tags)}
    connection().call("PATCH", f"{_BASE}/{model_id}/tags", body=body, is_safe=True)


def delete_logged_model_tag(model_id: str, key: str) -> None:
    """Delete a tag of a version. Raises `NotFound`."""
    connection().call("DELETE", f"{_BASE}/{model_id}/tags/{key}")


def log_model_params(params: Texts, model_id: str | None = None) -> None:
    """Give a version parameters; the active one if none is named."""
    wanted = model_id or get_active_model_id()
    if wanted is None:
        raise InvalidInput("name a version, or set the active one")
    body = {"model_id": wanted, "params": _pairs(params)}
    connection().call("POST", f"{_BASE}/{wanted}/params", body=body, is_safe=True)


class ActiveModel:
    """The version that traces are linked to; as a context, until its end."""

    def __init__(self, name: str | None, model_id: str | None, before: str | None) -> None:
        self._name = name
        self._model_id = model_id
        self._before = before
        self._known: LoggedModel | None = None

    def __getattr__(self, field: str) -> Any:  # Any: as the fields of LoggedModel are
        """Ask the server for the rest; a version of the name is made where there is none."""
        if field.startswith("_"):
            raise AttributeError(field)
        if self._known is None:
            wanted = self._model_id
            self._known = create_external_model(self._name) if wanted is None else get_logged_model(wanted)
        return getattr(self._known, field)

    def __enter__(self) -> "ActiveModel":  # noqa: PYI034  # Python 3.10 has no Self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        change(active_model_id=self._before)


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> ActiveModel:
    """Link the traces of this process to a version from now on.

    Asks the server for nothing: it finds the version of a name. What is returned asks when its fields are read, and
    makes the version where there is none.
    """
    if name is None and model_id is None:
        raise InvalidInput("name a version, or give its id")
    before = settings().active_model_id
    change(active_model_id=str(model_id or name))
    return ActiveModel(name, model_id, before)


def clear_active_model() -> None:
    """Link traces to no version from now on."""
    change(active_model_id=None)


def get_active_model_id() -> str | None:
    """Return the version that traces are linked to: its id, or its name where that was given."""
    return settings().active_model_id


def _named(name: str, experiment_id: str) -> LoggedModel | None:
    newest = [{"field_name": "creation_timestamp", "ascending": False}]
    found = search_versions_page([experiment_id], f"name = {quoted(name)}", 1, newest)
    return found[0] if found else None


def _read(answer: Json) -> LoggedModel:
    return LoggedModel.from_dictionary(answer["model"])


def _pairs(values: Texts | None) -> list[dict[str, str]]:
    return [{"key": str(key), "value": str(value)} for key, value in (values or {}).items()]
