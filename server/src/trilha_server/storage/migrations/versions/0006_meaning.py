"""What traces mean: models and providers of spans, tokens by kind, and their sums by time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# SQLite keeps a row under its key, without another index, only if the key's type is called INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Text that is in one order everywhere, so that ranges of what begins alike can be read.
BYTEWISE_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make room for what spans and traces mean. Upkeep fills the sums in."""
    _span_kinds()
    _tokens_of_traces()
    _progress()
    _sums()
    _subjects()
    _prices()
    _jobs()


def _span_kinds() -> None:
    # As PostgreSQL names them, so that both databases know them by one name.
    names = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}
    with op.batch_alter_table("span_kind", naming_convention=names) as table:
        table.add_column(sa.Column("model", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("provider", sa.Text(), server_default="", nullable=False))
        table.drop_constraint("span_kind_name_type_status_key", type_="unique")
        table.create_unique_constraint(
            "span_kind_name_type_status_model_provider_key", ["name", "type", "status", "model", "provider"]
        )


def _tokens_of_traces() -> None:
    for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"):
        op.add_column("trace", sa.Column(name, sa.BigInteger(), nullable=True))


def _progress() -> None:
    for name in ("trace_writes", "counted_change", "counted_key", "older_key"):
        op.add_column("sequence", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.execute(
        "UPDATE sequence SET counted_change = last, older_key = (SELECT coalesce(max(key), 0) FROM trace)"
        " WHERE name = 'change'"
    )


def _sums() -> None:
    op.create_table(
        "trace_sum",
        sa.Column("experiment_id", KEY, autoincrement=False, nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("hours", KEY, autoincrement=False, nullable=False),
        sa.Column("hour", KEY, autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("traces", sa.BigInteger(), nullable=False),
        sa.Column("traces_ended", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("traces_with_usage", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("total_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cache_read_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger(), nullable=False),
        sa.Column("traces_with_cost", sa.BigInteger(), nullable=False),
        sa.Column("cost_nano_usd", sa.BigInteger(), nullable=False),
        sa.Column("durations", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "dimension", "hours", "hour", "value", "state"),
        comment="Sums of traces by steps of 1 and of 24 hours, of all and by version and name. `hour` is the first of a"
        " step, counted from 1970; `durations` is a histogram.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "span_sum",
        sa.Column("experiment_id", KEY, autoincrement=False, nullable=False),
        sa.Column("hours", KEY, autoincrement=False, nullable=False),
        sa.Column("hour", KEY, autoincrement=False, nullable=False),
        sa.Column("kind_id", KEY, autoincrement=False, nullable=False),
        sa.Column("spans", sa.BigInteger(), nullable=False),
        sa.Column("spans_ended", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("total_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cache_read_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger(), nullable=False),
        sa.Column("spans_with_cost", sa.BigInteger(), nullable=False),
        sa.Column("input_nano_usd", sa.BigInteger(), nullable=False),
        sa.Column("output_nano_usd", sa.BigInteger(), nullable=False),
        sa.Column("cost_nano_usd", sa.BigInteger(), nullable=False),
        sa.Column("durations", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "hours", "hour", "kind_id"),
        comment="Sums of spans by the same steps, and by their kind.",
        sqlite_with_rowid=False,
    )


def _subjects() -> None:
    op.create_table(
        "subject_total",
        sa.Column("experiment_id", KEY, autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value", BYTEWISE_TEXT, nullable=False),
        sa.Column("traces", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("total_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_nano_usd", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "subject", "value"),
        comment="Sums of the traces of each session and each user.",
        sqlite_with_rowid=False,
    )
    op.create_index("subject_by_time", "subject_total", ["experiment_id", "subject", "last_time_ms", "value"])
    op.create_table(
        "user_session",
        sa.Column("experiment_id", KEY, autoincrement=False, nullable=False),
        sa.Column("user_value", BYTEWISE_TEXT, nullable=False),
        sa.Column("session_value", BYTEWISE_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "user_value", "session_value"),
        comment="Who took part in which session: pairs that a trace tells, as the index has them.",
        sqlite_with_rowid=False,
    )


def _prices() -> None:
    op.create_table(
        "price_override",
        sa.Column("experiment_id", KEY, autoincrement=False, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("from_ms", KEY, autoincrement=False, nullable=False),
        sa.Column("usd_per_million", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("create_time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "model", "provider", "from_ms"),
        comment="Prices of an experiment's own, by patterns of models' names; `provider` is empty for any.",
        sqlite_with_rowid=False,
    )


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("create_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("update_time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_id"),
        comment="Long work, and which server does it until when.",
    )
