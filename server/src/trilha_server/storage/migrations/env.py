"""Runs migrations on the connection that the opener hands over."""

from alembic import context

from trilha_server.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
