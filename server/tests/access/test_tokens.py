"""A token says who it was given to, for an hour, and cannot be made or changed by others."""

import base64
import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from joserfc import jwk, jwt
from trilha_server.access.tokens import KEY_BYTES, LIFETIME_S, Caller, Tokens
from trilha_server.domain.errors import Unauthenticated

from server.tests.support.spans import NOW_MS, FixedClock

KEY = b"k" * KEY_BYTES
SUBJECTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=250)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def tokens(clock: FixedClock) -> Tokens:
    return Tokens(KEY, clock)


def forged(header: dict[str, object], claims: dict[str, object]) -> str:
    return jwt.encode(header, claims, jwk.OctKey.import_key(KEY), algorithms=["HS256", "HS384"])


def header_of(text: str) -> dict[str, object]:
    head = text.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(head + "=="))


@given(subject=SUBJECTS)
def test_a_token_names_who_it_was_given_to(subject: str) -> None:
    tokens = Tokens(KEY, FixedClock())
    issued = tokens.issue(subject)

    assert issued.lifetime_s == LIFETIME_S
    assert tokens.is_own(issued.text)
    assert tokens.check(issued.text) == Caller(subject)


def test_servers_with_the_same_key_accept_each_others_tokens(tokens: Tokens, clock: FixedClock) -> None:
    assert Tokens(KEY, clock).check(tokens.issue("app").text) == Caller("app")


def test_a_token_is_good_to_the_last_second_and_no_longer(tokens: Tokens, clock: FixedClock) -> None:
    text = tokens.issue("app").text

    clock.time_ms = NOW_MS + LIFETIME_S * 1000 - 1000
    assert tokens.check(text) == Caller("app")

    clock.time_ms = NOW_MS + LIFETIME_S * 1000 + 1000
    assert tokens.is_own(text)
    with pytest.raises(Unauthenticated, match="expired"):
        tokens.check(text)


@given(subject=SUBJECTS, where=st.floats(0, 1, exclude_max=True), character=st.sampled_from("AZaz09-_."))
@example(subject="app", where=0.999, character="A")
def test_a_token_with_another_character_is_not_good(subject: str, where: float, character: str) -> None:
    tokens = Tokens(KEY, FixedClock())
    text = tokens.issue(subject).text
    place = int(where * len(text))
    changed = text[:place] + character + text[place + 1 :]
    assume(_bytes(changed) != _bytes(text))  # the last characters of base64 hold bits that mean nothing

    with pytest.raises(Unauthenticated):
        tokens.check(changed)


def test_a_token_of_another_key_is_known_as_ours_and_not_good(tokens: Tokens, clock: FixedClock) -> None:
    text = Tokens(b"x" * KEY_BYTES, clock).issue("app").text

    assert tokens.is_own(text)
    with pytest.raises(Unauthenticated, match="not one that this server has given"):
        tokens.check(text)


@pytest.mark.parametrize("missing", ["iss", "sub", "exp"])
def test_a_token_without_what_it_must_say_is_not_good(tokens: Tokens, missing: str) -> None:
    claims: dict[str, object] = {"iss": "trilha", "sub": "app", "exp": NOW_MS // 1000 + 60}
    del claims[missing]

    with pytest.raises(Unauthenticated):
        tokens.check(forged(header_of(tokens.issue("app").text), claims))


def test_a_token_without_a_signature_is_not_good(tokens: Tokens) -> None:
    head, body, _ = tokens.issue("app").text.split(".")
    header = header_of(head) | {"alg": "none"}
    unsigned = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()

    for text in (f"{head}.{body}.", f"{unsigned}.{body}."):
        assert tokens.is_own(text)
        with pytest.raises(Unauthenticated):
            tokens.check(text)


def test_another_algorithm_of_the_same_key_is_not_good(tokens: Tokens) -> None:
    header = header_of(tokens.issue("app").text) | {"alg": "HS384"}
    claims: dict[str, object] = {"iss": "trilha", "sub": "app", "exp": NOW_MS // 1000 + 60}

    with pytest.raises(Unauthenticated):
        tokens.check(forged(header, claims))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dapi0123456789abcdef",
        "a.b.c",
        "....",
        forged({"alg": "HS256"}, {"sub": "app"}),
        forged({"alg": "HS256", "kid": "other-1"}, {"sub": "app"}),
    ],
)
def test_what_others_have_made_is_not_ours(tokens: Tokens, text: str) -> None:
    assert not tokens.is_own(text)


@given(text=st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}", fullmatch=True))
def test_any_text_can_be_asked_about(text: str) -> None:
    tokens = Tokens(KEY, FixedClock())

    assert not tokens.is_own(text)
    with pytest.raises(Unauthenticated):
        tokens.check(text)


def _bytes(text: str) -> list[bytes]:
    """What base64 means, which some other texts mean as well."""
    try:
        return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split(".")]
    except ValueError:
        return []
