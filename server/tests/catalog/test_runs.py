"""Names and limits of runs."""

from typing import Any

import pytest
from trilha import names
from trilha_server.catalog.run_names import generated_name
from trilha_server.catalog.runs import (
    MAX_ENTRIES,
    MAX_KEY_CHARS,
    MAX_NAME_CHARS,
    MAX_VALUE_CHARS,
    checked_change,
    new_run,
)
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.run import RunChange, VersionOutput
from trilha_server.domain.version import VersionId

from server.tests.support.runs import a_metric, a_run, an_input

LONG_KEY = "k" * (MAX_KEY_CHARS + 1)
LONG_VALUE = "v" * (MAX_VALUE_CHARS + 1)


def test_a_name_is_made_of_three_words_that_are_chosen():
    assert generated_name(lambda words: words[0]) == "able-agouti-100"
    assert generated_name(lambda words: words[-1]) == "zesty-woodpecker-999"


@pytest.mark.parametrize(
    ("name", "tags", "expected"),
    [
        ("mine", {}, "mine"),
        ("mine", {names.RUN_NAME: "mine"}, "mine"),
        ("", {names.RUN_NAME: "told"}, "told"),
        ("", {}, "given"),
        ("", {names.RUN_NAME: ""}, "given"),
    ],
)
def test_a_new_run_has_one_name_which_a_tag_says_too(name: str, tags: dict[str, str], expected: str):
    made = new_run(a_run(name=name, tags={**tags, "k": "v"}), "given")
    assert (made.name, made.tags) == (expected, {names.RUN_NAME: expected, "k": "v"})


def test_two_names_are_refused():
    with pytest.raises(InvalidInput, match="one name"):
        new_run(a_run(name="mine", tags={names.RUN_NAME: "other"}), "given")


def test_the_user_is_named_by_the_field_or_by_the_tag():
    tags = {names.USER: "bob"}
    assert new_run(a_run(user="ann", tags=tags), "given").user == "ann"
    assert new_run(a_run(user="", tags=tags), "given").user == "bob"
    assert new_run(a_run(user=""), "given").user == ""


@pytest.mark.parametrize("change", [RunChange(name="new"), RunChange(tags={names.RUN_NAME: "new"})])
def test_the_name_and_its_tag_change_together(change: RunChange):
    checked = checked_change(change)
    assert (checked.name, checked.tags) == ("new", {names.RUN_NAME: "new"})


@pytest.mark.parametrize("tags", [{names.RUN_NAME: None}, {names.RUN_NAME: ""}])
def test_a_run_never_loses_its_name(tags: dict[str, str | None]):
    checked = checked_change(RunChange(tags=tags))
    assert (checked.name, checked.tags) == (None, tags)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "n" * (MAX_NAME_CHARS + 1)},
        {"params": {"": "1"}},
        {"params": {LONG_KEY: "1"}},
        {"params": {"k": LONG_VALUE}},
        {"tags": {"": None}},
        {"tags": {"k": LONG_VALUE}},
        {"metrics": (a_metric(1, key=""),)},
        {"metrics": (a_metric(1, key=LONG_KEY),)},
        {"metrics": (a_metric(1, version_id=VersionId("m" * 101)),)},
        {"metrics": (a_metric(1, dataset_name="d" * 501),)},
        {"datasets": (an_input(""),)},
        {"datasets": (an_input("d" * 501),)},
        {"datasets": (an_input(digest="d" * 101),)},
        {"datasets": (an_input(schema="s" * 1_048_576),)},
        {"datasets": (an_input(context=LONG_VALUE),)},
        {"versions_used": (VersionId(""),)},
        {"versions_made": (VersionOutput(version_id=VersionId("m" * 101)),)},
        {"params": {str(number): "" for number in range(MAX_ENTRIES)}, "tags": {"one": "more"}},
    ],
)
def test_what_is_above_a_limit_is_refused(change: dict[str, Any]):
    with pytest.raises(InvalidInput) as caught:
        checked_change(RunChange(**change))
    assert len(str(caught.value)) < 300


def test_what_is_just_within_the_limits_is_kept_as_it_is():
    change = RunChange(
        name="n" * MAX_NAME_CHARS,
        params={"k" * MAX_KEY_CHARS: "v" * MAX_VALUE_CHARS},
        tags={names.RUN_NAME: "n" * MAX_NAME_CHARS, "gone": None},
        metrics=(a_metric(1, key="k" * MAX_KEY_CHARS, version_id=VersionId("m" * 100)),),
        datasets=(an_input("d" * 500, "d" * 100, schema="s" * 1_048_575),),
    )
    assert checked_change(change) == change
