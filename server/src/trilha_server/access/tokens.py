"""Tokens that the server gives out: signed, and good for an hour."""

import base64
import hashlib

import msgspec

from trilha_server.domain.errors import Unauthenticated
from trilha_server.ports import Clock

LIFETIME_S = 3600  # what Databricks gives, and its SDK counts with
MAX_SUBJECT_CHARS = 250
KEY_BYTES = 32

_ISSUER = "trilha"
_ALGORITHM = "HS256"


class Caller(msgspec.Struct, frozen=True):
    """Who a token was given to."""

    name: str


class IssuedToken(msgspec.Struct, frozen=True):
    """A token, fresh from the signature."""

    text: str
    lifetime_s: int


class _Header(msgspec.Struct):
    kid: str = ""


class Tokens:
    """Issues and checks tokens (JSON Web Tokens). Several servers with one key accept each other's."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._key_id = f"{_ISSUER}-{hashlib.sha256(key).hexdigest()[:16]}"
        self._clock = clock

    def issue(self, subject: str) -> IssuedToken:
        """Make a token that names who asked for it."""
        from joserfc import jwk, jwt  # noqa: PLC0415  # loads cryptography, 0.3 s: only where tokens are used

        now_s = self._clock.now_ms() // 1000
        header = {"alg": _ALGORITHM, "kid": self._key_id}
        claims = {"iss": _ISSUER, "sub": subject[:MAX_SUBJECT_CHARS], "iat": now_s, "exp": now_s + LIFETIME_S}
        return IssuedToken(jwt.encode(header, claims, jwk.OctKey.import_key(self._key)), LIFETIME_S)

    def is_own(self, text: str) -> bool:
        """Tell whether a token says that Trilha signed it; no more is known of it yet."""
        head, _, rest = text.partition(".")
        if not rest:
            return False
        try:
            header = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)), type=_Header)
        except (ValueError, msgspec.MsgspecError):
            return False
        return header.kid.startswith(f"{_ISSUER}-")

    def check(self, text: str) -> Caller:
        """Tell who a token was given to. Raises `Unauthenticated` where it is not, or no longer, good."""
        from joserfc import errors, jwk, jwt  # noqa: PLC0415  # loads cryptography, 0.3 s: only where tokens are used

        now_s = self._clock.now_ms() // 1000
        required = jwt.JWTClaimsRegistry(
            now=now_s, iss={"essential": True, "value": _ISSUER}, sub={"essential": True}, exp={"essential": True}
        )
        try:
            token = jwt.decode(text, jwk.OctKey.import_key(self._key), algorithms=[_ALGORITHM])
            required.validate(token.claims)
        except errors.ExpiredTokenError as error:
            raise Unauthenticated("the token has expired: sign in again") from error
        except (errors.JoseError, ValueError) as error:
            raise Unauthenticated("the token is not one that this server has given: sign in again") from error
        return Caller(str(token.claims["sub"]))
