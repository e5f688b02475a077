"""The filters and orders of registered models and their versions."""

import msgspec
import pytest
from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.registered_model import RegisteredModel, RegisteredVersion
from trilha_server.search.registered_models import ModelSearch, VersionSearch

PROMPT = {"mlflow.prompt.is_prompt": "true"}


def a_model(
    name: str, created_ms: int = 10, updated_ms: int = 20, tags: dict[str, str] | None = None
) -> RegisteredModel:
    return RegisteredModel(
        model_number=1, name=name, create_time_ms=created_ms, update_time_ms=updated_ms, tags=tags or {}
    )


def a_version(name: str, number: int, updated_ms: int = 20, tags: dict[str, str] | None = None) -> RegisteredVersion:
    return RegisteredVersion(
        model_number=1,
        model_name=name,
        number=number,
        source=f"s3://{name}/{number}",
        run_id=f"r{number}",
        version_id=f"m-{number}",
        create_time_ms=10 * number,
        update_time_ms=updated_ms,
        tags=tags or {},
    )


MODELS = [a_model("b", 30, tags={"team": "x"}), a_model("a", 20, 90), a_model("c", 10), a_model("p", tags=PROMPT)]
VERSIONS = [
    a_version("b", 10),
    a_version("b", 2, 30, tags={"team": "x"}),
    a_version("a", 1),
    a_version("p", 1, tags=PROMPT),
]


def models(text: str = "", order_by: tuple[str, ...] = (), *, only_prompts: bool = False) -> list[str]:
    found, token = ModelSearch(text, order_by, only_prompts=only_prompts).page(MODELS, 100, None)
    assert token is None
    return [model.name for model in found]


def versions(text: str = "", order_by: tuple[str, ...] = (), *, only_prompts: bool = False) -> list[str]:
    found, _ = VersionSearch(text, order_by, only_prompts=only_prompts).page(VERSIONS, 100, None)
    return [f"{version.model_name}{version.number}" for version in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["a", "b", "c"]),
        ("name = 'b'", ["b"]),
        ("attribute.name LIKE '_'", ["a", "b", "c"]),
        ("tags.team = 'x'", ["b"]),
        ("tags.team IS NULL", ["a", "c"]),
        ("creation_timestamp > 10 AND last_updated_timestamp < 50", ["b"]),
        ("name IN ('a', 'p')", ["a"]),
        ("NOT name = 'a'", ["b", "c"]),
    ],
)
def test_models_are_found_by_what_they_have(text: str, found: list[str]):
    assert models(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tags.`mlflow.prompt.is_prompt` = 'true'", ["p"]),
        ("tags.`mlflow.prompt.is_prompt` != 'false' AND name LIKE 'p%'", ["p"]),
        ("tags.`mlflow.prompt.is_prompt` = 'false'", ["a", "b", "c"]),
        ("tags.`mlflow.prompt.is_prompt` != 'true'", ["a", "b", "c"]),
        ("tags.`mlflow.prompt.is_prompt` = 'true' OR name = 'a'", ["a", "p"]),
    ],
)
def test_prompts_are_found_where_the_filter_speaks_of_them(text: str, found: list[str]):
    assert models(text) == found


def test_prompts_alone_can_be_asked_for():
    assert models(only_prompts=True) == ["p"]
    assert versions(only_prompts=True) == ["p1"]


@pytest.mark.parametrize(
    ("order_by", "found"),
    [
        (("name DESC",), ["c", "b", "a"]),
        (("creation_timestamp",), ["c", "a", "b"]),
        (("timestamp DESC", "name DESC"), ["a", "c", "b"]),
        (("last_updated_timestamp DESC",), ["a", "b", "c"]),
        (("tags.team",), ["b", "a", "c"]),
    ],
)
def test_models_are_put_in_order(order_by: tuple[str, ...], found: list[str]):
    assert models("", order_by) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["b2", "a1", "b10"]),
        ("name = 'b'", ["b2", "b10"]),
        ("version_number >= 2", ["b2", "b10"]),
        ("version_number = 10", ["b10"]),
        ("run_id = 'r1'", ["a1"]),
        ("run_id IN ('r1', 'r10')", ["a1", "b10"]),
        ("model_id = 'm-2'", ["b2"]),
        ("source_path LIKE 's3://b/%'", ["b2", "b10"]),
        ("tag.team = 'x'", ["b2"]),
        ("creation_timestamp = 10", ["a1"]),
        ("tags.`mlflow.prompt.is_prompt` = 'true'", ["p1"]),
    ],
)
def test_versions_are_found_by_what_they_have(text: str, found: list[str]):
    assert versions(text) == found


@pytest.mark.parametrize(
    ("order_by", "found"),
    [
        (("version_number ASC",), ["a1", "b2", "b10"]),
        (("version_number DESC",), ["b10", "b2", "a1"]),
        (("name DESC",), ["b10", "b2", "a1"]),
        (("name", "version_number"), ["a1", "b2", "b10"]),
    ],
)
def test_versions_are_put_in_order(order_by: tuple[str, ...], found: list[str]):
    assert versions("", order_by) == found


def test_a_search_tells_which_models_and_runs_it_needs():
    search = VersionSearch("name = 'b' AND run_id IN ('r1', 'r2') AND tags.team = 'x'", ())
    assert (search.model_names, search.run_ids) == (("b",), ("r1", "r2"))
    assert VersionSearch("name LIKE 'b'", ()).model_names is None
    assert VersionSearch("", ()).run_ids is None


def test_pages_follow_each_other():
    search = VersionSearch("", ["version_number DESC"])
    first, token = search.page(VERSIONS, 2, None)
    second, end = search.page(VERSIONS, 2, token)

    assert [version.number for version in (*first, *second)] == [10, 2, 1]
    assert end is None
    assert msgspec.structs.asdict(second[0])["model_name"] == "a"


@pytest.mark.parametrize(
    "text", ["bogus = 'x'", "status = 'READY'", "version_number LIKE '1'", "metadata.k = 'x'", "name = a"]
)
def test_what_the_registry_does_not_have_is_refused(text: str):
    with pytest.raises(InvalidFilter):
        VersionSearch(text, ())
    with pytest.raises(InvalidFilter):
        ModelSearch(text, ())


@pytest.mark.parametrize("term", ["bogus", "name UP", ""])
def test_what_is_no_order_is_refused(term: str):
    with pytest.raises(InvalidFilter):
        ModelSearch("", [term])
    with pytest.raises(InvalidFilter):
        VersionSearch("", [term])
