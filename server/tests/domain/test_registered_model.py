"""Names, aliases, tags and numbers of the model registry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.registered_model import (
    check_alias,
    check_full_name,
    check_model_name,
    check_registry_tags,
    is_full_name,
    is_own_folder,
    own_folder,
    parse_version_number,
    speaks_of_prompt,
)


@pytest.mark.parametrize("name", ["agent", "main.default.agent", "a b", "é", "x" * 256, "a@b", "v1.2.3.4"])
def test_a_name_may_be_almost_any_text(name: str):
    assert check_model_name(name) == name


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", ".", "..", "x" * 257])
def test_a_name_that_would_break_an_address_is_refused(name: str):
    with pytest.raises(InvalidInput):
        check_model_name(name)


@pytest.mark.parametrize("name", ["agent", "default.agent", "a.b.c.d", "main..agent", ".b.c", "a.b.", "a. .c", ""])
def test_unity_catalog_asks_for_three_levels(name: str):
    assert not is_full_name(name)
    with pytest.raises(InvalidInput, match="specify all three levels"):
        check_full_name(name)


def test_three_levels_are_a_full_name():
    assert check_full_name("main.default.agent") == "main.default.agent"
    with pytest.raises(InvalidInput):
        check_full_name("main.default.a/b")


@pytest.mark.parametrize("alias", ["best", "Best_2-x", "é", "vv1", "v", "latest1", "x" * 255])
def test_an_alias_is_a_word(alias: str):
    assert check_alias(alias) == alias


@pytest.mark.parametrize("alias", ["", "a b", "a/b", "a@b", "latest", "LATEST", "v1", "V22", "x" * 256])
def test_what_means_something_else_is_no_alias(alias: str):
    with pytest.raises(InvalidInput):
        check_alias(alias)


@pytest.mark.parametrize("tags", [{"": "x"}, {"k" * 251: "x"}, {"k": "x" * 100_001}])
def test_a_tag_has_limits(tags: dict[str, str]):
    assert check_registry_tags({"k" * 250: "x" * 100_000})
    with pytest.raises(InvalidInput):
        check_registry_tags(tags)


@given(st.integers(0, 10**18 - 1))
def test_a_number_is_read_as_it_is_written(number: int):
    assert parse_version_number(str(number)) == number


@pytest.mark.parametrize("text", ["", "x", "-1", "1.0", "²", "٣", "1" * 19, " 1"])
def test_what_is_no_number_is_refused(text: str):
    with pytest.raises(InvalidInput):
        parse_version_number(text)


@pytest.mark.parametrize(("value", "found"), [("true", True), ("True", True), ("false", False), ("", False)])
def test_a_prompt_is_told_by_its_tag(value: str, found: bool):
    assert speaks_of_prompt({"mlflow.prompt.is_prompt": value}) is found
    assert not speaks_of_prompt({})


def test_folders_of_the_registry_are_told_from_those_of_versions_and_runs():
    assert is_own_folder(ArtifactPath(ExperimentId(7), own_folder(3, 1)))
    assert not is_own_folder(ArtifactPath.parse("7/models/m-1/artifacts"))
    assert not is_own_folder(ArtifactPath.parse("7/0123/artifacts/registered_models"))
