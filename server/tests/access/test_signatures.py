"""A signed address permits one method on one path, for a quarter of an hour."""

from urllib.parse import parse_qs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from trilha_server.access.signatures import LIFETIME_S, Signatures
from trilha_server.domain.errors import PermissionDenied

from server.tests.support.spans import NOW_MS, FixedClock

KEY = b"k" * 32
TEXTS = st.text(max_size=40)
METHODS = st.sampled_from(["GET", "PUT", "DELETE"])


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def signatures(clock: FixedClock) -> Signatures:
    return Signatures(KEY, clock)


def fields(query: str) -> dict[str, str]:
    return {key: value for key, (value,) in parse_qs(query, strict_parsing=True).items()}


@given(method=METHODS, path=TEXTS)
def test_what_was_signed_is_permitted(method: str, path: str) -> None:
    signatures = Signatures(KEY, FixedClock())

    signatures.check(method, path, **fields(signatures.sign(method, path)))


@given(method=METHODS, path=TEXTS, other_method=METHODS, other_path=TEXTS)
@example(method="PUT", path="/a\n1", other_method="PUT", other_path="/a")
@example(method="GET", path="/a", other_method="PUT", other_path="/a")
@example(method="GET", path="/a", other_method="GET", other_path="/a/")
@example(method="GET", path="/a%2Fb", other_method="GET", other_path="/a/b")
def test_nothing_else_is_permitted(method: str, path: str, other_method: str, other_path: str) -> None:
    if (method, path) == (other_method, other_path):
        return
    signatures = Signatures(KEY, FixedClock())
    query = fields(signatures.sign(method, path))

    with pytest.raises(PermissionDenied, match="not signed for this"):
        signatures.check(other_method, other_path, **query)


def test_an_address_is_good_for_its_time_and_no_longer(signatures: Signatures, clock: FixedClock) -> None:
    query = fields(signatures.sign("GET", "/a"))

    clock.time_ms = NOW_MS + LIFETIME_S * 1000 - 1000
    signatures.check("GET", "/a", **query)

    clock.time_ms = NOW_MS + LIFETIME_S * 1000
    with pytest.raises(PermissionDenied, match="expired"):
        signatures.check("GET", "/a", **query)


@given(expires=st.integers(0, 10**14).map(str) | TEXTS, signature=st.text("0123456789abcdef", min_size=64, max_size=64))
def test_nobody_else_can_sign(expires: str, signature: str) -> None:
    with pytest.raises(PermissionDenied):
        Signatures(KEY, FixedClock()).check("GET", "/a", expires=expires, signature=signature)


def test_nobody_can_make_an_address_last_longer(signatures: Signatures, clock: FixedClock) -> None:
    query = fields(signatures.sign("GET", "/a"))
    clock.time_ms += LIFETIME_S * 1000

    for later in (str(int(query["expires"]) + 3600), "9" * 12, query["expires"] + "0", " " + query["expires"]):
        with pytest.raises(PermissionDenied):
            signatures.check("GET", "/a", expires=later, signature=query["signature"])


def test_servers_with_the_same_key_accept_each_others_addresses(signatures: Signatures, clock: FixedClock) -> None:
    query = fields(signatures.sign("GET", "/a"))

    Signatures(KEY, clock).check("GET", "/a", **query)
    with pytest.raises(PermissionDenied):
        Signatures(b"x" * 32, clock).check("GET", "/a", **query)


@given(signature=st.text())
def test_any_signature_can_be_asked_about(signature: str) -> None:
    with pytest.raises(PermissionDenied):
        Signatures(KEY, FixedClock()).check("GET", "/a", expires="9999999999", signature=signature)
