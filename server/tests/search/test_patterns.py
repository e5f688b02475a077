"""LIKE and RLIKE."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.search.patterns import BadPattern, ilike, like, like_to_regex, rlike

# Few letters, so that patterns often fit.
PATTERNS = st.text("ab%_é\n", max_size=10)
TEXTS = st.text("abcé\n", max_size=12)


def fits(pattern: str, text: str) -> bool:
    """LIKE by its definition, one character at a time."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(fits(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("_", text[0]) and fits(pattern[1:], text[1:])


@given(PATTERNS, TEXTS)
def test_like_is_what_its_definition_says(pattern: str, text: str):
    assert like(pattern)(text) == fits(pattern, text)


@given(PATTERNS, TEXTS)
def test_the_regular_expression_of_a_like_pattern_means_the_same(pattern: str, text: str):
    assert (re.fullmatch(like_to_regex(pattern), text) is not None) == fits(pattern, text)


@given(st.text("%_\\.*[a", max_size=8), st.text("%_\\.*[a", max_size=8))
def test_no_other_character_of_a_like_pattern_is_special(pattern: str, text: str):
    assert like(pattern)(text) == fits(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("%error%", "an error here", True),
        ("%Error%", "an error here", False),
        ("a%b", "a\n\nb", True),
        ("a_c", "aéc", True),
        ("a_c", "a\nc", True),
        ("a\\_c", "abc", False),
        ("a\\_c", "a\\bc", True),
        ("", "", True),
        ("%", "", True),
        ("a%a", "a", False),
        ("a_%_a", "aba", False),
        ("%aa_b%", "aaacbb", True),
    ],
)
def test_like_examples(pattern: str, text: str, expected: bool):
    assert like(pattern)(text) is expected


def test_ilike_does_not_mind_the_case():
    assert ilike("%ÇÃO_x%")("uma ação X aqui")
    assert not like("%ÇÃO%")("uma ação aqui")


def test_rlike_finds_its_expression_anywhere():
    assert rlike("^handler-[01]$")("handler-1")
    assert not rlike("^handler-[01]$")("handler-2")
    assert rlike("an.ler")("handler")
    assert rlike(r"\pL{3}")("ação")


def test_half_a_character_in_the_text_does_no_harm():
    assert like("%b_")("a\ud800bc")
    assert rlike("b")("a\ud800b")
    assert not rlike("x")("a\ud800b")


@pytest.mark.parametrize("pattern", ["(", "a(?=b)", r"\1", "(?:.*é){1000}", "a" * 1001])
def test_an_expression_that_cannot_be_used_is_refused(pattern: str):
    with pytest.raises(BadPattern):
        rlike(pattern)


HOSTILE_PATTERNS = (
    "%a" * 4000 + "b",
    "%a_" * 4000 + "b",
    "%a_a" * 4000 + "b",
    "%" + "_" * 8000 + "b",
    "%" + "a_" * 8000 + "b%",
    "%" + "a" * 8000 + "_b%",
    "%" * 16_000 + "b",
)


@pytest.mark.parametrize("pattern", HOSTILE_PATTERNS, ids=range(len(HOSTILE_PATTERNS)))
def test_a_hostile_pattern_is_answered_quickly(pattern: str):
    text = "b" + "a" * 200_000
    began_s = time.monotonic()
    assert not like(pattern)(text)
    assert time.monotonic() - began_s < 2
