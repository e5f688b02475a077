"""What holds for every run: its limits, and the tags that say the same as its fields."""

from collections.abc import Iterable, Mapping

import msgspec
from trilha import names

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.run import DatasetInput, Metric, Run, RunChange

MAX_ENTRIES = 10_000
"""Parameters, tags, metrics, datasets and versions of one change; MLflow's clients send at most 1,000."""

MAX_KEY_CHARS = 250  # MLflow's limit; keys are indexed
MAX_VALUE_CHARS = 100_000  # MLflow has 6,000 for parameters and 8,000 for tags
MAX_NAME_CHARS = 1000
MAX_VERSION_ID_CHARS = 100
MAX_DATASET_NAME_CHARS = 500  # MLflow's limit, as those of what a dataset has
MAX_DIGEST_CHARS = 100
MAX_SOURCE_CHARS = 65_535
MAX_SCHEMA_CHARS = 1_048_575
MAX_PROFILE_CHARS = 16_777_215


def new_run(run: Run, name: str) -> Run:
    """Complete a run that is to be kept: `name` is for one that has none. Raises `InvalidInput`."""
    told = run.tags.get(names.RUN_NAME)
    if run.name and told and told != run.name:
        raise InvalidInput(f"the run has one name, and its tag {names.RUN_NAME} another: give one, or the same twice")
    chosen = run.name or told or name
    _check_length("the run's name", chosen, MAX_NAME_CHARS)
    _check_texts("tag", run.tags)
    return msgspec.structs.replace(
        run,
        name=chosen,
        user=run.user or run.tags.get(names.USER, ""),
        tags=run.tags | {names.RUN_NAME: chosen},
    )


def checked_change(change: RunChange) -> RunChange:
    """Complete a change and check it against the limits. Raises `InvalidInput`."""
    entries = (change.params, change.tags, change.metrics, change.datasets, change.versions_used, change.versions_made)
    if sum(map(len, entries)) > MAX_ENTRIES:
        raise InvalidInput(f"one request changes at most {MAX_ENTRIES:,} things of a run: send them in parts")
    _check_texts("parameter", change.params)
    _check_texts("tag", change.tags)
    for metric in change.metrics:
        _check_metric(metric)
    for dataset_input in change.datasets:
        _check_dataset(dataset_input)
    _check_version_ids((*change.versions_used, *(made.version_id for made in change.versions_made)))
    name = change.name or change.tags.get(names.RUN_NAME)
    if not name:
        return msgspec.structs.replace(change, name=None)
    _check_length("the run's name", name, MAX_NAME_CHARS)
    return msgspec.structs.replace(change, name=name, tags={**change.tags, names.RUN_NAME: name})


def _check_texts(kind: str, texts: Mapping[str, str | None]) -> None:
    for key, value in texts.items():
        _check_key(kind, key)
        _check_length(f"the value of {kind} '{key[:80]}'", value or "", MAX_VALUE_CHARS)


def _check_metric(metric: Metric) -> None:
    _check_key("metric", metric.key)
    _check_length("the name of a metric's dataset", metric.dataset_name or "", MAX_DATASET_NAME_CHARS)
    _check_length("the digest of a metric's dataset", metric.dataset_digest or "", MAX_DIGEST_CHARS)
    if metric.version_id is not None:
        _check_version_ids((metric.version_id,))


def _check_dataset(dataset_input: DatasetInput) -> None:
    dataset = dataset_input.dataset
    if not dataset.name or not dataset.digest:
        raise InvalidInput("a dataset has a name and a digest")
    _check_length("the name of a dataset", dataset.name, MAX_DATASET_NAME_CHARS)
    _check_length("the digest of a dataset", dataset.digest, MAX_DIGEST_CHARS)
    _check_length("the source type of a dataset", dataset.source_type, MAX_KEY_CHARS)
    _check_length("the source of a dataset", dataset.source, MAX_SOURCE_CHARS)
    _check_length("the schema of a dataset", dataset.schema or "", MAX_SCHEMA_CHARS)
    _check_length("the profile of a dataset", dataset.profile or "", MAX_PROFILE_CHARS)
    _check_texts("tag", dataset_input.tags)


def _check_version_ids(version_ids: Iterable[str]) -> None:
    for version_id in version_ids:
        if not version_id:
            raise InvalidInput("the id of a model must not be empty")
        _check_length("the id of a model", version_id, MAX_VERSION_ID_CHARS)


def _check_key(kind: str, key: str) -> None:
    if not key:
        raise InvalidInput(f"the name of a {kind} must not be empty")
    _check_length(f"the name of a {kind}", key, MAX_KEY_CHARS)


def _check_length(what: str, text: str, max_chars: int) -> None:
    if len(text) > max_chars:
        raise InvalidInput(f"{what} is too long", max_chars=max_chars, chars=len(text))
