"""The keys that the server signs with."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table; servers make the keys."""
    op.create_table(
        "signing_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("create_time_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="What the server signs tokens and addresses with, the same for all servers on this store.",
    )
