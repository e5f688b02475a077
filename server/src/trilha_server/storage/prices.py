"""Keeps the prices that experiments have set themselves."""

import msgspec

from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.price import PriceOverride
from trilha_server.storage.database import Database
from trilha_server.storage.labels import storable

_READ = """
SELECT provider, model, from_ms, usd_per_million, note, create_time_ms FROM price_override WHERE experiment_id = ?
ORDER BY model, provider, from_ms
"""
_PUT = """
INSERT INTO price_override (experiment_id, model, provider, from_ms, usd_per_million, note, create_time_ms)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (experiment_id, model, provider, from_ms) DO UPDATE SET
usd_per_million = excluded.usd_per_million, note = excluded.note, create_time_ms = excluded.create_time_ms
"""
_DELETE = "DELETE FROM price_override WHERE experiment_id = ?{} RETURNING model"

_usd = msgspec.json.Decoder(dict[str, float])


class SqlPrices:
    """Prices in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overrides(self, experiment_id: ExperimentId) -> list[PriceOverride]:
        """Read all of an experiment."""
        with self._database.reading() as cursor:
            cursor.execute(_READ, (experiment_id,))
            return [
                PriceOverride(
                    provider=provider,
                    model=model,
                    from_ms=from_ms,
                    usd_per_million=_usd.decode(usd_per_million),
                    note=note,
                    create_time_ms=create_time_ms,
                )
                for provider, model, from_ms, usd_per_million, note, create_time_ms in cursor
            ]

    def put_override(self, experiment_id: ExperimentId, override: PriceOverride) -> None:
        """Keep one, in place of the one of the same provider, model and time."""
        row = (
            experiment_id,
            storable(override.model),
            storable(override.provider),
            override.from_ms,
            msgspec.json.encode(override.usd_per_million).decode(),
            storable(override.note),
            override.create_time_ms,
        )
        with self._database.writing() as cursor:
            cursor.execute(_PUT, row)

    def delete_overrides(
        self, experiment_id: ExperimentId, provider: str | None, model: str | None, from_ms: int | None
    ) -> int:
        """Forget those that are as said."""
        said = {
            "provider": None if provider is None else storable(provider),
            "model": None if model is None else storable(model),
            "from_ms": from_ms,
        }
        wanted = {column: value for column, value in said.items() if value is not None}
        conditions = "".join(f" AND {column} = ?" for column in wanted)
        with self._database.writing() as cursor:
            cursor.execute(_DELETE.format(conditions), (experiment_id, *wanted.values()))
            return len(cursor.rows())
