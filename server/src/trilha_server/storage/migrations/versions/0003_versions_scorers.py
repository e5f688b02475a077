"""Versions of applications, and the scorers that experiments keep."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# SQLite keeps a row under its key, without another index, only if the key's type is called INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of versions and scorers, and the counter that versions' keys come from."""
    _versions()
    _scorers()
    op.execute("INSERT INTO sequence (name, last) VALUES ('version', 0)")


def _versions() -> None:
    op.create_table(
        "version",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("source_run_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("create_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("update_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("version_id"),
    )
    op.create_index("version_by_time", "version", ["experiment_id", "create_time_ms", "key"], unique=False)
    op.create_index("version_by_name", "version", ["experiment_id", "name", "create_time_ms"], unique=False)
    op.create_table(
        "version_label",
        sa.Column("version_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version_key", "scope", "key"),
        comment="Parameters and tags of versions; a value may be a whole diff.",
    )


def _scorers() -> None:
    op.create_table(
        "scorer",
        sa.Column("scorer_id", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_version", sa.BigInteger(), nullable=False),
        sa.Column("online_scoring_id", sa.Text(), nullable=True),
        sa.Column("sample_rate", sa.Float(), nullable=True),
        sa.Column("trace_filter", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("scorer_id"),
        sa.UniqueConstraint("experiment_id", "name"),
        comment="Scorers by name, and how much each is to score of what arrives: null for never said.",
    )
    op.create_table(
        "scorer_version",
        sa.Column("scorer_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("create_time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scorer_id", "version"),
        comment="Each registration of a scorer.",
    )
