"""Keeps the keys that servers sign with."""

from trilha_server.ports import Clock
from trilha_server.storage.database import Database

_READ = "SELECT secret FROM signing_key WHERE name = ?"

# Servers that start at once may all offer one: the first stays.
_OFFER = "INSERT INTO signing_key (name, secret, create_time_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING"


class SqlSigningKeys:
    """Signing keys in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def signing_key(self, name: str, fresh: bytes) -> bytes:
        """Read the key of a name; `fresh` becomes it where there is none."""
        kept = self._read(name)
        if kept is None:
            with self._database.writing() as cursor:
                cursor.execute(_OFFER, (name, fresh, self._clock.now_ms()))
            kept = self._read(name)
            assert kept is not None, "just written"
        return kept

    def _read(self, name: str) -> bytes | None:
        with self._database.reading() as cursor:
            cursor.execute(_READ, (name,))
            rows = cursor.rows()
        return bytes(rows[0][0]) if rows else None
