"""Brings the tables of a store to the version of this server."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

_SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = 7_276_841  # any number that nobody else uses for an advisory lock


def migrate(url: str) -> None:
    """Run the migrations that are missing. Servers that start at once wait for each other."""
    engine = create_engine(url, poolclass=NullPool) if url.startswith("sqlite:") else _postgres_engine(url)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
                connection.commit()
            _run(connection)
            connection.commit()
    finally:
        engine.dispose()


def _postgres_engine(url: str) -> Engine:
    from trilha_server.storage.postgres import open_engine  # noqa: PLC0415  # loads psycopg: only where it is used

    return open_engine(url)


def _run(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
