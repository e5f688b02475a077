"""Addresses that carry their own permission: one method, one path, for a while."""

import hashlib
import hmac
import json
import re

from trilha_server.domain.errors import PermissionDenied
from trilha_server.ports import Clock

LIFETIME_S = 15 * 60  # long enough for a large file on a slow line: what counts is when the transfer begins

_EXPIRES = re.compile(r"[0-9]{1,12}")


class Signatures:
    """Signs and checks addresses. Several servers with one key accept each other's."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def sign(self, method: str, path: str) -> str:
        """Make the query that permits a method on a path."""
        expires_s = str(self._clock.now_ms() // 1000 + LIFETIME_S)
        return f"expires={expires_s}&signature={self._signature(method, path, expires_s)}"

    def check(self, method: str, path: str, *, expires: str, signature: str) -> None:
        """Do nothing if the query permits the method on the path. Raises `PermissionDenied` otherwise."""
        right = self._signature(method, path, expires)
        if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogatepass")):
            raise PermissionDenied("the address is not signed for this: ask for a new one")
        if not _EXPIRES.fullmatch(expires) or int(expires) <= self._clock.now_ms() // 1000:
            raise PermissionDenied("the address has expired: ask for a new one")

    def _signature(self, method: str, path: str, expires_s: str) -> str:
        signed = json.dumps([method, path, expires_s])  # so that nothing signed can be read as something else
        return hmac.new(self._key, signed.encode(), hashlib.sha256).hexdigest()
