"""Page tokens."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.errors import InvalidInput
from trilha_server.search.page_token import KeyValue, decode_page_token, encode_page_token

INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.lists(TEXT | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.none())


@given(KEYS)
def test_a_token_is_read_back_and_may_stand_in_a_url(keys: list[KeyValue]):
    token = encode_page_token(keys)
    assert decode_page_token(token) == tuple(keys)
    assert all(character.isalnum() or character in "-_" for character in token)


@given(KEYS.filter(bool))
def test_padding_does_no_harm(keys: list[KeyValue]):
    token = encode_page_token(keys)
    assert decode_page_token(token + "=" * (-len(token) % 4)) == tuple(keys)


def encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


@pytest.mark.parametrize(
    "token",
    [
        "", "x", "not a token", "é", "====", encoded(b"{}"), encoded(b"[true]"), encoded(b"[[1]]"), encoded(b"[1"),
        encoded(b'{"offset": 3}'), encoded(b"[9223372036854775808]"), encoded(b"[1e999]"), encoded(b'["\xff"]'),
        encoded(b"[" * 10_000),
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(token: str):
    with pytest.raises(InvalidInput, match="invalid page token"):
        decode_page_token(token)


@given(st.text())
def test_no_text_does_anything_but_decode_or_be_refused(text: str):
    try:
        decode_page_token(text)
    except InvalidInput as error:
        assert error.text.startswith("invalid page token")
