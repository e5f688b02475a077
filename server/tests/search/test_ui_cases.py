"""What the UI's own reader of filters is held to, held against the server's: so the two cannot drift."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from trilha_server.domain.errors import InvalidFilter
from trilha_server.search.fields import ATTRIBUTE_PREFIXES, TRACE_VOCABULARY
from trilha_server.search.parse import parse_filter
from trilha_server.search.values import rule_of

UI = Path(__file__).parents[3] / "ui" / "src" / "filter"
CASES = json.loads((UI / "cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", CASES["reads"])
def test_what_the_ui_reads_the_server_reads(text: str) -> None:
    parse_filter(text)


@pytest.mark.parametrize("case", CASES["refuses"], ids=lambda case: case["text"])
def test_what_the_ui_refuses_the_server_refuses_at_the_same_place(case: Mapping[str, object]) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_filter(str(case["text"]))

    assert refused.value.position == case["at"]


def test_the_ui_knows_the_names_and_operators_of_the_server() -> None:
    known = {name: TRACE_VOCABULARY.field(f"attributes.{name}", 0) for name in TRACE_VOCABULARY.attributes}

    assert {name: list(rule_of(field).operators) for name, field in known.items()} == CASES["attributes"]
    assert sorted(CASES["prefixes"]) == sorted({*TRACE_VOCABULARY.attribute_prefixes, *TRACE_VOCABULARY.keys})
    assert set(ATTRIBUTE_PREFIXES) < set(CASES["prefixes"])
