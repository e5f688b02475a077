"""The first tables."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite keeps a row under its key, without another index, only if the key's type is called INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables, the counters and the default experiment."""
    op.create_table(
        "assessment",
        sa.Column("trace_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("value_text", sa.Text(), nullable=True),
        sa.Column("value_number", sa.Float(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("trace_key", "id"),
    )
    op.create_index("assessment_by_name", "assessment", ["kind", "name", "trace_key"], unique=False)
    op.create_table(
        "chunk",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("trace_key", sa.BigInteger(), nullable=False),
        sa.Column("spans", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="Spans of one trace that came together, compressed; of a span in several chunks, the last one counts.",
    )
    op.create_index("chunk_by_trace", "chunk", ["trace_key"], unique=False)
    op.create_table(
        "deletion",
        sa.Column("change", KEY, autoincrement=False, nullable=False),
        sa.Column("trace_id", sa.LargeBinary(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change"),
        comment="Traces that are no more, for those who ask what changed.",
    )
    op.create_table(
        "dictionary",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("chunk_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="Zstandard dictionaries by the id that frames name; `chunk_id` is the last chunk when it was trained.",
    )
    op.create_table(
        "experiment",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("artifact_location", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("create_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("update_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ingestion",
        sa.Column("experiment_id", KEY, autoincrement=False, nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("traces", sa.BigInteger(), nullable=False),
        sa.Column("spans", sa.BigInteger(), nullable=False),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("last_time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "client", "protocol", "outcome", "reason"),
        comment="What arrived, by experiment (-1 for none) and client, and what became of it.",
    )
    op.create_table(
        "label",
        sa.Column("experiment_id", KEY, autoincrement=False, nullable=False),
        sa.Column("key_id", KEY, autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("time_ms", KEY, autoincrement=False, nullable=False),
        sa.Column("trace_key", KEY, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "key_id", "value", "time_ms", "trace_key"),
        comment="What traces are found by, in the order in which results are shown.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "label_key",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scope", "name"),
        comment="The keys that labels have.",
    )
    op.create_table(
        "sequence",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="One row: the last change number given out. Updating it first makes writers wait for each other.",
    )
    op.create_table(
        "signature",
        sa.Column("last_chunk_id", KEY, autoincrement=False, nullable=False),
        sa.Column("first_chunk_id", sa.BigInteger(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("last_chunk_id"),
        comment="Which four-byte sequences stand in the chunks of a range, for text search.",
    )
    op.create_table(
        "span_kind",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", "type", "status"),
        comment="Each combination of name, type and status that spans have.",
    )
    op.create_table(
        "span_kind_member",
        sa.Column("kind_id", KEY, autoincrement=False, nullable=False),
        sa.Column("set_id", KEY, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind_id", "set_id"),
        comment="Which kinds are in which set.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "span_kind_set",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        comment="Each set of kinds that the spans of a trace have: traces of one program share it.",
    )
    op.create_table(
        "trace",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("trace_id", sa.LargeBinary(), nullable=False),
        sa.Column("experiment_id", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.SmallInteger(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tokens_total", sa.BigInteger(), nullable=True),
        sa.Column("cost_total", sa.Float(), nullable=True),
        sa.Column("kind_set_id", sa.BigInteger(), nullable=True),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("trace_id"),
        comment="A trace. `key` is the change number it came with; `record` is a compressed TraceRecord.",
    )
    op.create_index("trace_by_change", "trace", ["change"], unique=False)
    op.create_index("trace_by_kind_set", "trace", ["kind_set_id"], unique=False)
    op.create_index("trace_by_time", "trace", ["experiment_id", "time_ms", "key"], unique=False)

    op.execute("INSERT INTO sequence (name, last) VALUES ('change', 0), ('experiment', 0)")
    now_ms = time.time_ns() // 1_000_000
    op.execute(
        "INSERT INTO experiment (id, name, stage, create_time_ms, update_time_ms, tags)"
        f" VALUES (0, 'Default', 'active', {now_ms}, {now_ms}, '{{}}')"
    )
