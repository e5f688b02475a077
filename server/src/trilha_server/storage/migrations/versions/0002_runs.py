"""Runs: what was tried, with its parameters, metrics, tags, inputs and outputs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# SQLite keeps a row under its key, without another index, only if the key's type is called INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of runs and the counter that their keys come from."""
    _runs_and_labels()
    _metrics()
    _inputs_and_outputs()
    op.execute("INSERT INTO sequence (name, last) VALUES ('run', 0)")


def _runs_and_labels() -> None:
    op.create_table(
        "run",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("start_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_time_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("run_id"),
    )
    op.create_index("run_by_time", "run", ["experiment_id", "start_time_ms", "key"], unique=False)
    op.create_table(
        "run_label",
        sa.Column("run_key", KEY, autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_key", "scope", "key"),
        comment="Parameters and tags of runs.",
        sqlite_with_rowid=False,
    )


def _metrics() -> None:
    op.create_table(
        "run_metric",
        sa.Column("run_key", KEY, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("is_nan", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_key", "key"),
        comment="The latest point of each metric. Where `is_nan`, the value is 0.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "metric_point",
        sa.Column("run_key", KEY, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("time_ms", KEY, autoincrement=False, nullable=False),
        sa.Column("step", KEY, autoincrement=False, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("is_nan", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_key", "key", "time_ms", "step", "value", "is_nan"),
        comment="Every point of every metric, in the order in which histories are read.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "version_metric",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_key", KEY, autoincrement=False, nullable=False),
        sa.Column("time_ms", KEY, autoincrement=False, nullable=False),
        sa.Column("step", KEY, autoincrement=False, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("is_nan", sa.Boolean(), nullable=False),
        sa.Column("dataset_name", sa.Text(), nullable=True),
        sa.Column("dataset_digest", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("version_id", "key", "run_key", "time_ms", "step", "value", "is_nan"),
        comment="The points that were measured on a version.",
        sqlite_with_rowid=False,
    )


def _inputs_and_outputs() -> None:
    op.create_table(
        "dataset",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("experiment_id", "name", "digest"),
        comment="The data that runs of an experiment have read.",
    )
    op.create_table(
        "run_dataset",
        sa.Column("run_key", KEY, autoincrement=False, nullable=False),
        sa.Column("dataset_id", KEY, autoincrement=False, nullable=False),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_key", "dataset_id"),
        comment="Which run has read which data, and what as: `context` is the tag of that name.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_version",
        sa.Column("run_key", KEY, autoincrement=False, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_key", "direction", "version_id"),
        comment="Versions that a run has used or made.",
        sqlite_with_rowid=False,
    )
