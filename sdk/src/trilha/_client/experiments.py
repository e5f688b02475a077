"""Experiments."""

import difflib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from trilha._client.http import V2, connection
from trilha._client.pages import PagedList, all_pages
from trilha._settings import Destination, change, settings
from trilha.entities._catalog import Experiment
from trilha.exceptions import AlreadyExists, InvalidInput, NotFound

_BASE = f"{V2}/experiments"
_MANY = 1000
_NAMED = 3
_ALIKE = 0.6
_log = logging.getLogger("trilha")


def get_experiment(experiment_id: str) -> Experiment:
    """Read an experiment. Raises `NotFound`."""
    answer = connection().call("GET", f"{_BASE}/get", query={"experiment_id": str(experiment_id)})
    return Experiment.from_dictionary(answer["experiment"])


def get_experiment_by_name(name: str) -> Experiment | None:
    """Read an experiment; `None`, and a warning that names the likely ones, where there is none of that name."""
    found = find_experiment(name)
    if found is None:
        _log.warning("%s; None is returned", _missing(name))
    return found


def find_experiment(name: str) -> Experiment | None:
    """Read an experiment; `None` where there is none of that name."""
    try:
        answer = connection().call("GET", f"{_BASE}/get-by-name", query={"experiment_name": name})
    except NotFound as error:
        if error.error_code != NotFound.default_code:
            raise
        return None
    return Experiment.from_dictionary(answer["experiment"])


def create_experiment(name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None) -> str:
    """Make an experiment and return its id. Raises `AlreadyExists`."""
    body: dict[str, Any] = {
        "name": name,
        "tags": [{"key": key, "value": str(value)} for key, value in (tags or {}).items()],
    }
    if artifact_location:
        body["artifact_location"] = str(artifact_location)
    return str(connection().call("POST", f"{_BASE}/create", body=body)["experiment_id"])


def search_experiments(
    view_type: Any = None,  # Any: a number or a name of MLflow's ViewType
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: Sequence[str] | None = None,
    page_token: str | None = None,
) -> PagedList[Experiment]:
    """Find experiments: all of them, or as many as are asked for, with the token of the next page."""
    body: dict[str, Any] = {
        "max_results": max_results or _MANY,
        "filter": filter_string or None,
        "order_by": list(order_by or ()),
        "view_type": _view(view_type),
        "page_token": page_token,
    }

    def read(token: str | None) -> PagedList[Experiment]:
        answer = connection().call("POST", f"{_BASE}/search", body={**body, "page_token": token}, is_safe=True)
        found = map(Experiment.from_dictionary, answer.get("experiments") or ())
        return PagedList(found, answer.get("next_page_token"))

    return read(page_token) if max_results else all_pages(read)


def set_experiment_tag(key: str, value: Any, experiment_id: str | None = None) -> None:  # Any: whatever has a text
    """Set a tag of an experiment; of the active one if none is named."""
    where = experiment_id or active_experiment_id()
    body = {"experiment_id": where, "key": key, "value": str(value)}
    connection().call("POST", f"{_BASE}/set-experiment-tag", body=body, is_safe=True)


def delete_experiment(experiment_id: str) -> None:
    """Put an experiment away. Raises `NotFound`."""
    connection().call("POST", f"{_BASE}/delete", body={"experiment_id": str(experiment_id)})


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """Send the traces of this process to an experiment from now on.

    Asks the server for nothing: it makes the experiment with the first trace, where there is none of that name. What
    is returned asks when it is read.
    """
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidInput("name an experiment, or give its id")
    if experiment_id is not None:
        change(destination=Destination(experiment_id=str(experiment_id)))
        return AwaitedExperiment(experiment_id=str(experiment_id))
    change(destination=Destination(experiment=str(experiment_name)))
    return AwaitedExperiment(name=str(experiment_name))


class AwaitedExperiment(Experiment):
    """An experiment of which only the name, or the id, is known until more is asked for."""

    def __init__(self, **known: Any) -> None:  # Any: the one field that is known
        # Not the dataclass's own: what it does not set is looked up, below.
        vars(self).update(known)

    def __getattr__(self, field: str) -> Any:  # Any: as the fields are
        if field.startswith("_"):
            raise AttributeError(field)
        known = vars(self)
        found = get_experiment(known["experiment_id"]) if "experiment_id" in known else _ensured(known["name"])
        known.update(vars(found))
        return getattr(found, field)


def active_experiment_id() -> str:
    """Return the id of the experiment that traces go to, making it where there is none yet."""
    return experiment_id_of(settings().destination)


def experiment_id_of(place: Destination) -> str:
    """Return the id of an experiment, making it where there is none of the name yet."""
    if place.experiment_id is not None:
        return place.experiment_id
    return _ensured(place.experiment or "Default").experiment_id


def experiment_ids_of(names: Sequence[str]) -> list[str]:
    """Find experiments by their names. Raises `NotFound`, which names the likely ones."""
    ids: list[str] = []
    for name in names:
        found = find_experiment(name)
        if found is None:
            raise NotFound(_missing(name))
        ids.append(found.experiment_id)
    return ids


def _ensured(name: str) -> Experiment:
    found = find_experiment(name)
    if found is not None:
        return found
    try:
        return get_experiment(create_experiment(name))
    except AlreadyExists:  # somebody made it at this moment
        found = find_experiment(name)
        if found is None:
            raise
        return found


def _missing(name: str) -> str:
    names = [experiment.name for experiment in search_experiments()]
    likely = difflib.get_close_matches(name, names, n=_NAMED, cutoff=_ALIKE)
    hint = f"; did you mean {' or '.join(map(repr, likely))}?" if likely else ""
    return f"there is no experiment {name!r}{hint}"


def _view(view_type: Any) -> str:  # Any: see search_experiments
    if view_type is None:
        return "ACTIVE_ONLY"
    return {1: "ACTIVE_ONLY", 2: "DELETED_ONLY", 3: "ALL"}.get(view_type, str(view_type))
